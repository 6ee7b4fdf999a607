"""`make contract`: schemathesis holds the deployed stack to the published document (schemathesis.toml says how)."""

import json
import os
import re
import subprocess
import sys
from pathlib import Path

from lambdas.rest.declarations import RESOURCES
from stacks.contract.document import PATH, ROOT
from tests.support.stories import fresh

CONFIG = Path(__file__).with_name("schemathesis.toml")
MADE = 100  # items of a resource
# OpenAPI cannot say which parameters an index serves together, nor what a cursor is.
LISTS = """
[[operations]]
include-name-regex = '^({names})$'
checks.positive_data_acceptance.expected-statuses = ["2xx", "3xx", "400", "429"]
"""


def test_the_deployed_stack_keeps_what_the_document_promises(deployed, token, signer, call_deployed, tmp_path):
    command = [
        Path(sys.executable).with_name("schemathesis"),
        "--config-file",
        written(tmp_path),
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


def written(folder):
    """Write the settings, with the operations that may refuse a cursor, by their problems."""
    paths = json.loads(PATH.read_text())["paths"]
    names = [
        re.escape(f"{method.upper()} {path}")
        for path, operations in paths.items()
        for method, one in operations.items()
        if "responses" in one and "invalid-cursor" in json.dumps(one["responses"].get("400"))
    ]
    config = folder / CONFIG.name
    config.write_text(CONFIG.read_text() + (LISTS.format(names="|".join(names)) if names else ""))
    return config


def made(call):
    """Items of each resource that makes some, by their ids."""
    for resource in RESOURCES:
        for _ in range(MADE if "create" in resource.named else 0):
            answer = call("POST", resource.path, fresh(resource))
            assert answer.status == 201, answer.text
            yield answer.json[resource.key]
