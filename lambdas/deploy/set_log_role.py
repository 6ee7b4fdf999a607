"""Set the role with which API Gateway writes logs, where the account and region have none (stacks/api/log_role.py)."""

import time
from collections.abc import Callable
from typing import Any

import botocore.session
from botocore.exceptions import ClientError

from lambdas.deploy.answer import Event, custom_resource

NOT_YET = ("does not have required permissions configured", "could not successfully write to CloudWatch Logs")
PAUSE, ATTEMPTS = 5, 24  # seconds between attempts, two minutes in all: API Gateway may not know a new role yet


@custom_resource
def handler(event: Event) -> None:
    """Set the role on create and update; leave it on delete, since other stacks may rely on it."""
    if event["RequestType"] != "Delete":
        gateway = botocore.session.get_session().create_client("apigateway")
        print(set_if_absent(gateway, event["ResourceProperties"]["RoleArn"]))


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
