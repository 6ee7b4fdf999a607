"""What is set once for a whole account and region, and belongs to no stack: `make account`."""

import json
from typing import Any

from tools.ops.target import Clients
from tools.problem import Problem

ROLE = "apigateway-writes-logs"
POLICY = "service-role/AmazonAPIGatewayPushToCloudWatchLogs"  # AWS's own, made for this


def refuse_without_gateway_log(clients: Clients) -> None:
    """Raise a Problem where a stage with an access log could not be deployed."""
    if not log_role(clients):
        raise Problem(
            "API Gateway may not write logs in this account and region yet, so the deployment would fail.\n"
            "Run `make account` once (it changes nothing where that is set already), or set access_log=False "
            "for the stage in stacks/stages.py."
        )


def let_gateway_log(clients: Clients) -> str:
    """Give API Gateway a role to write logs with, unless it has one; say what was done."""
    if role := log_role(clients):
        return f"API Gateway already writes logs here, as {role}; nothing was changed"
    made = make_role(clients("iam"), clients("sts").get_caller_identity()["Arn"].split(":")[1])
    change = {"op": "replace", "path": "/cloudwatchRoleArn", "value": made}
    clients("apigateway").update_account(patchOperations=[change])
    return f"API Gateway writes logs in this account and region as {made}"


def log_role(clients: Clients) -> str:
    """The role that API Gateway writes logs with; empty if it has none."""
    role: str = clients("apigateway").get_account().get("cloudwatchRoleArn") or ""
    return role


def make_role(iam: Any, partition: str) -> str:
    """Make the role, or take the one that another region has made; roles belong to all regions."""
    principal = {"Service": "apigateway.amazonaws.com"}
    trust = {"Effect": "Allow", "Principal": principal, "Action": "sts:AssumeRole"}
    document = json.dumps({"Version": "2012-10-17", "Statement": [trust]})
    try:
        role = iam.create_role(RoleName=ROLE, AssumeRolePolicyDocument=document)["Role"]
    except iam.exceptions.EntityAlreadyExistsException:
        role = iam.get_role(RoleName=ROLE)["Role"]
    iam.attach_role_policy(RoleName=ROLE, PolicyArn=f"arn:{partition}:iam::aws:policy/{POLICY}")
    iam.get_waiter("role_exists").wait(RoleName=ROLE)
    arn: str = role["Arn"]
    return arn
