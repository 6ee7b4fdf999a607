"""A resource with what others lack: maps, a choice of models, an enum, dates, bytes, what is derived, a rule of several
attributes, an optional unique value, an index that copies a part, ids of clients whose writes state a version.
"""

from datetime import date, datetime
from decimal import Decimal
from enum import Enum

from dynamodel import Attr, Index, Model, Rules, ShardedIndex, attr, derived, key, rule, updated_at, uuid7, version
from lambdas.rest.resource import Resource


class Season(Enum):
    """A part of the year."""

    SUMMER = "summer"
    WINTER = "winter"


class Flight(Model, tag="flight", tag_field="by"):
    """A way through the air."""

    number: Attr[str] = attr(pattern="[A-Z]{2}[0-9]{1,4}")


class Walk(Model, tag="walk", tag_field="by"):
    """A way on foot."""

    kilometres: Attr[Decimal] = attr(ge=0, le=100, decimal_places=1)


def in_order(trip: "Trip") -> str:
    """Return the name as it is sorted."""
    return trip.name.casefold() or "-"


class Trip(Model):
    """A journey."""

    id: Attr[str] = key(default_factory=uuid7, max_length=64)
    name: Attr[str] = attr(min_length=1, max_length=50, examples=("Around the lake",))
    sorted: Attr[str] = derived(in_order, name)
    season: Attr[Season] = attr(examples=(Season.SUMMER,))
    first: Attr[date] = attr(examples=(date(2026, 5, 1),))
    price: Attr[Decimal] = attr(ge=0, le=10_000, decimal_places=2, max_digits=7, examples=(Decimal("19.50"),))
    free: Attr[bool] = attr(default=False)
    booked: Attr[str | None] = attr(default=None, pattern="[A-Z0-9]{6}", unique=True)
    ways: Attr[list[Flight | Walk]] = attr(default_factory=list, max_length=5)
    wishes: Attr[dict[str, str]] = attr(default_factory=dict, max_length=5, each=Rules(max_length=50))
    ticket: Attr[bytes | None] = attr(default=None, max_length=64)
    updated_at: Attr[datetime] = updated_at()
    version: Attr[int] = version()

    newest = ShardedIndex(sort=id, shards=2)
    by_season = Index(season, sort=(first, price))
    by_name = Index(season, sort=sorted, project=(name, price), name="by-name")

    @rule(free, price)
    def free_trips_cost_nothing(self) -> None:
        """Refuse a price of what is free."""
        if self.free and self.price:
            raise ValueError("a free trip has no price")


TRIPS = Resource(path="trips", model=Trip, client_ids=True, requires_if_match=True)
