"""Conditional requests (RFC 9110, section 13), decided by the write itself: there is no read before it."""

from dynamodel import Condition, Model
from lambdas.rest.etag import etag, parse_versions
from lambdas.rest.problems import Problem
from lambdas.rest.request import Request


def precondition(request: Request) -> Condition | None:
    """Return the condition that If-Match or If-None-Match: * puts on the change of an item; None without either."""
    if "if-none-match" in request.headers:
        return never_absent(request)
    if "if-match" not in request.headers:
        check_if_match_given(request)
    return matching(request, request.headers.get("if-match", "*"))


def check_if_match_given(request: Request) -> None:
    """Raise a Problem if the resource requires that a write states the version it changes."""
    if request.resource.requires_if_match:
        raise Problem("precondition-required")


def never_absent(request: Request) -> Condition:
    """Return the condition of If-None-Match: * on the change of an item: the item must exist, so it never holds."""
    if request.headers["if-none-match"].strip() != "*":
        raise Problem("invalid-header", "If-None-Match on a write must be *.")
    return Condition.never()


def matching(request: Request, header: str) -> Condition | None:
    """Return the condition that the item has one of the versions in an If-Match header."""
    if header.strip() == "*":
        return None
    return request.resource.version.is_in(versions_in(header, "If-Match", weak=False))


def not_modified(request: Request, item: Model) -> bool:
    """Return whether the client has this version of the item: its ETag is one of those in If-None-Match."""
    header = request.headers.get("if-none-match")
    if header is None or header.strip() == "*":
        return header is not None
    return etag(item) in [f'"{version}"' for version in versions_in(header, "If-None-Match", weak=True)]


def creates_item(request: Request) -> bool:
    """Return whether a PUT creates an item at an id that the client chose."""
    return request.resource.client_ids and request.headers.get("if-none-match", "").strip() == "*"


def versions_in(header: str, name: str, *, weak: bool) -> list[int]:
    """Return the versions in a header. Raises a Problem that names the header."""
    try:
        return parse_versions(header, weak=weak)[:100]
    except ValueError as error:
        raise Problem("invalid-header", f"{name}: {error}.") from None
