"""Budgets of the functions' assets that no machine's speed changes: modules, bytes, bytecode."""

import importlib.util
import io
import json
import runpy
import ssl
import subprocess
import sys
from zipfile import ZIP_DEFLATED, ZipFile

import pytest

from lambdas.rest.crud import CRUD
from lambdas.rest.declarations import RESOURCES
from lambdas.rest.routes import routes
from stacks.functions import assets

CODE_BYTES, LAYER_BYTES = 241_500, 1_400_000  # zipped
YOURS = {f"lambdas/{name}" for name in ("resources", "operations", "workers")}  # as large as a fork needs
MODULES = 355  # imported when a function starts; a bare boto3 handler imports 396
READS = {f"lambdas.crud.{name}" for name in ("list", "get", "delete")}
NEVER = {"boto3", "s3transfer", "aws_cdk", "multiprocessing", "importlib.metadata", "html.parser", "zipfile"}
OPERATIONS = sorted({one.module for one in CRUD} | {one.module for resource in RESOURCES for one in routes(resource)})


@pytest.fixture(scope="module")
def deployed(tmp_path_factory):
    """The folders of code and layer as they are deployed."""
    code, layer = tmp_path_factory.mktemp("code"), tmp_path_factory.mktemp("layer")
    assets.copy_package(code)
    assets.copy_layer(layer, assets.layer_cache(for_host=True), for_host=True)
    return code, layer / "python"


def zipped(folder):
    archive = io.BytesIO()
    with ZipFile(archive, "w", ZIP_DEFLATED) as target:
        for path in folder.rglob("*"):
            name = path.relative_to(folder)
            if str(name.parent) not in YOURS:
                target.write(path, name)
    return len(archive.getvalue())


def imported(folders, module):
    """The modules that a process has imported when the function is ready."""
    program = f"import json, sys, {module}, {RESOURCES[0].module}; print(json.dumps([*sys.modules]))"
    settings = {"PYTHONPATH": ":".join(map(str, folders)), "AWS_REGION": "us-east-1"}
    command = [sys.executable, "-P", "-S", "-c", program]  # not the sources in the working directory
    return set(json.loads(subprocess.run(command, env=settings, capture_output=True, text=True, check=True).stdout))


def test_the_assets_are_small(deployed):
    code, layer = deployed

    assert zipped(code) <= CODE_BYTES
    assert zipped(layer) <= LAYER_BYTES


def test_all_that_is_shipped_is_bytecode_that_needs_no_source(deployed):
    shipped = [path for folder in deployed for path in folder.rglob("*.py*")]

    assert shipped
    for path in shipped:
        magic, flags = path.read_bytes()[:4], path.read_bytes()[4]
        assert (path.suffix, magic, flags) == (".pyc", importlib.util.MAGIC_NUMBER, 1), path


def test_the_layer_trusts_the_authorities_that_aws_uses_and_documents_clients_as_before(deployed):
    program = "import botocore.session as b; print(b.Session().create_client('sts', 'us-east-1').assume_role.__doc__)"
    command = [sys.executable, "-P", "-S", "-c", program]
    found = subprocess.run(command, env={"PYTHONPATH": str(deployed[1])}, capture_output=True, text=True, check=True)
    context = ssl.create_default_context(cafile=str(deployed[1] / "botocore" / "cacert.pem"))

    names = [dict(part[0] for part in one["subject"]).get("commonName", "") for one in context.get_ca_certs()]
    assert {f"Amazon Root CA {number}" for number in (1, 2, 3, 4)} < {*names}
    assert "Starfield Services Root Certificate Authority - G2" in names
    assert "**Request Syntax**" in found.stdout


def test_every_module_that_is_shipped_can_be_imported_without_the_checks_of_declarations(deployed):
    shipped = [path.relative_to(deployed[0]).with_suffix("") for path in sorted(deployed[0].rglob("*.pyc"))]
    names = [".".join(path.parts).removesuffix(".__init__") for path in shipped]
    program = f"import importlib, sys; [importlib.import_module(name) for name in {names}]; print(*sys.modules)"

    settings = {"PYTHONPATH": ":".join(map(str, deployed)), "AWS_REGION": "us-east-1"}
    command = [sys.executable, "-P", "-S", "-c", program]
    done = subprocess.run(command, env=settings, capture_output=True, text=True, check=False)

    assert done.returncode == 0, done.stderr
    assert {"dynamodel.table", "lambdas.live.broadcast", "lambdas.workers"} <= {*done.stdout.split()}
    assert "dynamodel.checks" not in names


def test_a_module_that_does_not_compile_is_not_deployed(tmp_path):
    (tmp_path / "cancel.py").write_text("def handler(:\n")

    with pytest.raises(assets.BuildFailed, match=r"/var/task/cancel\.py.*, line 1"):
        assets.compile_bytecode(tmp_path, "/var/task")


def test_the_same_code_is_the_same_asset(deployed, tmp_path):
    assets.copy_package(tmp_path)

    code = deployed[0]
    files = {path.relative_to(code): path.read_bytes() for path in code.rglob("*") if path.is_file()}
    assert files == {path.relative_to(tmp_path): path.read_bytes() for path in tmp_path.rglob("*") if path.is_file()}


def test_only_a_projects_own_functions_keep_their_annotations(tmp_path):
    source = "from typing import overload\nclass Box:\n    size: int\n    @overload\n    def open(self): ...\n"
    source += "    def open(self, by: int) -> int:\n        return by\n"
    for folder in ("lambdas/rest", "lambdas/workers"):
        (tmp_path / folder).mkdir(parents=True)
        (tmp_path / folder / "box.py").write_text(source)
    assets.compile_bytecode(tmp_path, "/var/task")

    found = sorted(tmp_path.rglob("box.pyc"))  # rest, workers
    ours, own = (runpy.run_path(str(path))["Box"] for path in found)

    assert (ours.__annotations__, own.__annotations__) == ({"size": int}, {"size": int})
    assert (ours.open.__annotations__, own.open.__annotations__) == ({}, {"by": int, "return": int})
    assert ours().open(2) == own().open(2) == 2


def test_what_is_imported_for_types_alone_is_left_out_of_our_own_modules(tmp_path):
    (tmp_path / "lambdas" / "rest").mkdir(parents=True)
    (tmp_path / "lambdas" / "workers").mkdir()
    box = "from json import dumps, loads\nfrom typing import Any\ntype Text = str | bytes\ntype Size = int\n"
    (tmp_path / "lambdas" / "rest" / "box.py").write_text(f"{box}def pack(it: Any) -> Text:\n    return dumps(it)\n")
    (tmp_path / "lambdas" / "rest" / "van.py").write_text("from lambdas.rest.box import Text\ndef go(it: Text): ...\n")
    (tmp_path / "lambdas" / "workers" / "own.py").write_text("from lambdas.rest.box import Size, pack\n")
    assets.compile_bytecode(tmp_path, "/var/task")

    program = (
        "import lambdas.rest.van as v, lambdas.workers.own as o, lambdas.rest.box as b; print(dir(b), dir(v), dir(o))"
    )
    done = subprocess.run([sys.executable, "-c", program], cwd=tmp_path, capture_output=True, text=True, check=True)

    box, van, own = ([name for name in names.split("'") if name[:1].isalpha()] for names in done.stdout.split("] ["))
    assert (box, van, own) == (["Size", "dumps", "pack"], ["go"], ["Size", "pack"])


@pytest.mark.parametrize("operation", OPERATIONS)
def test_a_function_imports_what_its_operation_needs(deployed, operation):
    modules = imported(deployed, operation)

    assert len(modules) <= MODULES
    assert not modules & NEVER
    assert ("msgspec" in modules) <= (operation not in READS)
    assert modules & {*OPERATIONS} == {operation}
