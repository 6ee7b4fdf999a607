"""The code in CONTRIBUTING.md works, and is as short as it says."""

import subprocess
import sys
from pathlib import Path

import pytest

from tests.support import gallery
from tests.support.contributing import blocks, copied

ASK = """
import json
from lambdas.workers import WORKERS
from lambdas.rest.declarations import RESOURCES
from stacks.contract.document import document

(worker,) = WORKERS
cancel = document()["paths"]["/orders/{id}/cancel"]["post"]
print(json.dumps([worker.construct_id, worker.tables, cancel["operationId"], sorted(cancel["responses"])]))
"""


def lines(*paths):
    return [line for path in paths for line in blocks()[path].splitlines() if line.strip()]


@pytest.mark.parametrize(
    ("module", "row"),
    [
        ("lambdas/operations/cancel.py", "lambdas/resources/orders.py"),
        ("lambdas/workers/close.py", "lambdas/workers/__init__.py"),
    ],
)
def test_an_operation_or_a_worker_is_two_files_and_at_most_30_lines(module, row, capsys):
    written = lines(module, row)

    with capsys.disabled():
        print(f"\n{module} and its row: {len(written)} lines")
    assert len(written) <= 30


def test_the_code_of_the_page_is_what_it_says(tmp_path):
    folder = copied(tmp_path)

    asked = subprocess.run([sys.executable, "-c", ASK], cwd=folder, capture_output=True, text=True, check=True)

    assert asked.stdout.startswith('["Close", {"orders": ["Scan", "UpdateItem"]}, "cancelOrders", ["200", ')


@pytest.mark.parametrize("path", ["lambdas/operations/cancel.py", "lambdas/workers/close.py"])
def test_the_code_of_the_page_is_that_of_the_gallery_whose_stories_are_told(path):
    shown = blocks()[path].replace("lambdas.resources", "tests.support.gallery")
    told = (Path(gallery.__file__).parent / path.removeprefix("lambdas/")).read_text()

    assert sorted(shown.split()) == sorted(told.split())
