"""API Gateway event -> Request; result or exception -> response: the one place."""

import os
from collections.abc import Callable
from functools import wraps
from typing import Any

from lambdas.rest import cors, routes
from lambdas.rest import problems as problem
from lambdas.rest.request import Event, Request, sent_headers
from lambdas.rest.resource import load
from lambdas.rest.response import Response
from lambdas.runtime.clients import connect
from lambdas.runtime.environment import Environment
from lambdas.runtime.observability import instrumented, log_unexpected
from lambdas.runtime.snapstart import renew_after_restore
from lambdas.runtime.tables import table


def endpoint(operation: Callable[[Request], Response]) -> Callable[[Event, object], dict[str, Any]]:
    """Make the Lambda handler of an operation: what it raises becomes a problem, and only a fault of ours a 500."""
    route = routes.route_of(operation.__module__.rpartition(".")[2])

    @instrumented
    @wraps(operation)
    def handler(event: Event, _context: object) -> dict[str, Any]:
        try:
            request = Request(event, route)
            request.check()
            response = operation(request).with_headers({"Cache-Control": route.cache})
        except Exception as error:  # noqa: BLE001 - the last place where anything can be answered
            response = refusal(error, event)
        always = {**route.notices, **cors.headers(sent_headers(event).get("origin", ""))}
        return response.with_headers(always).to_proxy_response(body=event["httpMethod"] != "HEAD")

    if "AWS_LAMBDA_FUNCTION_NAME" in os.environ:  # while Lambda starts, when the CPU is at its best
        settings = Environment.read()
        client = table(load(settings.resource).model, settings.table_name).client
        connect(client)
        renew_after_restore(client)
    return handler


def refusal(error: Exception, event: Event) -> Response:
    """Answer an exception; one that nobody foresaw is logged, and told as nothing more than that."""
    answer = problem.problem_from(error)
    if answer.kind == "internal":
        log_unexpected(error)
    document = answer.document(event["requestContext"]["requestId"])
    headers = {**answer.headers, "Cache-Control": "no-store"}
    return Response(answer.status, document, headers, problem.MEDIA_TYPE)
