"""A resource with operations of its own, and without some of those that every resource gets."""

from datetime import datetime
from decimal import Decimal
from typing import Literal

from dynamodel import Attr, Index, Model, attr, created_at, key, owner, updated_at, uuid7, version
from lambdas.rest.crud import BATCH, CRUD, DELETE, REPLACE
from lambdas.rest.operation import Operation
from lambdas.rest.problems import ProblemType
from lambdas.rest.resource import Resource


class Part(Model):
    """A part of an order."""

    name: Attr[str] = attr(min_length=1, max_length=200)
    price: Attr[Decimal] = attr(ge=0, le=1_000_000, decimal_places=2)
    number: Attr[int] = attr(ge=1, le=1000)


class Order(Model):
    """A list of things that somebody ordered for themselves."""

    id: Attr[str] = key(default_factory=uuid7)
    customer: Attr[str] = owner()
    address: Attr[str] = attr(min_length=1, max_length=500, examples=("1 Long Street",))
    state: Attr[Literal["open", "sent", "cancelled"]] = attr(default="open")
    reason: Attr[str | None] = attr(default=None, max_length=200)
    lines: Attr[list[Part]] = attr(default_factory=list, max_length=20)
    created_at: Attr[datetime] = created_at()
    updated_at: Attr[datetime] = updated_at()
    version: Attr[int] = version()

    newest = Index(customer, sort=id)
    by_state = Index(customer, sort=state)


class Cancellation(Model):
    """The reason why an order is cancelled."""

    reason: Attr[str] = attr(min_length=1, max_length=200, examples=("It takes too long.",))


class Total(Model):
    """The sum of an order."""

    amount: Attr[Decimal] = attr(examples=(Decimal("19.98"),))
    pieces: Attr[int] = attr(examples=(2,))


class Discount(Model):
    """A part of the sum that is not to be paid."""

    percent: Attr[int] = attr(default=0, ge=0, le=100, description="Percent that are taken off.")
    whole: Attr[bool] = attr(default=False, description="Round down to whole units.")


class Search(Model):
    """Conditions on orders."""

    states: Attr[list[str]] = attr(min_length=1, max_length=3, examples=(["open", "sent"],))
    cursor: Attr[str | None] = attr(default=None, min_length=1)


NOT_OPEN = ProblemType("not-open", 409, "The order was sent or cancelled before.")
CANCEL = Operation(
    module="tests.support.gallery.operations.cancel",
    method="POST",
    path="{id}/cancel",
    body=Cancellation,
    problems=(NOT_OPEN, "precondition-failed"),
    access="write",
    permissions=("UpdateItem", "GetItem", "PutItem"),
    idempotent=True,
)
TOTAL = Operation(
    module="tests.support.gallery.operations.total",
    method="GET",
    path="{id}/total",
    returns=Total,
    query=Discount,
    access="read",
    permissions=("GetItem",),
    deprecated="@1767225600",
    sunset="Fri, 01 Jan 2027 00:00:00 GMT",
)
SEARCH = Operation(
    module="tests.support.gallery.operations.search",
    method="POST",
    path="search",
    body=Search,
    returns="items",
    problems=("invalid-cursor",),
    access="read",
    permissions=("Query",),
    on_index=True,
)

ORDERS = Resource(
    path="orders",
    model=Order,
    operations=(*(one for one in CRUD if one not in (REPLACE, DELETE, BATCH)), CANCEL, TOTAL, SEARCH),
)
