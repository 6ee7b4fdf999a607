"""Responses of the gateway itself, without a function: errors, 404 and 405, CORS preflight, health."""

import json
from collections.abc import Mapping, Sequence

from aws_cdk import aws_apigateway as apigateway

from lambdas.rest.problems import MEDIA_TYPE, Problem
from stacks.api import cors
from stacks.contract.document import HEALTH
from stacks.nag import accept
from stacks.stage import Stage

ERRORS = {  # the gateway's own errors, and the kind of problem each is; the types left out are as their class's default
    "DEFAULT_4XX": "forbidden",
    "DEFAULT_5XX": "internal",
    "UNAUTHORIZED": "unauthenticated",
    "MISSING_AUTHENTICATION_TOKEN": "unauthenticated",  # the answer to an unsigned call; unknown paths never come to it
    "INVALID_SIGNATURE": "unauthenticated",
    "EXPIRED_TOKEN": "unauthenticated",
    "BAD_REQUEST_BODY": "malformed",
    "BAD_REQUEST_PARAMETERS": "invalid-parameter",
    "RESOURCE_NOT_FOUND": "no-route",
    "REQUEST_TOO_LARGE": "too-large",
    "UNSUPPORTED_MEDIA_TYPE": "unsupported-media-type",
    "THROTTLED": "too-many-requests",
    "QUOTA_EXCEEDED": "too-many-requests",
    "INTEGRATION_TIMEOUT": "timeout",
    "INTEGRATION_FAILURE": "timeout",
}
ADVICE = {  # headers that tell the client how to go on
    "UNAUTHORIZED": {"WWW-Authenticate": "Bearer"},
    "MISSING_AUTHENTICATION_TOKEN": {"WWW-Authenticate": "AWS4-HMAC-SHA256"},
    "INVALID_SIGNATURE": {"WWW-Authenticate": "AWS4-HMAC-SHA256"},
    "EXPIRED_TOKEN": {"WWW-Authenticate": "AWS4-HMAC-SHA256"},
    "THROTTLED": {"Retry-After": "1"},
}
NO_STORE = {"Cache-Control": "no-store"}  # caches may keep a 404 or a 405 that does not say so
BODIES = (  # a mock answers a request only of a type that it has a template for, and 415 to any other
    "application/json",
    "application/merge-patch+json",
    "application/x-www-form-urlencoded",
    "multipart/form-data",
    "text/plain",
    "application/xml",
    "application/octet-stream",
)


def add_errors(api: apigateway.RestApi, stage: Stage) -> None:
    """Format the gateway's own errors as problems, with CORS headers."""
    own = {"BAD_REQUEST_BODY": "invalid"} if stage.gateway_checks_fields else {}
    for name, kind in {**ERRORS, **own}.items():
        headers = cors.quoted({"Content-Type": MEDIA_TYPE, **NO_STORE, **ADVICE.get(name, {})})
        api.add_gateway_response(
            "".join(part.capitalize() for part in name.split("_")),
            type=apigateway.ResponseType.of(name),
            status_code=str(Problem(kind).status),
            response_headers=headers | cors.of_errors(stage.cors_origins),
            templates={"application/json": problem(kind)},
        )


def problem(kind: str) -> str:
    """Return the body template of a problem; the gateway fills in the request id.

    It could fill in what is wrong with a body as well, but without escaping its quotes: the body would not be JSON.
    """
    return json.dumps({**Problem(kind).summary, "instance": "urn:uuid:$context.requestId"})


def add_health(api: apigateway.RestApi, stage: Stage) -> None:
    """Answer `GET /health` in the gateway: it shows that the API is deployed and reachable, nothing more."""
    place = api.root.add_resource("health")
    for method in ("GET", "HEAD"):
        add_mock(place, method, 200, {}, json.dumps(HEALTH), stage)
    add_options_and_405(place, ("GET", "HEAD"), stage)


def add_not_found(api: apigateway.RestApi, stage: Stage) -> None:
    """Answer 404 at unknown paths, where the gateway's default is 403."""
    for place in (api.root, api.root.add_resource("{proxy+}")):
        add_404(place, stage)


def add_404(place: apigateway.IResource, stage: Stage) -> None:
    """Answer 404 to every method of a path without resource."""
    add_mock(place, "ANY", 404, {"Content-Type": MEDIA_TYPE}, problem("no-route"), stage)


def add_options_and_405(place: apigateway.IResource, methods: Sequence[str], stage: Stage) -> None:
    """Answer OPTIONS of a path, and 405 to methods that it does not have."""
    taken = {"Allow": ", ".join((*methods, "OPTIONS"))}
    add_mock(place, "OPTIONS", 204, {**taken, **cors.preflight(taken["Allow"])}, "", stage)
    add_mock(place, "ANY", 405, {**taken, "Content-Type": MEDIA_TYPE}, problem("method-not-allowed"), stage)


def add_mock(
    place: apigateway.IResource, method: str, status: int, headers: Mapping[str, str], body: str, stage: Stage
) -> None:
    """Answer a method with a fixed response."""
    mapped = cors.quoted({**cors.fixed(stage.cors_origins), **NO_STORE, **headers})
    parameters = {f"method.response.header.{name}": value for name, value in mapped.items()}
    template = cors.chosen(stage.cors_origins) + body
    answer = apigateway.IntegrationResponse(
        status_code=str(status), response_parameters=parameters, response_templates={"application/json": template}
    )
    integration = apigateway.MockIntegration(
        passthrough_behavior=apigateway.PassthroughBehavior.NEVER,
        request_templates=dict.fromkeys(BODIES, json.dumps({"statusCode": status})),
        integration_responses=[answer],
    )
    declared = dict.fromkeys([*parameters, f"method.response.header.{cors.ALLOW}"], True)
    made = place.add_method(
        method,
        integration,
        authorization_type=apigateway.AuthorizationType.NONE,
        method_responses=[apigateway.MethodResponse(status_code=str(status), response_parameters=declared)],
    )
    accept(made, **dict.fromkeys(("APIG4", "COG4"), "A fixed response without data."))
