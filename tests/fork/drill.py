"""`make fork`: the steps of the README's "Make it yours", taken in a copy, with two resources of a clinic.

--thorough: all tests that need no emulator, and `make check`, besides.
"""

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
RESOURCES = ("appointments", "patients")
BEFORE, INDEX = "    newest = ShardedIndex(sort=id)\n", "    by_name = Index(name)\n"
TOUCHED = {  # besides the example's own files, which are deleted
    "lambdas/resources/appointments.py": "written",
    "lambdas/resources/patients.py": "written",
    "pyproject.toml": "make rename",
    "docs/openapi.json": "make openapi",
    "docs/asyncapi.json": "make openapi",
    "docs/security.md": "make openapi",
}
QUICK = (
    "tests/api/test_crud.py tests/api/test_lists.py tests/stacks/test_contract.py tests/unit/test_layout.py "
    "tests/unit/test_readme.py tests/unit/test_security_page.py"
)


class Fork:
    """A clone in a folder, with what is installed here, on a port of its own."""

    def __init__(self, folder: Path) -> None:
        self.folder, self.port, self.commands = folder, free_port(), 0
        listed = subprocess.run(
            ["git", "ls-files", "-co", "--exclude-standard"], cwd=ROOT, capture_output=True, text=True, check=True
        )
        for name in listed.stdout.splitlines():
            if (ROOT / name).is_file():
                (folder / name).parent.mkdir(parents=True, exist_ok=True)
                shutil.copy(ROOT / name, folder / name)
        (folder / ".local").mkdir()
        for name in (".venv", "node_modules", ".local/bin", ".local/emulator", ".local/tools", ".local/installed"):
            if (ROOT / name).exists():
                (folder / name).symlink_to(ROOT / name)
        if (ROOT / ".cache").exists():
            shutil.copytree(ROOT / ".cache", folder / ".cache")
        self.sh("git init -q && git add -A && git -c user.name=fork -c user.email=fork@example.com commit -qm fork")

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
    fork.sh(f"make stop PORT={fork.port}")


def test_a_fork_takes_the_steps_of_the_readme_and_every_command_passes(fork, request, capsys):
    began = time.monotonic()
    fork.sh("make rename NAME=clinic")
    fork.sh("git rm -rq 'lambdas/resources/[a-z]*.py' 'tests/resources/[a-z]*'")
    for name in RESOURCES:
        shutil.copy(HERE / f"{name}.py", fork.folder / "lambdas" / "resources")
    fork.sh("make openapi")

    printed = fork.run()
    create, listing = re.findall(r"^  (curl .*)$", printed, re.MULTILINE)
    assert "201" in fork.sh(create).splitlines()[0]
    assert '"items":[{' in fork.sh(listing)
    patient = '{"name": "Ada", "born": "1990-12-10", "blood": "A", "insurance": "A123456789"}'
    headers = '-H "Authorization: Bearer $(make -s token)" -H "Content-Type: application/json"'
    fork.sh(f"curl -sf $(make -s url)/patients {headers} -H 'Idempotency-Key: 1' -d '{patient}'")

    model = fork.folder / "lambdas" / "resources" / "patients.py"
    model.write_text(model.read_text().replace(BEFORE, BEFORE + INDEX))
    fork.sh("make openapi")
    assert "carried over" in fork.run()
    found = fork.sh('curl -sf "$(make -s url)/patients?name=Ada" -H "Authorization: Bearer $(make -s token)"')
    assert '"insurance":"A123456789"' in found

    assert "nothing is released yet" in fork.sh("make breaking")
    thorough = request.config.getoption("thorough")
    fork.sh("make unit && make check" if thorough else f'.venv/bin/python -m pytest {QUICK} -m "not emulator"')
    lines = sum(len((fork.folder / "lambdas/resources" / f"{name}.py").read_text().splitlines()) for name in RESOURCES)
    with capsys.disabled():
        minutes = (time.monotonic() - began) / 60
        print(f"\na fork: {minutes:.1f} minutes, {fork.commands} commands, {lines} lines of its own")
    assert touched(fork) == TOUCHED.keys()


def touched(fork):
    """The files that differ from the template's, but for the example's, which are deleted."""
    listed = [line.split(maxsplit=1) for line in fork.sh("git status --porcelain -uall").splitlines()]
    return {path for state, path in listed if state != "D" or path.startswith("docs/")}
