"""`make contract`: schemathesis holds the deployed stack to the published document (schemathesis.toml says how)."""

import os
import subprocess
import sys
from pathlib import Path

from lambdas.rest.declarations import RESOURCES
from stacks.contract.document import PATH, ROOT
from tests.support.stories import fresh

CONFIG = Path(__file__).with_name("schemathesis.toml")
MADE = 100  # items of a resource


def test_the_deployed_stack_keeps_what_the_document_promises(deployed, token, signer, call_deployed, tmp_path):
    command = [
        Path(sys.executable).with_name("schemathesis"),
        "--config-file",
        CONFIG,
        "run",
        PATH,
        "--url",
        deployed.url,
    ]
    proof = {
        "FUZZ_ITEMS": "\n".join(made(call_deployed)),
        "FUZZ_URL": deployed.url,
        "FUZZ_TOKEN": token,
        "FUZZ_KEY": signer.access_key,
        "FUZZ_SECRET": signer.secret_key,
        "FUZZ_SESSION": signer.token,
    }
    options = ["--tls-verify", deployed.emulator.certificate, "--checks", "all", "--no-color"]
    environment = {**os.environ, **proof, "PYTHONPATH": str(ROOT)}

    done = subprocess.run(
        [*command, *options, *os.environ.get("FUZZ_OPTIONS", "").split()], cwd=tmp_path, env=environment
    )

    assert done.returncode == 0


def made(call):
    """Items of each resource that makes some, by their ids."""
    for resource in RESOURCES:
        for _ in range(MADE if "create" in resource.named else 0):
            answer = call("POST", resource.path, fresh(resource))
            assert answer.status == 201, answer.text
            yield answer.json[resource.key]
