"""Errors as the client sees them: RFC 9457 problem details."""

from collections.abc import Callable, Mapping, Sequence
from typing import Any, NamedTuple

from botocore.exceptions import ClientError, ConnectionError, HTTPClientError  # noqa: A004 - it is not Python's

from dynamodel import errors
from lambdas.rest.etag import etag

THROTTLING_CODES = {  # the SDK repeats these calls; the last error is reported
    "ProvisionedThroughputExceededException",
    "RequestLimitExceeded",
    "ThrottlingException",
}
MAX_ERRORS, MAX_ERROR_LENGTH = 100, 500  # listed in a problem; characters of each of their texts
RETRY_LATER = {"Retry-After": "1"}
MEDIA_TYPE = "application/problem+json"
TYPES = "/docs/errors.html#"  # each type's section of the site (RFC 9457, 3.1.1); with a domain: https://.../docs/...


class Problem(Exception):
    """A response other than success: `status` is HTTP's, `kind` the stable last part of the problem type."""

    def __init__(
        self, kind: "str | ProblemType", detail: str = "", *, headers: Mapping[str, str] | None = None, **members: Any
    ) -> None:
        """Set the kind (a name below, or a type that an operation declares), the detail, and further members."""
        declared = PROBLEM_TYPES[kind] if isinstance(kind, str) else kind
        self.kind, self.status, self.title = declared.name, declared.status, declared.title
        self.members = {"detail": detail, **members} if detail else members
        self.headers = {**(headers or {}), **(RETRY_LATER if self.status in (503, 504) else {})}
        super().__init__(detail or self.title)

    @property
    def summary(self) -> dict[str, Any]:
        """The document without the request that it answers."""
        return {"type": f"{TYPES}{self.kind}", "title": self.title, "status": self.status, **self.members}

    def document(self, request_id: str) -> dict[str, Any]:
        """Return the body; `instance` is the request, as the logs name it."""
        return {**self.summary, "instance": f"urn:uuid:{request_id}"}


class ProblemType(NamedTuple):
    """One kind of problem: the last part of its type, its status, its title, and the dynamodel error it stands for."""

    name: str
    status: int
    title: str
    error: type[Exception] | None = None


# The first kind that fits an error counts.
PROBLEM_TYPES = {
    kind.name: kind
    for kind in (
        ProblemType("malformed", 400, "The body is not JSON."),
        ProblemType("invalid", 400, "The request is invalid; `errors` lists every violation.", errors.Invalid),
        ProblemType("invalid-parameter", 400, "A query parameter is invalid."),
        ProblemType("invalid-header", 400, "A header is invalid."),
        ProblemType("invalid-cursor", 400, "The cursor is invalid for this query.", errors.InvalidCursor),
        ProblemType("unauthenticated", 401, "Authentication is missing or invalid."),
        ProblemType("forbidden", 403, "The caller is not allowed to do this."),
        ProblemType("not-found", 404, "The item does not exist.", errors.NotFound),
        ProblemType("no-route", 404, "No resource exists at this address."),
        ProblemType("method-not-allowed", 405, "Method not allowed; see the Allow header."),
        ProblemType("not-acceptable", 406, "The response is application/json, which the Accept header excludes."),
        ProblemType("not-unique", 409, "Another item has this value of a unique field.", errors.NotUnique),
        ProblemType(
            "missing-reference", 409, "A field refers to an item that does not exist.", errors.MissingReference
        ),
        ProblemType("in-use", 409, "Other items refer to the item, so it cannot be deleted.", errors.InUse),
        ProblemType("out-of-bounds", 409, "The counter would exceed its bounds.", errors.LimitReached),
        ProblemType(
            "batch-failed", 409, "No operation was applied; `errors` lists the causes.", errors.TransactionFailed
        ),
        ProblemType("overlap", 409, "Two operations concern the same item or the same unique value.", errors.Overlap),
        ProblemType("precondition-failed", 412, "The item does not meet the precondition.", errors.ConditionFailed),
        ProblemType("too-large", 413, "The body or the item is too large.", errors.TooLarge),
        ProblemType("unsupported-media-type", 415, "The route does not accept a body of this media type."),
        ProblemType("key-reused", 422, "The Idempotency-Key was used with another body."),
        ProblemType("precondition-required", 428, "If-Match is required: it states the version of the item to change."),
        ProblemType("too-many-requests", 429, "Too many requests; retry later."),
        ProblemType("internal", 500, "The request failed because of an error in the service."),
        ProblemType("unreadable", 500, "The stored item does not fit the service's model.", errors.Unreadable),
        ProblemType("throttled", 503, "The store is overloaded and nothing was changed; retry.", errors.Throttled),
        ProblemType("busy", 503, "Other requests are changing the item; nothing was changed; retry.", errors.Conflict),
        ProblemType("out-of-time", 503, "There was no time left and nothing was changed; retry.", errors.OutOfTime),
        ProblemType("unavailable", 503, "The store failed; the change may or may not have been made."),
        ProblemType(
            "timeout",
            504,
            "The response took too long; the request may or may not have been carried out.",
            errors.OutcomeUnknown,
        ),
    )
}


def problem_from(error: Exception) -> Problem:
    """Return the problem that an exception stands for: `internal`, if it is not an expected one."""
    if isinstance(error, Problem):
        return error
    return Problem(kind_of(error), headers=headers(error), **details(error))


def kind_of(error: Exception) -> str:
    """Return the kind of problem of an exception."""
    for kind in PROBLEM_TYPES.values():
        if kind.error and isinstance(error, kind.error):
            return kind.name
    if isinstance(error, ConnectionError | HTTPClientError):  # no connection, no response, or not in time
        return "unavailable"
    if isinstance(error, ClientError):
        if error.response["Error"]["Code"] in THROTTLING_CODES:
            return "throttled"
        if error.response["ResponseMetadata"]["HTTPStatusCode"] >= 500:
            return "unavailable"
    return "internal"


def headers(error: Exception) -> dict[str, str]:
    """Return the current ETag of the item, if the request failed a condition."""
    if isinstance(error, errors.ConditionFailed) and error.item is not None:
        return {"ETag": etag(error.item)}
    return {}


def details(error: Exception) -> dict[str, Any]:
    """Return what the client can correct: the invalid fields, as JSON Pointers (RFC 6901)."""
    if isinstance(error, errors.Invalid | errors.LimitReached):
        return error_list(error.violations, lambda one: {"pointer": pointer(one.steps), "detail": one.message})
    if isinstance(error, errors.TooLarge):
        return {"detail": str(error)}
    if isinstance(error, errors.NotUnique):
        return {"errors": [{"pointer": pointer((error.attribute,)), "detail": "is taken"}]}
    if isinstance(error, errors.MissingReference):
        return {"errors": [{"pointer": pointer((error.attribute,)), "detail": "refers to an item that does not exist"}]}
    if isinstance(error, errors.InUse):
        return {"detail": f"{error.model}.{error.attribute} refers to it."}
    return {}


def error_list[T](found: Sequence[T], entry: Callable[[T], Mapping[str, Any]]) -> dict[str, Any]:
    """Return the members that list errors: entries of the first ones, with long texts cut, and the number of others.

    A client can send a million wrong fields, or one whose name has a million characters; a response has at most 6 MB.
    """
    errors = [{name: shortened(value) for name, value in entry(one).items()} for one in found[:MAX_ERRORS]]
    return {"errors": errors, **({"more": len(found) - MAX_ERRORS} if len(found) > MAX_ERRORS else {})}


def shortened(value: Any) -> Any:
    """Return a text without what exceeds the longest that an error holds; another value as it is."""
    if isinstance(value, str) and len(value) > MAX_ERROR_LENGTH:
        return value[:MAX_ERROR_LENGTH] + "..."
    return value


def pointer(steps: Sequence[str | int]) -> str:
    """Return the path of a value as a JSON Pointer."""
    return "".join("/" + str(step).replace("~", "~0").replace("/", "~1") for step in steps)
