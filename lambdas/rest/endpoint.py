"""From API Gateway's event to a Request, and from the result or the exception to a response."""

import gc
import os
from collections.abc import Callable
from functools import wraps
from typing import Any

from dynamodel import time_limit
from lambdas.rest import cors, problems as problem
from lambdas.rest.request import Event, Request, sent_headers
from lambdas.rest.resource import load
from lambdas.rest.response import Response, caching_headers
from lambdas.runtime.clients import connect
from lambdas.runtime.environment import Environment
from lambdas.runtime.observability import instrumented, log_unexpected
from lambdas.runtime.policy import DYNAMODB, seconds_to_begin
from lambdas.runtime.snapstart import renew_after_restore
from lambdas.runtime.tables import table


def endpoint(operation: Callable[[Request], Response]) -> Callable[[Event, object], dict[str, Any]]:
    """Make the Lambda handler of an operation: exceptions become problems, unexpected ones a 500."""
    name = operation.__module__.rpartition(".")[2]

    @instrumented
    @wraps(operation)
    def handler(event: Event, context: object) -> dict[str, Any]:
        settings, headers = Environment.read(), sent_headers(event)
        resource = load(settings.resource)
        route = resource.named[name]
        try:
            request = Request(event, route, settings, headers)
            request.check()
            with time_limit(seconds_to_begin(context, DYNAMODB)):
                response = operation(request)
        except Exception as error:  # noqa: BLE001 - the last place where anything can be answered
            response = refusal(error, event)
        more = {**route.headers, **cors.headers(headers.get("origin", ""), settings.cors_origins.split())}
        if name in resource.shared_max_age and response.status < 400:
            more |= caching_headers(headers, more, resource.shared_max_age[name])
        return response.with_headers(more).to_proxy_response(body=event["httpMethod"] != "HEAD")

    if "AWS_LAMBDA_FUNCTION_NAME" in os.environ:  # connect during INIT, when Lambda gives full CPU
        settings = Environment.read()
        client = table(load(settings.resource).model, settings).client
        connect(client)
        renew_after_restore(client)
        gc.freeze()  # what is there now stays: no later collection looks at it again
    return handler


def refusal(error: Exception, event: Event) -> Response:
    """Return the response to an exception; an unexpected one is logged, and not described to the client."""
    answer = problem.problem_from(error)
    if answer.status >= 500:
        log_unexpected(error)
    document = answer.document(event["requestContext"]["requestId"])
    return Response(answer.status, document, {**answer.headers, "Cache-Control": "no-store"}, problem.MEDIA_TYPE)
