"""A resource with what others lack: unique values of a fixed length, choices, decimals, sets, nested lists, dates."""

from datetime import UTC, datetime
from decimal import Decimal
from typing import Literal

from dynamodel import Attr, Index, Model, Rules, ShardedIndex, attr, created_at, key, updated_at, uuid7, version
from lambdas.rest.resource import Resource


class Stop(Model):
    """A place that a parcel passes."""

    place: Attr[str] = attr(min_length=1, max_length=100)
    minutes: Attr[int] = attr(ge=0, le=10_000)


class Parcel(Model):
    """A thing on its way."""

    id: Attr[str] = key(default_factory=uuid7)
    code: Attr[str] = attr(pattern=r"[A-Z]{3}[0-9]{9}", unique=True, examples=("ABC000000001",))
    name: Attr[str] = attr(min_length=1, max_length=200, examples=("A box of books",))
    note: Attr[str | None] = attr(default=None, max_length=2000)
    price: Attr[Decimal] = attr(ge=0, decimal_places=2, examples=(Decimal("9.99"),))
    status: Attr[Literal["waiting", "moving", "delivered"]] = attr(default="waiting")
    due: Attr[datetime] = attr(examples=(datetime(2026, 1, 31, 12, tzinfo=UTC),))
    tags: Attr[set[str]] = attr(default_factory=set, max_length=20, each=Rules(pattern="[a-z]+", max_length=50))
    stops: Attr[list[Stop]] = attr(default_factory=list, max_length=5)
    fragile: Attr[bool] = attr(default=False)
    scans: Attr[int] = attr(default=0, ge=0, le=1_000_000_000, metadata={"counter": True})
    created_at: Attr[datetime] = created_at()
    updated_at: Attr[datetime] = updated_at()
    version: Attr[int] = version()

    newest = ShardedIndex(sort=id)
    by_status = Index(status, sort=due)
    by_name = Index((name, status), sort=(due, price))


PARCELS = Resource(
    path="parcels",
    model=Parcel,
    access={"list": "public", "get": "public", "batch": "iam"},
    shared_max_age={"list": 5, "get": 5},
    live=True,
)
