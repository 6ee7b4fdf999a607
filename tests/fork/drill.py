"""`make fork`: the steps of the README's "Make it yours", taken in a copy, with two resources of a clinic.

A second fork is one of an earlier version: it takes this one by the commands of CONTRIBUTING.
--thorough: all tests that need no emulator, and `make check`, besides.
"""

import json
import os
import re
import shutil
import subprocess
import time
from pathlib import Path

import pytest

from tests.conftest import ROOT
from tools.dev.emulator import free_port

HERE = Path(__file__).parent
BOOKING = '{"starts": "2030-01-31T12:00:00Z"}'
BEFORE, INDEX = "    newest = ShardedIndex(sort=id)\n", "    by_name = Index(name)\n"
TOUCHED = {  # besides the example's own files, which are deleted
    "lambdas/resources/appointments.py": "written",
    "lambdas/resources/patients.py": "written",
    "lambdas/operations/cancel.py": "written",
    "lambdas/workers/count.py": "written",
    "lambdas/workers/__init__.py": "a row",
    "tests/resources/appointments/__init__.py": "written",
    "tests/resources/appointments/test_cancel.py": "written",
    "pyproject.toml": "make rename",
    "docs/openapi.json": "make openapi",
    "docs/asyncapi.json": "make openapi",
    "docs/security.md": "make openapi",
}
WORKERS = "WORKERS: tuple[Worker, ...] = (\n"
ROW = """    Worker(
        module="lambdas.workers.count",
        on=Schedule("cron(0 6 * * ? *)", zone="Europe/Berlin"),
        tables={"appointments": ("Scan",)},
    ),
"""
WRITTEN = {  # by the files here
    "appointments.py": "lambdas/resources/appointments.py",
    "patients.py": "lambdas/resources/patients.py",
    "cancel.py": "lambdas/operations/cancel.py",
    "count.py": "lambdas/workers/count.py",
    "cancel_story.py": "tests/resources/appointments/test_cancel.py",
}
CHECKS = (  # the part of `make check` that looks at what a fork writes
    ".venv/bin/ruff format --check && .venv/bin/ruff check && .venv/bin/python -m mypy lambdas",
    "node node_modules/@redocly/cli/bin/cli.js lint docs/openapi.json",
    ".venv/bin/python -m pytest --collect-only -q",
    '.venv/bin/python -m pytest -n 2 -m "not emulator" -k "appointments or patients" tests/api tests/resources',
)
QUICK = (
    "tests/api/test_crud.py tests/api/test_lists.py tests/stacks/test_contract.py tests/unit/test_layout.py "
    "tests/unit/test_readme.py tests/unit/test_security_page.py"
)


INSTALLED = (".venv", "node_modules", ".local/bin", ".local/emulator", ".local/tools", ".local/installed")
EARLIER = "0b99153af0"  # a version without `make rename`, whose example's tests lay elsewhere
OLD_EDITS = {  # what a team changed in it: file, text, other text
    "stacks/names.py": ('SERVICE = "serverless-crud"', 'SERVICE = "clinic"'),
    "stacks/stages.py": ('Stage(name="dev", example_subscriber=True)', 'Stage(name="staging")'),
    "README.md": ("# A serverless CRUD API, declared once", "# The API of our clinic"),
}


class Fork:
    """A clone in a folder, with what is installed here, on a port of its own."""

    def __init__(self, folder: Path) -> None:
        self.folder, self.port, self.commands = folder, free_port(), 0

    def copy(self) -> None:
        """Make it a copy of this folder, with what is not committed yet."""
        listed = subprocess.run(
            ["git", "ls-files", "-co", "--exclude-standard"], cwd=ROOT, capture_output=True, text=True, check=True
        )
        for name in listed.stdout.splitlines():
            if (ROOT / name).is_file():
                (self.folder / name).parent.mkdir(parents=True, exist_ok=True)
                shutil.copy(ROOT / name, self.folder / name)
        self.sh("git init -q")
        self.install()
        self.commit()

    def install(self) -> None:
        """Use what is installed here."""
        (self.folder / ".local").mkdir(exist_ok=True)
        for name in INSTALLED:
            if (ROOT / name).exists():
                (self.folder / name).symlink_to(ROOT / name)
        if (ROOT / ".cache").exists():
            shutil.copytree(ROOT / ".cache", self.folder / ".cache", ignore=shutil.ignore_patterns("assemblies"))
        with (self.folder / ".git" / "info" / "exclude").open("a") as file:
            file.write("\n".join(("", *INSTALLED)))

    def commit(self) -> None:
        """Commit what it is."""
        self.sh("git config user.name fork && git config user.email fork@example.com")
        self.sh("git add -A && git commit -qm fork")

    def sh(self, command: str, *, code: int = 0) -> str:
        """Run a command in the clone and return what it prints."""
        environment = {name: value for name, value in os.environ.items() if not name.startswith(("AWS_", "PYTEST"))}
        done = subprocess.run(
            ["bash", "-c", command], cwd=self.folder, env=environment, capture_output=True, text=True, check=False
        )
        self.commands += 1
        assert done.returncode == code, f"{command}\n{done.stdout[-5000:]}{done.stderr[-5000:]}"
        return done.stdout

    def run(self) -> str:
        """Deploy the clone; return what is printed."""
        return self.sh(f"make run PORT={self.port}")


@pytest.fixture
def fork(tmp_path):
    fork = Fork(tmp_path)
    yield fork
    if (tmp_path / ".local" / "outputs.json").exists():
        fork.sh(f"make stop PORT={fork.port}")


def test_a_fork_takes_the_steps_of_the_readme_and_every_command_passes(fork, request, capsys):
    fork.copy()
    began, fork.commands = time.monotonic(), 0
    fork.sh("make rename NAME=clinic")
    fork.sh("git rm -rq 'lambdas/resources/[a-z]*.py' 'tests/resources/[a-z]*'")
    write(fork)
    fork.sh("make openapi")

    printed = fork.run()
    create, listing = re.findall(r"^  (curl .*)$", printed, re.MULTILINE)
    assert "201" in fork.sh(create).splitlines()[0]
    assert '"items":[{' in fork.sh(listing)
    patient = '{"name": "Ada", "born": "1990-12-10", "blood": "A", "insurance": "A123456789"}'
    headers = '-H "Authorization: Bearer $(make -s token)" -H "Content-Type: application/json"'
    fork.sh(f"curl -sf $(make -s url)/patients {headers} -H 'Idempotency-Key: 1' -d '{patient}'")
    booked = fork.sh(f"curl -sf $(make -s url)/appointments {headers} -d '{BOOKING}'")
    cancel = f"curl -s -X POST $(make -s url)/appointments/{json.loads(booked)['id']}/cancel {headers}"
    assert '"state":"cancelled"' in fork.sh(cancel)
    assert "#cancelled" in fork.sh(cancel)

    model = fork.folder / "lambdas" / "resources" / "patients.py"
    model.write_text(model.read_text().replace(BEFORE, BEFORE + INDEX))
    fork.sh("make openapi")
    assert "carried over" in fork.run()
    found = fork.sh('curl -sf "$(make -s url)/patients?name=Ada" -H "Authorization: Bearer $(make -s token)"')
    assert '"insurance":"A123456789"' in found

    assert "nothing is released yet" in fork.sh("make breaking")
    thorough = request.config.getoption("thorough")
    quickly = (f'.venv/bin/python -m pytest {QUICK} -m "not emulator"', *CHECKS)
    for command in ("make unit && make check",) if thorough else quickly:
        fork.sh(command)
    lines = sum(len((HERE / name).read_text().splitlines()) for name in WRITTEN)
    with capsys.disabled():
        minutes = (time.monotonic() - began) / 60
        print(f"\na fork: {minutes:.1f} minutes, {fork.commands} commands, {lines} lines of its own")
    assert touched(fork) == TOUCHED.keys()


def write(fork):
    """Write two resources, an operation with its story, and a worker with its row."""
    for name, place in WRITTEN.items():
        (fork.folder / place).parent.mkdir(exist_ok=True)
        shutil.copy(HERE / name, fork.folder / place)
    (fork.folder / "tests/resources/appointments/__init__.py").touch()
    rows = fork.folder / "lambdas" / "workers" / "__init__.py"
    rows.write_text(rows.read_text().replace(WORKERS, WORKERS + ROW))


def touched(fork):
    """The files that differ from the template's, but for the example's, which are deleted."""
    listed = [line.split(maxsplit=1) for line in fork.sh("git status --porcelain -uall").splitlines()]
    return {path for state, path in listed if state != "D" or path.startswith("docs/")}


def commands_of_an_update():
    """The commands that CONTRIBUTING shows for a later version of the template, and the one of an old fork."""
    page = (ROOT / "CONTRIBUTING.md").read_text()
    (block,) = re.findall(r"```console\n(\$ git remote add template.*?)```", page, re.DOTALL)
    shown = [line.removeprefix("$ ").partition("   ")[0].strip() for line in block.splitlines()]
    (older,) = re.findall(r"takes `(git checkout [^`]*)`", page)
    place = next(place for place, line in enumerate(shown) if line.startswith("make openapi"))
    return [*shown[:place], older, "make rename NAME=clinic", *shown[place + 1 :]]


def test_a_fork_of_an_earlier_version_takes_this_one_in_ten_commands(fork, capsys):
    there = subprocess.run(
        ["git", "cat-file", "-e", f"{EARLIER}^{{commit}}"], cwd=ROOT, capture_output=True, check=False
    )
    if there.returncode:
        pytest.skip(f"this clone has no commit {EARLIER}: a shallow one has no earlier version")
    fork.sh(f"git clone -q --no-checkout '{ROOT}' . && git checkout -q -B main {EARLIER} && git remote remove origin")
    for name, (text, other) in OLD_EDITS.items():
        before = (fork.folder / name).read_text()
        assert text in before, name
        (fork.folder / name).write_text(before.replace(text, other))
    fork.sh("git rm -rq 'lambdas/resources/[a-z]*.py' 'tests/resources/[a-z]*'")
    shutil.copy(HERE / "patients.py", fork.folder / "lambdas" / "resources")
    fork.commit()
    fork.install()

    commands, conflicts = commands_of_an_update(), []
    for command in commands:
        if command.startswith("make test"):
            break
        command = command.replace("https://github.com/OWNER/REPOSITORY.git", f"'{ROOT}'")
        merges = command.startswith("git merge")
        told = fork.sh(f"{command}{' || true' if merges else ''}")
        conflicts += re.findall("^CONFLICT.*", told, re.MULTILINE)
        if command.startswith("git fetch"):  # the branch that is tested, whatever its name
            head = subprocess.run(["git", "rev-parse", "HEAD"], cwd=ROOT, capture_output=True, text=True, check=True)
            fork.sh(f"git update-ref refs/remotes/template/main {head.stdout.strip()}")

    assert fork.sh("git status --porcelain") == ""
    assert 'Stage(name="staging")' in (fork.folder / "stacks" / "stages.py").read_text()
    assert {path.stem for path in (fork.folder / "lambdas/resources").glob("[!_]*.py")} == {"patients"}
    fork.sh(f'.venv/bin/python -m pytest {QUICK} -m "not emulator"')
    with capsys.disabled():
        print(f"\nan update: {len(commands)} commands, {len(conflicts)} conflicts", *commands, *conflicts, sep="\n  ")
    assert len(commands) <= 10
    assert [one for one in conflicts if "resources/" not in one] == []  # the example, deleted here and changed there
