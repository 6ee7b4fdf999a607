"""Errors as the client sees them: RFC 9457 problem details."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from lambdas.dynamodel import errors

MEDIA_TYPE = "application/problem+json"


class Problem(Exception):
    """An answer other than success: `status` is HTTP's, `kind` the stable last part of the problem type."""

    def __init__(self, status: int, kind: str, title: str, **members: Any) -> None:
        """Take the members that this kind has besides `type`, `title` and `status`."""
        super().__init__(title)
        self.status, self.kind, self.title, self.members = status, kind, title, members

    def document(self, request_id: str) -> dict[str, Any]:
        """The body; `instance` is the request, as the logs name it."""
        named = {"type": f"urn:problem-type:{self.kind}", "title": self.title, "status": self.status}
        return {**named, **self.members, "instance": f"urn:uuid:{request_id}"}


@dataclass(frozen=True)
class Row:
    """One kind of error of the store, and what it is in HTTP."""

    error: type[Exception]
    status: int
    kind: str
    title: str


# The first row that fits counts.
ROWS = (
    Row(errors.Invalid, 400, "invalid", "The request breaks rules of the resource."),
    Row(errors.InvalidCursor, 400, "invalid-cursor", "The cursor is not one that this list gave."),
    Row(errors.NotFound, 404, "not-found", "There is no such item."),
    Row(errors.AlreadyExists, 409, "already-exists", "There is an item with this id."),
    Row(errors.NotUnique, 409, "not-unique", "Another item has this value."),
    Row(errors.LimitReached, 409, "out-of-bounds", "The counter would pass its bounds."),
    Row(errors.Conflict, 503, "busy", "Others are changing the item; try again."),
)


def of(error: Exception) -> Problem | None:
    """The problem that this exception stands for; None if it is a fault of ours."""
    if isinstance(error, Problem):
        return error
    row = next((row for row in ROWS if isinstance(error, row.error)), None)
    return Problem(row.status, row.kind, row.title, **details(error)) if row else None


def details(error: Exception) -> dict[str, Any]:
    """What the client can mend: the fields that are wrong, as JSON Pointers (RFC 6901)."""
    if isinstance(error, errors.Invalid):
        return {"errors": [{"pointer": pointer(each.steps), "detail": each.message} for each in error.violations]}
    if isinstance(error, errors.NotUnique):
        return {"errors": [{"pointer": pointer((error.attribute,)), "detail": "is taken"}]}
    return {}


def pointer(steps: Sequence[str | int]) -> str:
    """Write the way to a value as a JSON Pointer."""
    return "".join("/" + str(step).replace("~", "~0").replace("/", "~1") for step in steps)
