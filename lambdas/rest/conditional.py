"""Conditional requests (RFC 9110, section 13), decided by the write itself: there is no read before it."""

from dynamodel import Condition, ConditionFailed, Model
from lambdas.rest.etag import etag, parse_versions
from lambdas.rest.problems import Problem
from lambdas.rest.request import Request


def precondition(request: Request, *, required: bool = True) -> Condition | None:
    """Return the condition that If-Match or If-None-Match: * puts on the change of an item; None without either.

    Args:
        request: that of the change.
        required: False for a change that does not depend on the version, such as a count: If-Match may be left out.
    """
    if "if-none-match" in request.headers:
        if request.headers["if-none-match"].strip() != "*":
            raise Problem("invalid-header", "If-None-Match on a write must be *.")
        return Condition.never()  # the item must exist
    if required and "if-match" not in request.headers:
        check_if_match_given(request)
    return matching(request, request.headers.get("if-match", "*"))


def check_precondition(request: Request, item: Model) -> None:
    """Raise what a write under `precondition` would raise, for a request that does not change the item itself."""
    precondition(request)
    if not meets_precondition(request, item):
        raise ConditionFailed(item)


def check_if_match_given(request: Request) -> None:
    """Raise a Problem if the resource requires that a write states the version it changes."""
    if request.resource.requires_if_match:
        raise Problem("precondition-required")


def matching(request: Request, header: str) -> Condition | None:
    """Return the condition that the item has one of the versions in an If-Match header."""
    if header.strip() == "*":
        return None
    return request.resource.version.is_in(versions_in(header, "If-Match", weak=False))


def meets_precondition(request: Request, item: Model) -> bool:
    """Return whether an item that exists meets If-Match and If-None-Match: *."""
    if "if-none-match" in request.headers:
        return False
    header = request.headers.get("if-match", "*")
    return header.strip() == "*" or etag(item) in tags_in(header, "If-Match", weak=False)


PRECONDITIONS = {"if-match", "if-none-match"}


def check_collection(request: Request) -> None:
    """Raise a Problem if a precondition on the collection does not hold: it exists, and has no entity tag."""
    tags, absent = request.headers.get("if-match"), request.headers.get("if-none-match")
    if tags is not None and tags.strip() != "*":
        versions_in(tags, "If-Match", weak=False)
        raise Problem("precondition-failed", "If-Match cannot hold: a collection has no ETag.")
    if absent is not None:
        if absent.strip() == "*":
            raise Problem("precondition-failed", "If-None-Match: * cannot hold: the collection exists.")
        versions_in(absent, "If-None-Match", weak=True)


def not_modified(request: Request, item: Model) -> bool:
    """Return whether the client has this version of the item: its ETag is one of those in If-None-Match."""
    header = request.headers.get("if-none-match")
    if header is None or header.strip() == "*":
        return header is not None
    return etag(item) in tags_in(header, "If-None-Match", weak=True)


def creates_item(request: Request) -> bool:
    """Return whether a PUT creates an item at an id that the client chose."""
    return request.resource.client_ids and request.headers.get("if-none-match", "").strip() == "*"


def versions_in(header: str, name: str, *, weak: bool) -> list[int]:
    """Return the versions in a header. Raises a Problem that names the header."""
    try:
        return parse_versions(header, weak=weak)[:100]
    except ValueError as error:
        raise Problem("invalid-header", f"{name}: {error}.") from None


def tags_in(header: str, name: str, *, weak: bool) -> list[str]:
    """Return the entity tags of the versions in a header, as `etag` writes them."""
    return [f'"{version}"' for version in versions_in(header, name, weak=weak)]
