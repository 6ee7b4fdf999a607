"""Responses and headers of the contract, from the row of a route and the kinds of problems."""

import re
from collections.abc import Callable, Iterable, Iterator, Mapping
from itertools import groupby
from operator import attrgetter
from typing import Any

from dynamodel import DeclarationError
from lambdas.rest.cors import EXPOSED
from lambdas.rest.operation import Operation
from lambdas.rest.problems import MEDIA_TYPE, PROBLEM_TYPES, Problem, ProblemType
from lambdas.rest.resource import Resource
from stacks.contract import examples
from stacks.contract.examples import Json
from stacks.contract.schemas import answered, ref

TEXT = {"type": "string"}
TAG = {"type": "string", "pattern": '^"[^"]*"$'}
HEADERS: dict[str, Json] = {  # name: schema and description
    "ETag": {"schema": TAG, "example": '"1"', "description": "Version of the item, for If-Match and If-None-Match."},
    "Location": {"schema": {"type": "string", "format": "uri-reference"}, "description": "Address of the new item."},
    "Link": {
        "schema": TEXT,
        "example": '<?cursor=...>; rel="next"',
        "description": "Address of the next page (RFC 8288).",
    },
    "Cache-Control": {"schema": TEXT, "description": "Rules for caches (RFC 9111)."},
    "X-Request-Id": {"schema": TEXT, "description": "Id of the request, as in the service's logs."},
    "Idempotency-Replayed": {
        "schema": {"const": "true"},
        "description": "Present if this is the stored response to an earlier request with this Idempotency-Key.",
    },
    "Retry-After": {
        "schema": {"type": "string", "pattern": "^[0-9]+$"},
        "description": "Seconds to wait before a retry.",
    },
    "WWW-Authenticate": {"schema": TEXT, "description": "Authentication that the request requires."},
    "Allow": {"schema": TEXT, "example": "GET, HEAD, OPTIONS", "description": "Methods of this address."},
    "Deprecation": {
        "schema": {"type": "string", "pattern": "^@[0-9]+$"},
        "description": "Start of the deprecation (RFC 9745).",
    },
    "Sunset": {"schema": TEXT, "description": "Time at which the operation is removed (RFC 8594)."},
    "Vary": {
        "schema": TEXT,
        "description": "Request headers that the response, or its use by shared caches, depends on.",
    },
    "Access-Control-Allow-Origin": {"schema": TEXT, "description": "Origin of the pages that may read the response."},
    "Access-Control-Expose-Headers": {
        "schema": TEXT,
        "example": ", ".join(EXPOSED),
        "description": "Response headers that pages may read.",
    },
    "Access-Control-Allow-Methods": {"schema": TEXT, "description": "Methods that pages may send."},
    "Access-Control-Allow-Headers": {"schema": TEXT, "description": "Request headers that pages may send."},
    "Access-Control-Max-Age": {"schema": TEXT, "description": "Seconds for which a browser may cache this response."},
}
CORS = ("Access-Control-Allow-Origin", "Access-Control-Expose-Headers", "Vary")
PREFLIGHT = (
    "Cache-Control",
    *CORS,
    "Access-Control-Allow-Methods",
    "Access-Control-Allow-Headers",
    "Access-Control-Max-Age",
    "Allow",
)
ALWAYS = {"ETag", "Location", "Cache-Control"}  # present whenever a function succeeds
OF_KIND = {  # headers that a client needs to continue
    "unauthenticated": ("WWW-Authenticate",),
    "too-many-requests": ("Retry-After",),
    **dict.fromkeys(("busy", "throttled", "out-of-time", "unavailable", "timeout"), ("Retry-After",)),
    "precondition-failed": ("ETag",),
    "out-of-bounds": ("ETag",),
    "method-not-allowed": ("Allow",),
}
OF_STORE = ("throttled", "out-of-time", "unavailable")
EVERYWHERE = (
    *("not-acceptable", "invalid-parameter", "invalid-header", "too-many-requests"),
    *("internal", "unreadable", *OF_STORE, "timeout"),
)
WITH_BODY = ("malformed", "invalid", "too-large", "unsupported-media-type")
WITH_ACCESS = ("unauthenticated", "forbidden")
NEEDS: dict[str, Callable[[Resource], Any]] = {  # kinds that occur only if the resource declares something
    "not-unique": lambda resource: resource.model.schema.unique,
    "precondition-required": lambda resource: resource.requires_if_match,
    "missing-reference": lambda resource: resource.model.schema.references,
    "in-use": lambda resource: resource.model.schema.referrers,
}
HEAD, ENDS = "head", "ends"  # a response without a body; one that announces the end of the route
DESCRIPTIONS = {200: "Success.", 201: "Created.", 202: "Accepted.", 204: "Done.", 304: "Not modified."}
OWN_KIND = re.compile(rf"(?!({HEAD}|{ENDS})$)[a-z]+(-[a-z]+)*")


def replies(route: Operation, resource: Resource, *, head: bool) -> Json:
    """Return every response of a route, by status; without bodies for HEAD."""
    created = (201,) if route.with_client_ids and resource.client_ids else ()
    successes = {str(status): success(status, route, resource, head=head) for status in (*route.success, *created)}
    return successes | refusals(kinds(route, resource), head=head, ends=bool(route.notices))


def success(status: int, route: Operation, resource: Resource, *, head: bool) -> Json:
    """Return the response of a request that succeeded."""
    named = headers(success_headers(status, route))
    always = {name: {**HEADERS[name], "required": True} for name in named if name in ALWAYS}
    answer = {
        "description": "Deleted." if route.method == "DELETE" else DESCRIPTIONS[status],
        "headers": named | always,
    }
    if head or not route.returns or status == 304:
        return answer
    content = {"schema": answered(route, resource), "example": examples.got(route, resource)}
    return answer | {"content": {"application/json": content}}


def success_headers(status: int, route: Operation) -> Iterator[str]:
    """Yield the names of the headers of a success."""
    if route.returns == "item":
        yield "ETag"
    if status == 201 and not route.attribute:  # it is the item that a location is of
        yield "Location"
    if route.idempotent:
        yield "Idempotency-Replayed"
    if "cursor" in route.parameters:
        yield "Link"
    yield from ("Cache-Control", "X-Request-Id", *route.notices, *CORS)


def problem_types(resources: Iterable[Resource]) -> dict[str, ProblemType]:
    """Return the kinds of problems of an API by their names: the service's, and those that operations declare.

    Raises TypeError for a name that has two declarations or none, or that no problem can have.
    """
    found = {**PROBLEM_TYPES}
    for operation in (operation for resource in resources for operation in resource.operations):
        for kind in operation.own_problems:
            if found.setdefault(kind.name, kind) != kind:
                raise DeclarationError(
                    f"The problem type {kind.name!r} has two declarations: {found[kind.name]} and {kind}."
                )
            if not OWN_KIND.fullmatch(kind.name) or not 400 <= kind.status < 500:
                raise DeclarationError(
                    f"{kind} needs a name of small letters and dashes, and a status from 400 to 499."
                )
        if unknown := [name for name in operation.kinds if name not in found]:
            raise DeclarationError(
                f"{operation.module} has problems of kinds that are not declared: {', '.join(unknown)}."
            )
    return found


def kinds(route: Operation, resource: Resource) -> list[ProblemType]:
    """Return the kinds of problems that a route can answer with."""
    access = WITH_ACCESS if route.access != "public" else ()
    every = (*route.kinds, *EVERYWHERE, *(WITH_BODY if route.body else ()), *access)
    possible = [kind for kind in PROBLEM_TYPES if kind in every and (kind not in NEEDS or NEEDS[kind](resource))]
    return [*map(PROBLEM_TYPES.__getitem__, possible), *route.own_problems]


def refusals(kinds: Iterable[ProblemType], *, head: bool = False, ends: bool = False) -> Json:
    """Return the responses with problems, by status: components, named after their kinds and variants."""
    by_status = attrgetter("status")
    grouped = groupby(sorted(kinds, key=by_status), by_status)
    variants = [word for word, there in ((HEAD, head), (ENDS, ends)) if there]
    return {
        str(status): ref("responses", ".".join((*(kind.name for kind in group), *variants)))
        for status, group in grouped
    }


def refusal(name: str, types: Mapping[str, ProblemType]) -> Json:
    """Return the response of that name: a problem of one of its kinds, which are of these types."""
    words = name.split(".")
    found = [types[word] for word in words if word in types]
    own = [header for one in found for header in OF_KIND.get(one.name, ())]
    notices = ("Deprecation", "Sunset") if ENDS in words else ()
    answer = {
        "description": " ".join(one.title for one in found),
        "headers": headers(dict.fromkeys((*own, "Cache-Control", "X-Request-Id", *notices, *CORS))),
    }
    return answer if HEAD in words else answer | {"content": {MEDIA_TYPE: problem(found)}}


def problem(kinds: list[ProblemType]) -> Json:
    """Return the content of a problem of one of these kinds."""
    types = {"type": "string", "enum": [Problem(kind).document("")["type"] for kind in kinds]}
    status = {"type": "integer", "enum": [kinds[0].status]}  # generators read an enum more often than a const
    schema = {"allOf": [ref("schemas", "Problem"), {"properties": {"type": types, "status": status}}]}
    return {"schema": schema, "examples": {kind.name: ref("examples", kind.name) for kind in kinds}}


def headers(names: Iterable[str]) -> Json:
    """Return references to headers by their names."""
    return {name: ref("headers", name) for name in names}
