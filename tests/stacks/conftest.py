"""The templates of the stages, synthesized once: no credentials, no network, no assets built."""

from collections.abc import Callable, Sequence
from functools import cache

import pytest
from aws_cdk import App
from aws_cdk.assertions import Template

from lambdas.resource import Resource
from lambdas.resources import RESOURCES
from stacks import stages
from stacks.service import Service


@cache
def synthesized(stage: str, resources: Sequence[Resource]) -> Template:
    app = App(context={"aws:cdk:bundling-stacks": []})
    return Template.from_stack(Service(app, f"serverless-crud-{stage}", stage=stages.named(stage), resources=resources))


@pytest.fixture(scope="session")
def template() -> Callable[..., Template]:
    """The template of a stage: template("prod")."""
    return lambda stage, resources=RESOURCES: synthesized(stage, resources)
