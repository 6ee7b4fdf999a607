"""API Gateway event -> Request; result or exception -> response: the one place."""

import base64
import json
import os
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from decimal import Decimal
from functools import cache, cached_property, wraps
from typing import Any

import boto3
from aws_lambda_powertools import Logger

from lambdas import problem, resources
from lambdas.dynamodel import Invalid, Model, NotFound, Path, Table
from lambdas.problem import Problem
from lambdas.resource import Resource

PARAMETERS = ("limit", "cursor")
PAGE, LONGEST_PAGE = 20, 100  # items

logger = Logger()

type Event = dict[str, Any]


@dataclass(frozen=True)
class Response:
    """What an operation answers; the body is JSON, or nothing."""

    status: int
    body: Any = None
    headers: Mapping[str, str] = field(default_factory=dict)
    media_type: str = "application/json"

    def rendered(self) -> Event:
        """The response as API Gateway wants it."""
        headers = {**self.headers, "Content-Type": self.media_type} if self.body is not None else {**self.headers}
        body = "" if self.body is None else json.dumps(self.body, ensure_ascii=False, separators=(",", ":"))
        return {"statusCode": self.status, "headers": headers, "body": body}


class Request:
    """One call of an operation, on the resource and table that its function serves."""

    def __init__(self, event: Event) -> None:
        """Take API Gateway's proxy event."""
        self.event = event
        self.request_id: str = event["requestContext"]["requestId"]
        self.resource = resources.named(os.environ["RESOURCE"])
        self.model = self.resource.model
        self.table = table(self.resource, os.environ["TABLE_NAME"])

    @property
    def id(self) -> str:
        """The id in the path. Raises NotFound for one that no item can have."""
        given = str(self.event["pathParameters"]["id"])
        try:
            self.model.schema.key(given)
        except Invalid:
            raise NotFound(given) from None
        return given

    @cached_property
    def parameters(self) -> dict[str, str]:
        """The query parameters: each of those that there are, once."""
        given: dict[str, list[str]] = self.event.get("multiValueQueryStringParameters") or {}
        for name, values in given.items():
            if name not in PARAMETERS:
                raise Problem(
                    400, "invalid-parameter", f"There is no parameter {name}; there are {', '.join(PARAMETERS)}."
                )
            if len(values) > 1:
                raise Problem(400, "invalid-parameter", f"Give {name} once.")
        return {name: values[0] for name, values in given.items()}

    @property
    def counter(self) -> Path[int]:
        """The counter that the path ends in."""
        counter: Path[int] = self.model.schema.attributes[self.event["resource"].rpartition("/")[2]].path
        return counter

    @property
    def limit(self) -> int:
        """How many items a page has at the most."""
        text = self.parameters.get("limit", str(PAGE))
        if not (text.isascii() and text.isdecimal() and len(text) < 5 and 1 <= int(text) <= LONGEST_PAGE):
            raise Problem(400, "invalid-parameter", f"limit is a whole number from 1 to {LONGEST_PAGE}.")
        return int(text)

    @cached_property
    def json(self) -> dict[str, Any]:
        """The body: a JSON object, its numbers exact."""
        raw = self.event.get("body") or ""
        try:
            text = base64.b64decode(raw).decode() if self.event.get("isBase64Encoded") else raw
            body = json.loads(text, parse_float=Decimal, parse_constant=refuse_constant)
        except (ValueError, RecursionError):
            raise Problem(400, "malformed", "The body is not JSON.") from None
        if not isinstance(body, dict):
            raise Problem(400, "malformed", "The body is not a JSON object.")
        return body


def refuse_constant(name: str) -> None:
    """Refuse what Python reads and JSON does not have: NaN, Infinity."""
    raise ValueError(name)


@cache
def table(resource: Resource, name: str) -> Table[Model]:
    """The resource's table and its client, kept between invocations."""
    return Table(resource.model, boto3.client("dynamodb"), name, secret=os.environ["CURSOR_KEY"].encode())


def endpoint(operation: Callable[[Request], Response]) -> Callable[[Event, object], Event]:
    """Make the Lambda handler of an operation: what it raises becomes a problem, and only a fault of ours a 500."""

    @wraps(operation)
    def handler(event: Event, _context: object) -> Event:
        request_id = event["requestContext"]["requestId"]
        try:
            response = operation(Request(event))
        except Exception as error:  # noqa: BLE001 - the last place where anything can be answered
            response = refusal(error, request_id)
        logger.info("answered", extra={"status": response.status, "request_id": request_id})
        return response.rendered()

    if "AWS_LAMBDA_FUNCTION_NAME" in os.environ:  # opens the client while Lambda starts, when the CPU is free of charge
        table(resources.named(os.environ["RESOURCE"]), os.environ["TABLE_NAME"])
    return handler


def refusal(error: Exception, request_id: str) -> Response:
    """Answer an exception; one that nobody foresaw is logged, and told as nothing more than that."""
    answer = problem.of(error)
    if answer is None:
        logger.exception("failed")
        answer = Problem(500, "internal", "The request failed; the fault is ours.")
    return Response(answer.status, answer.document(request_id), media_type=problem.MEDIA_TYPE)
