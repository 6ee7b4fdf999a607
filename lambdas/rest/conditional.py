"""Conditional requests (RFC 9110, section 13), decided by the write itself: there is no read before it."""

from dynamodel import Condition, Model
from lambdas.rest.etag import etag, versions
from lambdas.rest.problems import Problem
from lambdas.rest.request import Request

NO_VERSION = -1


def as_expected(request: Request) -> Condition | None:
    """The condition that If-Match (or If-None-Match: *) puts on a write; None where it puts none."""
    if "if-none-match" in request.headers:
        return absent(request)
    if "if-match" not in request.headers:
        check_if_match_given(request)
    return matching(request, request.headers.get("if-match", "*"))


def check_if_match_given(request: Request) -> None:
    """Raise a Problem if the resource demands that a write names the version it is about."""
    if request.resource.requires_if_match:
        raise Problem("precondition-required")


def absent(request: Request) -> Condition | None:
    """The condition of If-None-Match: * on an item that must be there to be changed: it never holds."""
    if request.headers["if-none-match"].strip() != "*":
        raise Problem("invalid-header", "If-None-Match on a write is *.")
    return request.resource.version.is_in([NO_VERSION])


def matching(request: Request, header: str) -> Condition | None:
    """The condition that the item has one of the versions a header names."""
    if header.strip() == "*":
        return None
    return request.resource.version.is_in(named(header, "If-Match", weak=False) or [NO_VERSION])


def not_modified(request: Request, item: Model) -> bool:
    """Whether the client has the item already: its ETag is one of those in If-None-Match."""
    header = request.headers.get("if-none-match")
    if header is None or header.strip() == "*":
        return header is not None
    return etag(item) in [f'"{one}"' for one in named(header, "If-None-Match", weak=True)]


def creates(request: Request) -> bool:
    """Whether a PUT asks for a new item at an id of the client's."""
    return request.resource.client_ids and request.headers.get("if-none-match", "").strip() == "*"


def named(header: str, name: str, *, weak: bool) -> list[int]:
    """The versions in a header. Raises a Problem that names the header."""
    try:
        return versions(header, weak=weak)[:100]
    except ValueError as error:
        raise Problem("invalid-header", f"{name}: {error}.") from None
