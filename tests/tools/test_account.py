"""The account-wide setting that access logs need: found missing before a deploy, set once, never overwritten."""

import boto3
import pytest
from moto import mock_aws

from tools.ops.account import let_gateway_log, refuse_without_gateway_log
from tools.problem import Problem


@pytest.fixture
def clients():
    """The clients of an account in which nothing was set."""
    with mock_aws(config={"iam": {"load_aws_managed_policies": True}}):
        yield boto3.client


def gateway_role(clients):
    return clients("apigateway").get_account().get("cloudwatchRoleArn")


def test_a_deploy_is_refused_before_it_begins_where_the_gateway_may_not_log(clients):
    with pytest.raises(Problem, match="make account"):
        refuse_without_gateway_log(clients)


def test_the_gateway_may_log_afterwards_with_the_policy_that_aws_made_for_it(clients):
    let_gateway_log(clients)

    refuse_without_gateway_log(clients)
    name = gateway_role(clients).rpartition("/")[2]
    (policy,) = clients("iam").list_attached_role_policies(RoleName=name)["AttachedPolicies"]
    assert policy["PolicyName"] == "AmazonAPIGatewayPushToCloudWatchLogs"


def test_what_is_set_already_stays(clients):
    mine = "arn:aws:iam::123456789012:role/mine"
    change = {"op": "replace", "path": "/cloudwatchRoleArn", "value": mine}
    clients("apigateway").update_account(patchOperations=[change])

    assert "nothing was changed" in let_gateway_log(clients)
    assert gateway_role(clients) == mine
