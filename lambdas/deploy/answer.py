"""The response that CloudFormation expects of the function of a custom resource."""

import json
import os
import ssl
import urllib.request
from collections.abc import Callable
from functools import wraps
from typing import Any

type Event = dict[str, Any]


def custom_resource(work: Callable[[Event], None]) -> Callable[[Event, Any], None]:
    """Make the handler of a custom resource, which reports the success or the failure of its work."""

    @wraps(work)
    def handler(event: Event, context: Any) -> None:
        outcome = {"Status": "SUCCESS"}
        try:
            work(event)
        except Exception as error:  # noqa: BLE001 - CloudFormation waits for an answer, whatever happened
            outcome = {"Status": "FAILED", "Reason": str(error)}
        report(event, context, outcome)

    return handler


def report(event: Event, context: Any, outcome: dict[str, str]) -> None:
    """Send the outcome to CloudFormation."""
    body = {name: event[name] for name in ("RequestId", "LogicalResourceId", "StackId")}
    body |= {"PhysicalResourceId": event.get("PhysicalResourceId", context.aws_request_id), **outcome}
    data, no_type = json.dumps(body).encode(), {"Content-Type": ""}  # as the URL was signed
    request = urllib.request.Request(event["ResponseURL"], data, no_type, method="PUT")  # noqa: S310 - CloudFormation's
    trust = ssl.create_default_context(cafile=os.environ.get("AWS_CA_BUNDLE"))  # as botocore does: an emulator's own
    urllib.request.urlopen(request, timeout=30, context=trust)  # noqa: S310
