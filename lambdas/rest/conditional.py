"""Conditional requests (RFC 9110, section 13), decided by the write itself: there is no read before it."""

from dynamodel import Condition, ConditionFailed, Model
from lambdas.rest.etag import TAG, TAGS
from lambdas.rest.problems import Problem
from lambdas.rest.request import Request


def precondition(request: Request, *, required: bool = True) -> Condition | None:
    """Return the condition that If-Match or If-None-Match: * puts on the change of an item; None without either.

    Args:
        request: the request of the change.
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
    """Raise a Problem if the resource requires If-Match for a write."""
    if request.resource.requires_if_match:
        raise Problem("precondition-required")


def matching(request: Request, header: str) -> Condition | None:
    """Return the condition that the item has one of the versions in an If-Match header."""
    versions = versions_in(header, "If-Match")
    return None if versions is None else request.resource.version.is_in(versions)


def meets_precondition(request: Request, item: Model) -> bool:
    """Return whether an item that exists meets If-Match and If-None-Match: *."""
    if "if-none-match" in request.headers:
        return False
    versions = versions_in(request.headers.get("if-match", "*"), "If-Match")
    return versions is None or request.resource.version.of(item) in versions


def check_collection(request: Request) -> None:
    """Raise a Problem if a precondition on the collection does not hold: it exists, and has no entity tag."""
    tags, absent = request.headers.get("if-match"), request.headers.get("if-none-match")
    if tags is not None and versions_in(tags, "If-Match") is not None:
        raise Problem("precondition-failed", "If-Match cannot hold: a collection has no ETag.")
    if absent is not None and versions_in(absent, "If-None-Match", weak=True) is None:
        raise Problem("precondition-failed", "If-None-Match: * cannot hold: the collection exists.")


def not_modified(request: Request, item: Model) -> bool:
    """Return whether the client has this version of the item: its ETag is one of those in If-None-Match."""
    if "if-none-match" not in request.headers:
        return False
    versions = versions_in(request.headers["if-none-match"], "If-None-Match", weak=True)
    return versions is None or request.resource.version.of(item) in versions


def creates_item(request: Request) -> bool:
    """Return whether a PUT creates an item at an id that the client chose."""
    return request.resource.client_ids and request.headers.get("if-none-match", "").strip() == "*"


def versions_in(header: str, name: str, *, weak: bool = False) -> list[int] | None:
    """Return the versions in a header, those of weak tags only if `weak`; None for *, which is any.

    Raises a Problem that names the header.
    """
    if header.strip() == "*":
        return None
    if not TAGS.fullmatch(header):
        raise Problem("invalid-header", f'{name}: expected a list of entity tags, as in: "3", "4".')
    tags = [tag for is_weak, tag in TAG.findall(header) if weak or not is_weak]
    return [int(tag) for tag in tags if tag.isascii() and tag.isdecimal() and len(tag) < 16][:100]
