"""Appointments: who comes when."""

from datetime import UTC, datetime
from typing import Literal

from dynamodel import Attr, Index, Model, attr, created_at, key, owner, updated_at, uuid7, version
from lambdas.rest.crud import CRUD
from lambdas.rest.operation import Operation
from lambdas.rest.problems import ProblemType
from lambdas.rest.resource import Resource


class Appointment(Model):
    """A visit that somebody booked."""

    id: Attr[str] = key(default_factory=uuid7)
    owner: Attr[str] = owner()
    starts: Attr[datetime] = attr(examples=(datetime(2026, 1, 31, 12, tzinfo=UTC),))
    reason: Attr[str | None] = attr(default=None, max_length=500)
    state: Attr[Literal["booked", "cancelled"]] = attr(default="booked")
    created_at: Attr[datetime] = created_at()
    updated_at: Attr[datetime] = updated_at()
    version: Attr[int] = version()

    by_start = Index(owner, sort=starts)


CANCELLED = ProblemType("cancelled", 409, "The appointment was cancelled before.")
CANCEL = Operation(
    module="lambdas.operations.cancel",
    method="POST",
    path="{id}/cancel",
    problems=(CANCELLED, "precondition-failed"),
    access="write",
    permissions=("UpdateItem",),
)
APPOINTMENTS = Resource(path="appointments", model=Appointment, operations=(*CRUD, CANCEL))
