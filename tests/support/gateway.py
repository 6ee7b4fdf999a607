"""A simulation of API Gateway in process: it routes a request to the handler of its operation."""

import json
from collections import defaultdict
from collections.abc import Mapping, Sequence
from functools import cache
from importlib import import_module
from itertools import chain
from typing import Any, ClassVar
from urllib.parse import parse_qs, unquote, urlsplit

from requests.structures import CaseInsensitiveDict

from lambdas.rest.crud import CRUD
from lambdas.rest.operation import Operation
from lambdas.rest.relations import related_actions
from lambdas.rest.resource import Resource
from lambdas.rest.routes import routes
from lambdas.runtime import tables
from tests.support.answer import Answer
from tests.support.conformance import conforms


class Gateway:
    """A router of requests to handlers, which checks each call against permissions and the published document."""

    used: ClassVar[defaultdict[tuple[str, str], set[str]]] = defaultdict(set)  # by resource and operation, of all tests

    def __init__(self, resource: Resource, others: Sequence[Resource] = ()) -> None:
        self.resource, self.resources = resource, (resource, *others)
        self.proof: dict[str, Any] = {"authorizer": {"claims": {"sub": "somebody"}}}  # who calls, as the gateway found
        self.decodes = True  # the id in the path: the emulator does, AWS passes it as it was sent
        self.context: Any = None  # of Lambda
        self.calls: list[str] = []
        self.actions: set[str] = set()
        tables.client().meta.events.register("before-parameter-build.dynamodb", self.record)

    def close(self) -> None:
        """Stop recording."""
        tables.client().meta.events.unregister("before-parameter-build.dynamodb", self.record)

    def record(self, params: dict[str, Any], model: Any, **_: Any) -> None:
        """Record a call, and the permissions that it needs: for a transaction, those of its parts."""
        self.calls.append(model.name)
        parts = [kind for item in params.get("TransactItems", ()) for kind in item]
        self.actions |= {f"dynamodb:{part}Item" for part in parts} or {f"dynamodb:{model.name}"}

    def send(self, method: str, path: str, json: Any = None, *, text: str = "", headers: Any = None) -> Answer:
        """Send a request; its body is an object to be written as JSON, or text as it is."""
        address = urlsplit(path)
        route, parameters = self.matched(method, address.path)
        event = self.event(route, method, parameters, address.query, written(json, text), headers or {})
        self.calls.clear()
        self.actions.clear()
        given = import_module(route.module).handler(event, self.context)
        related = [one for _, *some in related_actions(route, self.resource, self.resources) for one in chain(*some)]
        assert self.actions <= {*route.actions(self.resource), *related}
        self.used[self.resource.path, route.name] |= self.actions
        answer = Answer(given["statusCode"], CaseInsensitiveDict(given["headers"]), given["body"])
        conforms(method, path, answer, self.resources)
        return answer

    def matched(self, method: str, path: str) -> tuple[Operation, dict[str, str]]:
        """Return the route of a request, and its path parameters."""
        segments = path.split("/")
        for route, template in templates(self.resource):
            pairs = [*zip(template, segments, strict=False)]
            if method in route.methods and len(template) == len(segments) and all(map(fits, pairs)):
                decode = unquote if self.decodes else str
                return route, {name.strip("{}"): decode(value) for name, value in pairs if name.startswith("{")}
        raise LookupError(f"no route serves {method} {path}")

    def event(
        self,
        route: Operation,
        method: str,
        parameters: dict[str, str],
        query: str,
        body: str | None,
        headers: Mapping[str, str],
    ) -> dict[str, Any]:
        """The event of a Lambda proxy integration, as far as anything here reads it; a header of None is not sent."""
        given = {"Content-Type": "application/json", **headers} if body is not None else headers
        sent = {name: value for name, value in given.items() if value is not None}
        return {
            "httpMethod": method,
            "resource": route.full_path(self.resource),
            "pathParameters": parameters or None,
            "multiValueQueryStringParameters": parse_qs(query, keep_blank_values=True) or None,
            "headers": sent,
            "multiValueHeaders": {name: [value] for name, value in sent.items()},
            "body": body,
            "isBase64Encoded": False,
            "requestContext": {"requestId": "0f1e2d3c-4b5a-6978-8796-a5b4c3d2e1f0", "stage": "test", **self.proof},
        }


@cache
def templates(resource: Resource) -> list[tuple[Operation, list[str]]]:
    """Return the routes of a resource with the segments of their paths, those with fewer parameters first."""
    found = [(route, route.full_path(resource).split("/")[1:]) for route in routes(resource)]
    return sorted(found, key=lambda one: sum(segment.startswith("{") for segment in one[1]))


def left_out(resource: Resource, method: str, path: str) -> str:
    """Return the name of the operation for a request that the resource leaves out."""
    if any(serves(*one, method, path) for one in templates(resource)):  # as orders/{id}/cancel, which fits a counter's
        return ""
    absent = [(one, one.full_path(resource).split("/")[1:]) for one in CRUD if one.name not in resource.named]
    return next((one.name for one, template in absent if serves(one, template, method, path)), "")


def serves(operation: Operation, template: Sequence[str], method: str, path: str) -> bool:
    """Return whether an operation, whose path has these segments, serves a request."""
    segments = urlsplit(path).path.split("/")
    same = len(template) == len(segments) and all(map(fits, zip(template, segments, strict=True)))
    return same and method in operation.methods


def fits(pair: tuple[str, str]) -> bool:
    """Return whether a segment of a request matches one of a route."""
    return pair[0].startswith("{") or pair[0] == pair[1]


def written(document: Any, text: str) -> str | None:
    """Return the body as it is sent."""
    return json.dumps(document) if document is not None else text or None
