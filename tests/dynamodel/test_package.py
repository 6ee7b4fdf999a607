"""The package: its imports, its public names, their documentation."""

import ast
import graphlib
import inspect
import pydoc
import re
import subprocess
import sys
from functools import cache
from pathlib import Path

import boto3
import pytest

import dynamodel
from dynamodel import Model, Reader, Schema, Table, transact, transact_get
from dynamodel.attributes import AttrOptions
from dynamodel.operations import Operation, operation
from dynamodel.transaction import WriteOperation, write

from .shop import Product

ROOT = Path(__file__).parents[2]
PACKAGE = ROOT / "dynamodel"
PUBLIC_MODULES = {"errors", "jsonschema", "validation"}
FOR_TYPES = {("attributes", "expressions"), ("jsonschema", "schema")}  # the latter names the former for type checkers
OURS = {"lambdas", "stacks", "tools", "tests", "bench"}


@cache
def trees(folder, naming=""):
    """The syntax trees of the files of a folder, of those alone that have a text."""
    texts = {file: file.read_text() for file in sorted(folder.rglob("*.py"))}
    return {file: ast.parse(text) for file, text in texts.items() if naming in text}


def for_types_only(tree):
    branches = [node for node in ast.walk(tree) if isinstance(node, ast.If) and "TYPE_CHECKING" in ast.dump(node.test)]
    return {inner for branch in branches for inner in ast.walk(branch)}


def imports(tree, *, types):
    skipped = set() if types else for_types_only(tree)
    for node in ast.walk(tree):
        if isinstance(node, ast.ImportFrom) and node.level == 1 and node not in skipped:
            yield from [node.module] if node.module else [alias.name for alias in node.names]


def graph(*, types):
    return {file.stem: set(imports(tree, types=types)) for file, tree in trees(PACKAGE).items() if file.stem[0] != "_"}


def test_no_modules_import_each_other_in_a_circle():
    graphlib.TopologicalSorter(graph(types=False)).prepare()


def test_two_pairs_of_modules_name_each_other_for_type_checkers():
    edges = graph(types=True)
    for one, other in FOR_TYPES:
        assert one in edges[other] or other in edges[one]
        edges[one].discard(other)
        edges[other].discard(one)

    graphlib.TopologicalSorter(edges).prepare()


def test_the_package_imports_nothing_of_the_template():
    for file, tree in trees(PACKAGE).items():
        absolute = [node.module for node in ast.walk(tree) if isinstance(node, ast.ImportFrom) and node.level == 0]
        absolute += [alias.name for node in ast.walk(tree) if isinstance(node, ast.Import) for alias in node.names]
        assert not {name.partition(".")[0] for name in absolute} & OURS, file


@pytest.mark.parametrize("folder", sorted(OURS))
def test_only_public_modules_are_imported_from_outside(folder):
    for file, tree in trees(ROOT / folder, naming="dynamodel.").items():
        if file.is_relative_to(Path(__file__).parent):
            continue
        named = [node.module or "" for node in ast.walk(tree) if isinstance(node, ast.ImportFrom)]
        named += [alias.name for node in ast.walk(tree) if isinstance(node, ast.Import) for alias in node.names]
        inner = {name.split(".")[1] for name in named if name.startswith("dynamodel.")}
        assert inner <= PUBLIC_MODULES, file


def test_reading_loads_no_validation():
    program = (
        "import sys, dynamodel; sys.exit(any(name in sys.modules for name in ('msgspec', 'dynamodel.validation')))"
    )

    assert subprocess.run([sys.executable, "-c", program], cwd=ROOT, check=False).returncode == 0


@pytest.fixture
def table():
    return Table(Product, boto3.client("dynamodb"), "products")


def test_help_shows_the_signature_and_the_documentation_of_an_operation(table):
    for call, parameter in [(table.create, "item"), (table.get, "consistent"), (transact, "token")]:
        text = pydoc.render_doc(call, renderer=pydoc.plaintext)

        assert parameter in inspect.signature(call).parameters
        assert f"{call.__name__}(" in text
        assert "Args:" in text


def public_members():
    for owner in (Table, Reader, Model, Schema):
        for name, member in vars(owner).items():
            if not name.startswith("_") and (callable(member) or isinstance(member, operation | write | property)):
                yield f"{owner.__name__}.{name}", member
    yield from [("transact", transact), ("transact_get", transact_get)]
    for name, value in vars(dynamodel).items():
        if not name.startswith("_") and not inspect.ismodule(value):
            yield name, value


def test_every_public_name_and_method_has_documentation_of_its_own():
    inherited = {Operation.__doc__, WriteOperation.__doc__, operation.__doc__, write.__doc__}

    documented = {name: one.__doc__ for name, one in public_members()}
    assert [name for name, text in documented.items() if not text or text in inherited] == []


def test_operations_with_arguments_state_what_they_raise():
    operations = {name: one for name, one in public_members() if isinstance(one, operation | write)}

    silent = [name for name, one in operations.items() if not re.search(r"Raises:|Returns:", one.__doc__)]
    assert len(operations) > 12
    assert silent == []


def test_no_documentation_begins_with_a_question():
    for file, tree in trees(PACKAGE).items():
        for node in ast.walk(tree):
            if isinstance(node, ast.Module | ast.ClassDef | ast.FunctionDef | ast.AsyncFunctionDef):
                first = (ast.get_docstring(node) or "-").split()[0]
                assert first not in {"What", "Who", "Whose", "Whether", "Which", "How"}, (file, node)


def test_the_typed_options_are_those_an_attribute_takes():
    parameters = inspect.signature(dynamodel.Attr.__init__).parameters
    own = {name for name, one in parameters.items() if one.kind is one.KEYWORD_ONLY}

    made_by_functions = {"default", "default_factory", "derive", "derive_of"}
    assert AttrOptions.__annotations__.keys() == own - made_by_functions | set(dynamodel.Rules._fields)
