"""mypy and pyright report the seeded mistakes, and nothing in the lines that are right."""

import json
import re
import subprocess
import sys
from importlib.util import find_spec
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
FILE = Path(__file__).with_name("mistakes.py")
PYRIGHT = ROOT / "node_modules" / "pyright" / "index.js"
SEEDED = {n for n, line in enumerate(FILE.read_text().splitlines(), 1) if "# mistake: " in line}

pytestmark = pytest.mark.checkers


def run(*command):
    return subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)


@pytest.mark.skipif(not find_spec("mypy"), reason="`make check` installs mypy")
def test_mypy_reports_each_seeded_mistake_and_nothing_else():
    done = run(sys.executable, "-m", "mypy", "--strict", "--no-error-summary", str(FILE.relative_to(ROOT)))

    reported = re.findall(r"mistakes\.py:(\d+): error", done.stdout)
    assert {int(line) for line in reported} == SEEDED


@pytest.mark.skipif(not PYRIGHT.exists(), reason="`make check` installs pyright")
def test_pyright_reports_each_seeded_mistake_and_nothing_else():
    done = run("node", PYRIGHT, "--outputjson", "--pythonpath", sys.executable, str(FILE.relative_to(ROOT)))

    found = json.loads(done.stdout)["generalDiagnostics"]
    reported = {one["range"]["start"]["line"] + 1 for one in found if one["severity"] == "error"}
    assert reported == SEEDED


def test_eight_kinds_of_mistakes_are_seeded():
    assert len(SEEDED) >= 8
