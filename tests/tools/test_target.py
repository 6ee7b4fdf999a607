"""One region, from the stage or from the caller's settings, is used by everything that a command does."""

from dataclasses import replace

import pytest
from moto import mock_aws

from stacks.names import SERVICE
from stacks.stages import STAGES
from tests.support import stages
from tools.ops.target import aws_target, stage_of
from tools.problem import Problem

DEV = stages.named("dev")


@pytest.fixture(autouse=True)
def account(monkeypatch):
    """An account whose caller has set no region."""
    monkeypatch.delenv("AWS_DEFAULT_REGION", raising=False)
    with mock_aws():
        yield


def region_of(target):
    """The region of the target, which its clients and the CDK CLI have as well."""
    assert target.clients("dynamodb").meta.region_name == target.region
    assert target.environment["AWS_REGION"] == target.environment["AWS_DEFAULT_REGION"] == target.region
    return target.region


@pytest.mark.parametrize("variable", ["AWS_REGION", "AWS_DEFAULT_REGION"])
def test_both_variables_that_the_cdk_reads_name_the_region(monkeypatch, variable):
    monkeypatch.setenv(variable, "eu-west-1")

    assert region_of(aws_target(DEV)) == "eu-west-1"


def test_the_region_of_the_stage_comes_first(monkeypatch):
    monkeypatch.setenv("AWS_REGION", "eu-west-1")

    assert region_of(aws_target(replace(DEV, region="us-west-2"))) == "us-west-2"


def test_without_a_region_the_message_says_how_to_set_one():
    with pytest.raises(Problem, match="AWS_REGION is missing"):
        aws_target(DEV)


def test_a_stack_that_is_not_deployed_is_reported_with_account_and_region(monkeypatch):
    monkeypatch.setenv("AWS_REGION", "eu-west-1")

    with pytest.raises(Problem, match=f"{SERVICE}-dev is not deployed in account 123456789012, region eu-west-1"):
        aws_target(DEV).outputs()


@pytest.mark.parametrize(("name", "told"), [("", "STAGE is missing"), ("qa", "STAGE=qa is not a stage")])
def test_an_unknown_stage_is_reported_with_the_known_ones(name, told):
    known = " or ".join(f"STAGE={one}" for one in STAGES)

    with pytest.raises(Problem, match=f"{told}.*: use {known}"):
        stage_of(name)
