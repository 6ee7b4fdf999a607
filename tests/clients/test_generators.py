"""Generators of clients read the published document, and that of resources of other shapes, whole and strictly."""

import re

import pytest

from lambdas.rest.declarations import RESOURCES
from stacks.contract import document as contract
from tests.support.gallery import GALLERY

pytestmark = pytest.mark.checkers


@pytest.fixture(params=[RESOURCES, GALLERY], ids=["own", "gallery"])
def document(request, tmp_path):
    """A document, where it is written."""
    path = tmp_path / "openapi.json"
    path.write_text(contract.text(contract.document(request.param)))
    return path


def names(document):
    """Every operation's name."""
    return re.findall(r'"operationId": "(\w+)",\n\s+"summary"', document.read_text())


def test_python_gets_a_function_for_each_operation_without_a_warning(document, generate_python, tmp_path):
    generate_python(document, tmp_path / "client")

    modules = [*(tmp_path / "client" / "api").glob("*/*_*.py")]
    made = {path.stem.replace("_", "") for path in modules if path.stem != "__init__"}
    assert made == {name.lower() for name in names(document)}


def test_typescript_gets_types_for_each_operation(document, compile_typescript, tmp_path):
    program = tmp_path / "program.ts"
    uses = "\n".join(f'export type {name} = operations["{name}"]["responses"];' for name in names(document))
    program.write_text(f'import type {{ operations }} from "./api.js";\n{uses}\n')

    assert compile_typescript(document, program).exists()
