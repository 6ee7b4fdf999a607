"""The function that lets API Gateway write logs: it sets what an account lacks, and nothing else."""

import boto3
import pytest
from botocore.exceptions import ClientError
from moto import mock_aws

from lambdas.deploy import set_log_role
from tests.support.cloudformation import invoke

ROLE = "arn:aws:iam::123456789012:role/ours"
OTHER = "arn:aws:iam::123456789012:role/of-somebody-else"
RACES = (
    "The role ARN does not have required permissions configured. Please grant trust permission for API Gateway",
    "API Gateway could not successfully write to CloudWatch Logs using the ARN specified",
)


@pytest.fixture
def gateway():
    """API Gateway in an account in which nothing is set."""
    with mock_aws():
        yield boto3.client("apigateway")


def role_of(gateway):
    return gateway.get_account().get("cloudwatchRoleArn")


def test_the_role_is_set_where_there_is_none(gateway):
    set_log_role.set_if_absent(gateway, ROLE)

    assert role_of(gateway) == ROLE


def test_a_role_of_somebody_else_stays(gateway):
    change = {"op": "replace", "path": "/cloudwatchRoleArn", "value": OTHER}
    gateway.update_account(patchOperations=[change])

    said = set_log_role.set_if_absent(gateway, ROLE)

    assert role_of(gateway) == OTHER
    assert "nothing was changed" in said


class Hesitating:
    """API Gateway as it is while it does not know a new role yet."""

    def __init__(self, message, refusals):
        self.message, self.refusals, self.role, self.pauses = message, refusals, "", []

    def get_account(self):
        return {"cloudwatchRoleArn": self.role}

    def update_account(self, patchOperations):  # noqa: N803 - boto3's name
        if len(self.pauses) < self.refusals:
            raise ClientError({"Error": {"Code": "BadRequestException", "Message": self.message}}, "UpdateAccount")
        self.role = patchOperations[0]["value"]


@pytest.mark.parametrize("message", RACES)
def test_a_role_that_is_not_usable_yet_is_tried_again(message):
    gateway = Hesitating(message, refusals=3)

    set_log_role.set_if_absent(gateway, ROLE, sleep=gateway.pauses.append)

    assert gateway.role == ROLE
    assert len(gateway.pauses) == 3


def test_a_role_that_never_becomes_usable_is_given_up_after_two_minutes():
    gateway = Hesitating(RACES[0], refusals=10_000)

    with pytest.raises(ClientError, match="required permissions"):
        set_log_role.set_if_absent(gateway, ROLE, sleep=gateway.pauses.append)
    assert 100 <= sum(gateway.pauses) <= 120


def test_any_other_refusal_is_not_tried_again():
    gateway = Hesitating("User is not authorized to perform: iam:PassRole", refusals=10_000)

    with pytest.raises(ClientError, match="PassRole"):
        set_log_role.set_if_absent(gateway, ROLE, sleep=gateway.pauses.append)
    assert gateway.pauses == []


@pytest.mark.parametrize("request_type", ["Create", "Update"])
def test_create_and_update_set_the_role_and_report_success(gateway, request_type):
    report = invoke(set_log_role.handler, request_type, {"RoleArn": ROLE})

    assert (report["Status"], report["PhysicalResourceId"]) == ("SUCCESS", "physical")
    assert role_of(gateway) == ROLE


def test_delete_leaves_the_role(gateway):
    invoke(set_log_role.handler, "Create", {"RoleArn": ROLE})

    report = invoke(set_log_role.handler, "Delete", {"RoleArn": ROLE}, PhysicalResourceId="as before")

    assert (report["Status"], report["PhysicalResourceId"]) == ("SUCCESS", "as before")
    assert role_of(gateway) == ROLE


def test_a_failure_is_reported_with_its_reason(gateway):  # noqa: ARG001 - no other account
    report = invoke(set_log_role.handler, "Create", {})

    assert (report["Status"], report["Reason"]) == ("FAILED", "'RoleArn'")
