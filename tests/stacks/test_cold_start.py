"""The CPU of a function's start beside that of a bare handler, in the same run: no machine's speed changes that."""

import importlib.util
import shutil
from pathlib import Path

import pytest

from bench import functions
from stacks.functions import assets

pytestmark = pytest.mark.skipif(
    not importlib.util.find_spec(functions.EXAMPLE), reason="it measures the template's example, which a fork deletes"
)
LIMIT = 0.8  # above what docs/performance.md has, since machines are noisy
BOTO3 = ("boto3", "botocore", "s3transfer", "jmespath", "dateutil", "urllib3", "six")


@pytest.fixture
def ours(tmp_path):
    """Code and layer as they are deployed."""
    code, layer = tmp_path / "code", tmp_path / "layer"
    code.mkdir()
    assets.copy_package(code)
    assets.copy_layer(layer, assets.layer_cache(for_host=True), for_host=True)
    return functions.Subject("ours", (code, layer / "python"))


@pytest.fixture
def bare(tmp_path):
    """A handler with nothing but boto3, as it is installed here, and bytecode as good as ours."""
    folder = tmp_path / "bare"
    for name in BOTO3:
        origin = Path(importlib.util.find_spec(name).origin)
        if origin.name == "__init__.py":
            shutil.copytree(origin.parent, folder / name, ignore=shutil.ignore_patterns("__pycache__"))
        else:
            shutil.copy(origin, folder)
    return functions.Subject(functions.BARE, (functions.compiled(folder),))


@pytest.mark.checkers  # it measures
def test_a_function_starts_with_less_cpu_than_a_bare_handler(ours, bare):
    figures = functions.figures((ours, bare), runs=3, calls=0)

    ratios = {name: figures[f"ours {name}"]["cold"] / figures[f"bare {name}"]["cold"] for name in functions.OPERATIONS}
    assert {name: ratio for name, ratio in ratios.items() if ratio > LIMIT} == {}
