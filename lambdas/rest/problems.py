"""Errors as the client sees them: RFC 9457 problem details."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from dynamodel import errors
from lambdas.rest.etag import etag

MEDIA_TYPE = "application/problem+json"


class Problem(Exception):
    """An answer other than success: `status` is HTTP's, `kind` the stable last part of the problem type."""

    def __init__(self, kind: str, title: str = "", *, headers: Mapping[str, str] | None = None, **members: Any) -> None:
        """Take a kind of those below, a title that says more than its own, and the members it has besides."""
        self.kind, self.status = kind, PROBLEM_TYPES[kind].status
        self.title, self.headers, self.members = title or PROBLEM_TYPES[kind].title, headers or {}, members
        super().__init__(self.title)

    @property
    def summary(self) -> dict[str, Any]:
        """What it is, whatever request it answers."""
        return {"type": f"urn:problem-type:{self.kind}", "title": self.title, "status": self.status, **self.members}

    def document(self, request_id: str) -> dict[str, Any]:
        """The body; `instance` is the request, as the logs name it."""
        return {**self.summary, "instance": f"urn:uuid:{request_id}"}


@dataclass(frozen=True)
class ProblemType:
    """One kind of problem: the last part of its type, its status, what it says, and the error of the store it is."""

    name: str
    status: int
    title: str
    error: type[Exception] | None = None


# The first kind that fits an error counts.
PROBLEM_TYPES = {
    kind.name: kind
    for kind in (
        ProblemType("malformed", 400, "The body is not JSON."),
        ProblemType("invalid", 400, "The request breaks rules of the resource.", errors.Invalid),
        ProblemType("invalid-parameter", 400, "A query parameter is wrong."),
        ProblemType("invalid-header", 400, "A header is wrong."),
        ProblemType("invalid-cursor", 400, "The cursor is invalid for this query.", errors.InvalidCursor),
        ProblemType("unauthenticated", 401, "Authentication is missing or invalid."),
        ProblemType("forbidden", 403, "The caller may not do this."),
        ProblemType("not-found", 404, "There is no such item.", errors.NotFound),
        ProblemType("no-route", 404, "There is nothing at this address."),
        ProblemType("method-not-allowed", 405, "Method not allowed; see the Allow header."),
        ProblemType("not-acceptable", 406, "The answer is application/json, which the client does not accept."),
        ProblemType("not-unique", 409, "Another item has this value.", errors.NotUnique),
        ProblemType("out-of-bounds", 409, "The counter would pass its bounds.", errors.LimitReached),
        ProblemType(
            "batch-failed", 409, "No operation was applied; `errors` lists the causes.", errors.TransactionFailed
        ),
        ProblemType("overlap", 409, "Two operations are about the same item or the same unique value.", errors.Overlap),
        ProblemType("precondition-failed", 412, "The item is not as the client expects it.", errors.ConditionFailed),
        ProblemType("too-large", 413, "The body or the item is too large.", errors.TooLarge),
        ProblemType("unsupported-media-type", 415, "The body is of a type that this route does not take."),
        ProblemType("key-reused", 422, "The Idempotency-Key was used for another request."),
        ProblemType("precondition-required", 428, "If-Match must say which version of the item is meant."),
        ProblemType("too-many-requests", 429, "Too many requests; try again later."),
        ProblemType("internal", 500, "The request failed; the fault is ours."),
        ProblemType("busy", 503, "Others are changing the item; try again.", errors.Conflict),
        ProblemType("timeout", 504, "The answer took too long; whether the request was carried out is unknown."),
    )
}


def problem_from(error: Exception) -> Problem:
    """The problem that this exception stands for: `internal`, if nobody foresaw it."""
    if isinstance(error, Problem):
        return error
    fitting = (kind.name for kind in PROBLEM_TYPES.values() if kind.error and isinstance(error, kind.error))
    return Problem(next(fitting, "internal"), headers=headers(error), **details(error))


def headers(error: Exception) -> dict[str, str]:
    """What the client goes on with: the ETag of the item as it is, or when to try again."""
    if isinstance(error, errors.ConditionFailed) and error.item is not None:
        return {"ETag": etag(error.item)}
    return {"Retry-After": "1"} if isinstance(error, errors.Conflict) else {}


def details(error: Exception) -> dict[str, Any]:
    """What the client can mend: the fields that are wrong, as JSON Pointers (RFC 6901)."""
    if isinstance(error, errors.Invalid | errors.LimitReached):
        return {"errors": [{"pointer": pointer(each.steps), "detail": each.message} for each in error.violations]}
    if isinstance(error, errors.TooLarge):
        return {"detail": str(error)}
    if isinstance(error, errors.NotUnique):
        return {"errors": [{"pointer": pointer((error.attribute,)), "detail": "is taken"}]}
    return {}


def pointer(steps: Sequence[str | int]) -> str:
    """Write the way to a value as a JSON Pointer."""
    return "".join("/" + str(step).replace("~", "~0").replace("/", "~1") for step in steps)
