"""Templates of the stages, each synthesized once in a session: no credentials, no network, no assets built."""

import json
from collections.abc import Callable, Sequence
from dataclasses import replace
from functools import cache, partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from lambdas.rest.declarations import RESOURCES
from lambdas.rest.resource import Resource
from stacks.names import stack_name
from tools.dev.install import ROOT
from tools.ops.stack import merged, nested_template

if TYPE_CHECKING:
    from aws_cdk.assertions import Template

    from stacks.stages import Stage

# The CLI's context for the app, feature flags included, except that no asset is built.
CONTEXT = {
    **json.loads((ROOT / "cdk.json").read_text())["context"],
    "aws:cdk:enable-asset-metadata": True,
    "aws:cdk:bundling-stacks": [],
}


@cache
def built(stage: "Stage", resources: Sequence[Resource]) -> "Template":
    """Return the template of a stage, its nested stacks put in; the CDK is loaded here: most tests do without."""
    from aws_cdk.assertions import Template

    assembly, template = synthesized(stage, resources)
    return Template.from_json(merged(template, partial(nested_template, assembly, template)))


@cache
def synthesized(stage: "Stage", resources: Sequence[Resource]) -> tuple[Path, dict[str, Any]]:
    """Return the folder that a stage was synthesized to, and the template of its stack."""
    from aws_cdk import App

    from stacks.service import Service

    app = App(context=CONTEXT)
    service = Service(app, stack_name(stage.name), stage=stage, resources=resources)
    folder = Path(app.synth().directory)
    return folder, json.loads((folder / service.template_file).read_text())


def keys_and_indexes(template: "Template") -> dict[str, Any]:
    """Return the keys and the indexes of each table, by logical id: what a deployed table is replaced for."""
    return {
        logical_id: {
            "KeySchema": table["Properties"]["KeySchema"],
            "GlobalSecondaryIndexes": {
                index["IndexName"]: index["KeySchema"] for index in table["Properties"]["GlobalSecondaryIndexes"]
            },
        }
        for logical_id, table in template.find_resources("AWS::DynamoDB::GlobalTable").items()
    }


@pytest.fixture(scope="session")
def template() -> Callable[..., "Template"]:
    """Return a stage's template: template("prod")."""
    from stacks import stages

    return lambda stage, resources=RESOURCES: built(stages.named(stage), tuple(resources))


@pytest.fixture(scope="session")
def synthesize() -> Callable[..., "Template"]:
    """Return a stage's template with other settings: synthesize(stages.named("prod"), alarm_email="...")."""
    return lambda stage, resources=RESOURCES, **settings: built(replace(stage, **settings), tuple(resources))
