"""Mutation testing: `make mutants` breaks the code in 320 places, chosen by a seed, and lists survivors.

mutmut works on a copy, in `.local/mutants/`: it rewrites the code and all that it makes stays there. A run that was
stopped is taken up again by `.local/mutants/venv/bin/python -m tests.support.mutants --resume`.

Modules are imported once for all mutants: code that is called only then keeps its mutants. To judge one of them, run
tests in a process of their own, in `.local/mutants/copy/mutants/`: `MUTANT_UNDER_TEST=NAME python -m pytest -x ...`.
"""

import json
import os
import random
import shutil
import signal
import subprocess
import sys
from collections import Counter
from pathlib import Path

import pytest

from tools.dev.install import ROOT

COPY = ROOT / ".local" / "mutants" / "copy"
LEFT_OUT = shutil.ignore_patterns(".*", "node_modules", "cdk.out", "__pycache__")
KEPT = (".gitignore", ".python-version")
FIRST = "lambdas.live.ping*"  # a run over a few makes the mutants, whose names are known only then
VERDICTS = {0: "survived", 1: "killed", 3: "killed", 33: "no tests", -signal.SIGXCPU: "timeout", None: "not tried"}


def main(size: int = 320, seed: int = 1, resume: bool = False) -> int:
    """Try a sample; print the score and the survivors."""
    if not resume:
        copy()
        mutmut(FIRST)
    names = random.Random(seed).sample(sorted(verdicts()), size)
    if left := [name for name in names if verdicts()[name] is None]:
        mutmut(*left)
    found = {name: VERDICTS.get(code, f"exit {code}") for name, code in verdicts().items() if name in names}
    if {*found.values()} == {"not tried"}:
        print("No mutant was tried: the tests above fail without any.")
        return 1
    counts = Counter(found.values())
    print(f"{counts['killed'] + counts['timeout']} of {len(names)} killed: {dict(counts)}")
    for name in sorted(name for name, verdict in found.items() if verdict not in ("killed", "not tried")):
        subprocess.run([sys.executable, "-m", "mutmut", "show", name], cwd=COPY, check=False)
    return 0


def copy() -> None:
    """Copy the clone, without what was installed or made in it."""
    shutil.rmtree(COPY, ignore_errors=True)
    shutil.copytree(ROOT, COPY, ignore=LEFT_OUT)
    for name in KEPT:
        shutil.copy(ROOT / name, COPY / name)


def mutmut(*names: str) -> None:
    """Run these mutants, two at a time."""
    environment = os.environ | {"PYTHONDONTWRITEBYTECODE": ""}
    command = [sys.executable, "-m", "mutmut", "run", "--max-children=2", *names]
    subprocess.run(command, cwd=COPY, env=environment, check=False)


@pytest.hookimpl(trylast=True)
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Run one case of each test, then a second one: a mutant that one test notices is found in half the time.

    Cases of one file stay together, since what they share takes longer to make than most tests.
    """
    turns: Counter[str] = Counter()
    places: dict[str, tuple[int, str]] = {}
    for item in items:
        name = item.nodeid.partition("[")[0]
        turns[name] += 1
        places[item.nodeid] = turns[name], str(item.path)
    items.sort(key=lambda item: places[item.nodeid])


def verdicts() -> dict[str, int | None]:
    """Return the exit code of the tests for every mutant, None where it was not run."""
    found: dict[str, int | None] = {}
    for path in Path(COPY / "mutants").rglob("*.meta"):
        found |= json.loads(path.read_text())["exit_code_by_key"]
    return found


if __name__ == "__main__":
    sys.exit(main(resume="--resume" in sys.argv))
