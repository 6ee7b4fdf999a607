"""Clients that third-party generators make from the published document, in Python and TypeScript."""

import json
import os
import shutil
import ssl
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from stacks.contract.document import PATH
from tools.dev.install import ROOT, search_path

PACKAGES = ROOT / "node_modules"
NODE = ("openapi-typescript", "openapi-fetch", "typescript")
ABSENT = "the generators are not installed: `make clients` installs them"
STRICT = ("--strict", "--noUncheckedIndexedAccess", "--exactOptionalPropertyTypes")
OPTIONAL = "--default-non-nullable=false"  # what has a default need not be sent
LANGUAGE = ("--target", "es2022", "--lib", "es2022,dom", "--module", "nodenext")


@pytest.fixture(scope="session")
def generate_python() -> Callable[[Path, Path], None]:
    """Generate a package from a document: generate_python(document, package). A warning fails."""
    pytest.importorskip("openapi_python_client", reason=ABSENT)
    generator = Path(sys.executable).with_name("openapi-python-client")

    def generate(document: Path, package: Path) -> None:
        run(generator, "generate", "--fail-on-warning", "--meta=none", "--path", document, "--output-path", package)

    return generate


@pytest.fixture(scope="session")
def compile_typescript(tmp_path_factory: pytest.TempPathFactory) -> Callable[..., Path]:
    """Generate types from a document, compile a program that uses them as "./api.js", and return its path."""
    if missing := [name for name in NODE if not (PACKAGES / name).exists()]:
        pytest.skip(f"{', '.join(missing)}: {ABSENT}")

    def compiled(document: Path, program: Path) -> Path:
        folder = tmp_path_factory.mktemp("typescript")
        (folder / "node_modules").symlink_to(PACKAGES)
        (folder / "package.json").write_text(json.dumps({"type": "module"}))
        run("node", PACKAGES / "openapi-typescript/bin/cli.js", document, "--output", folder / "api.ts", OPTIONAL)
        shutil.copy(program, folder)
        run("node", PACKAGES / "typescript/bin/tsc", *STRICT, *LANGUAGE, program.name, cwd=folder)
        return folder / f"{program.stem}.js"

    return compiled


@pytest.fixture(scope="module")
def python_client(generate_python, deployed, token, tmp_path_factory) -> Any:
    """The client of the published document for the deployed stack, and the package that it is of."""
    folder = tmp_path_factory.mktemp("python")
    generate_python(PATH, folder / "generated_client")
    sys.path.insert(0, str(folder))
    try:
        from generated_client import AuthenticatedClient

        trust = ssl.create_default_context(cafile=deployed.emulator and deployed.emulator.certificate)
        with AuthenticatedClient(base_url=deployed.url, token=token, verify_ssl=trust, timeout=60) as client:
            yield client
    finally:
        sys.path.remove(str(folder))


@pytest.fixture
def run_typescript(compile_typescript, deployed, token) -> Callable[[Path], Any]:
    """Compile a program beside the types of the published document, run it, and return the JSON that it prints."""

    def start(program: Path) -> Any:
        script = compile_typescript(PATH, program)
        trust = {"NODE_EXTRA_CA_CERTS": str(deployed.emulator.certificate)} if deployed.emulator else {}
        return json.loads(run("node", script, API_URL=deployed.url, API_TOKEN=token, **trust))

    return start


def run(*words: str | Path, cwd: Path | None = None, **environment: str) -> str:
    """Run a command and return what it prints; one that fails fails the test with its output."""
    command = [str(word) for word in words]
    variables = {**os.environ, "PATH": search_path(), **environment}
    done = subprocess.run(command, cwd=cwd, env=variables, capture_output=True, text=True, timeout=300, check=False)
    assert done.returncode == 0, f"{' '.join(command)}\n{done.stdout}{done.stderr}"
    return done.stdout
