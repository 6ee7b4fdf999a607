"""The templates of the stages, synthesized once: no credentials, no network, no assets built."""

import json
from collections.abc import Callable, Sequence
from dataclasses import replace
from functools import cache

import pytest
from aws_cdk import App
from aws_cdk.assertions import Template

from lambdas.rest.declarations import RESOURCES
from lambdas.rest.resource import Resource
from stacks import stages
from stacks.service import Service
from stacks.stages import Stage
from tools.dev.install import ROOT

# What the CLI gives the app, feature flags included, except that no asset is built.
CONTEXT = {**json.loads((ROOT / "cdk.json").read_text())["context"], "aws:cdk:bundling-stacks": []}


@cache
def synthesized(stage: str, resources: Sequence[Resource]) -> Template:
    return built(stages.named(stage), resources)


def built(stage: Stage, resources: Sequence[Resource]) -> Template:
    app = App(context=CONTEXT)
    return Template.from_stack(Service(app, f"serverless-crud-{stage.name}", stage=stage, resources=resources))


@pytest.fixture(scope="session")
def template() -> Callable[..., Template]:
    """The template of a stage: template("prod")."""
    return lambda stage, resources=RESOURCES: synthesized(stage, resources)


@pytest.fixture(scope="session")
def synthesize() -> Callable[..., Template]:
    """The template of a stage with other settings: synthesize(stages.named("prod"), alarm_email="...")."""
    return lambda stage, resources=RESOURCES, **settings: built(replace(stage, **settings), resources)
