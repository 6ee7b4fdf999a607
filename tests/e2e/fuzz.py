"""`make contract`: schemathesis holds the deployed stack to the published document (schemathesis.toml says how)."""

import json
import os
import re
import subprocess
import sys
from decimal import Decimal
from pathlib import Path

from lambdas.rest.declarations import RESOURCES
from lambdas.rest.routes import routes
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
# Nor rules of several attributes together, checks by a function, and bounds of decimals that are text.
RULES = """
[[operations]]
include-name-regex = '^({names})$'
checks.positive_data_acceptance.expected-statuses = ["2xx", "3xx", "400", "404", "409", "412", "422", "428", "429"]
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
    ruled = [
        re.escape(f"{route.method} {route.full_path(resource)}")
        for resource in RESOURCES
        for route in routes(resource)
        if any(map(has_rules, models_of(route, resource)))
    ]
    config = folder / CONFIG.name
    further = [text.format(names="|".join(each)) for text, each in ((LISTS, names), (RULES, ruled)) if each]
    config.write_text(CONFIG.read_text() + "".join(further))
    return config


def models_of(route, resource):
    """Yield the schemas of the models that a request is held to, but for batches, which may be refused in any case."""
    if route.body and route.body != "batch":
        yield getattr(route.body, "schema", resource.model.schema)
    if route.query:
        yield route.query.schema


def has_rules(schema):
    """Return whether a model has rules, or a part of it, that no schema can say."""
    return bool(schema.rules) or any(of_value(one.codec, one.rules) for one in schema.attributes.values())


def of_value(codec, rules):
    """Return whether a value has such rules, or a member or part of it."""
    member = codec.item is not None and of_value(codec.item, rules.items)
    bounded = codec.type is Decimal and bool({rules.gt, rules.ge or None, rules.le, rules.lt} - {None})
    return bool(rules.check) or bounded or member or any(has_rules(model.schema) for model in codec.models)


def made(call):
    """Items of each resource that makes some, by their ids."""
    for resource in RESOURCES:
        for _ in range(MADE if "create" in resource.named else 0):
            answer = call("POST", resource.path, fresh(resource))
            assert answer.status == 201, answer.text
            yield answer.json[resource.key]
