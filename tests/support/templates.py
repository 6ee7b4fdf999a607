"""Templates of the stages, each synthesized once in a session: no credentials, no network, no assets built."""

import json
from collections.abc import Callable, Sequence
from dataclasses import replace
from functools import cache
from typing import TYPE_CHECKING

import pytest

from lambdas.rest.declarations import RESOURCES
from lambdas.rest.resource import Resource
from tools.dev.install import ROOT

if TYPE_CHECKING:
    from aws_cdk.assertions import Template

    from stacks.stages import Stage

# The CLI's context for the app, feature flags included, except that no asset is built.
CONTEXT = {**json.loads((ROOT / "cdk.json").read_text())["context"], "aws:cdk:bundling-stacks": []}


@cache
def built(stage: "Stage", resources: Sequence[Resource]) -> "Template":
    """Return the template of a stage; the CDK is loaded here, since most tests do without."""
    from aws_cdk import App
    from aws_cdk.assertions import Template

    from stacks.service import Service

    service = Service(App(context=CONTEXT), f"serverless-crud-{stage.name}", stage=stage, resources=resources)
    return Template.from_stack(service)


@pytest.fixture(scope="session")
def template() -> Callable[..., "Template"]:
    """Return a stage's template: template("prod")."""
    from stacks import stages

    return lambda stage, resources=RESOURCES: built(stages.named(stage), tuple(resources))


@pytest.fixture(scope="session")
def synthesize() -> Callable[..., "Template"]:
    """Return a stage's template with other settings: synthesize(stages.named("prod"), alarm_email="...")."""
    return lambda stage, resources=RESOURCES, **settings: built(replace(stage, **settings), tuple(resources))
