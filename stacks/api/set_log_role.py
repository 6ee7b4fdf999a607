"""Set the role with which API Gateway writes logs, where the account and region have none.

The code of a CloudFormation custom resource, inline in the template (stacks/api/log_role.py): it uses nothing but what
Lambda's runtime has.
"""

import json
import time
import urllib.request
from collections.abc import Callable
from typing import Any

import botocore.session
from botocore.exceptions import ClientError

NOT_YET = ("does not have required permissions configured", "could not successfully write to CloudWatch Logs")
PAUSE, ATTEMPTS = 5, 24  # seconds between attempts, two minutes in all: API Gateway may not know a new role yet


def handler(event: dict[str, Any], context: Any) -> None:
    """Set the role on create and update; leave it on delete, since other stacks may rely on it."""
    outcome = {"Status": "SUCCESS"}
    try:
        if event["RequestType"] != "Delete":
            gateway = botocore.session.get_session().create_client("apigateway")
            print(set_if_absent(gateway, event["ResourceProperties"]["RoleArn"]))
    except Exception as error:  # noqa: BLE001 - CloudFormation waits for an answer, whatever happened
        outcome = {"Status": "FAILED", "Reason": str(error)}
    report(event, context, outcome)


def set_if_absent(gateway: Any, role: str, sleep: Callable[[float], None] = time.sleep) -> str:
    """Set the role unless one is set, and return what was done; try again while the new role is not usable yet."""
    if found := gateway.get_account().get("cloudwatchRoleArn"):
        return f"API Gateway writes logs as {found}; nothing was changed"
    change = {"op": "replace", "path": "/cloudwatchRoleArn", "value": role}
    for attempt in range(1, ATTEMPTS + 1):
        try:
            gateway.update_account(patchOperations=[change])
            break
        except ClientError as error:
            if attempt == ATTEMPTS or not any(text in str(error) for text in NOT_YET):
                raise
            sleep(PAUSE)
    return f"API Gateway writes logs as {role}"


def report(event: dict[str, Any], context: Any, outcome: dict[str, str]) -> None:
    """Send the outcome to CloudFormation."""
    body = {name: event[name] for name in ("RequestId", "LogicalResourceId", "StackId")}
    body |= {"PhysicalResourceId": event.get("PhysicalResourceId", context.aws_request_id), **outcome}
    data, no_type = json.dumps(body).encode(), {"Content-Type": ""}  # as the URL was signed
    request = urllib.request.Request(event["ResponseURL"], data, no_type, method="PUT")  # noqa: S310 - CloudFormation's
    urllib.request.urlopen(request, timeout=30)  # noqa: S310
