"""The models the tests are about."""

from datetime import date, datetime
from decimal import Decimal
from enum import Enum
from typing import Literal

from dynamodel import (
    Attr,
    Index,
    Model,
    Rules,
    ShardedIndex,
    attr,
    created_at,
    derived,
    key,
    rule,
    sort_key,
    ttl,
    updated_at,
    uuid7,
    version,
)

SLUG = r"^[a-z0-9]+(-[a-z0-9]+)*$"


class Product(Model):
    """A thing on sale."""

    id: Attr[str] = key(default_factory=uuid7)
    sku: Attr[str] = attr(pattern=r"^[A-Z0-9][A-Z0-9-]{2,31}$", unique=True)
    name: Attr[str] = attr(min_length=1, max_length=200)
    description: Attr[str | None] = attr(default=None, max_length=2000)
    category: Attr[str] = attr(pattern=SLUG)
    price: Attr[Decimal] = attr(ge=0, decimal_places=2)
    status: Attr[Literal["draft", "active", "archived"]] = attr(default="draft")
    tags: Attr[set[str]] = attr(default_factory=set, max_length=3, each=Rules(pattern=SLUG))
    stock: Attr[int] = attr(ge=0, default=0, metadata={"counter": True})
    created_at: Attr[datetime] = created_at()
    updated_at: Attr[datetime] = updated_at()
    version: Attr[int] = version()

    newest = ShardedIndex(sort=id, shards=4)
    by_category = Index(category, sort=price)
    by_status = Index(status, sort=id, project=(name,))


def product(sku: str = "ABC-1", **values: object) -> Product:
    """A product that breaks no rule."""
    return Product(**{"sku": sku, "name": "Lamp", "category": "home", "price": Decimal("9.99"), **values})


class Payment(Model, tag_field="method"):
    """A way of paying an order."""


class Card(Payment, tag="card"):
    number: Attr[str] = attr(pattern=r"\d{4}")


class Transfer(Payment, tag="transfer"):
    iban: Attr[str] = attr(min_length=5)
    reference: Attr[str | None] = attr(default=None)


class Size(Enum):
    SMALL = "s"
    LARGE = "l"


class Line(Model):
    sku: Attr[str] = attr(pattern=r"[A-Z0-9-]{3,32}")
    quantity: Attr[int] = attr(ge=1, le=99)
    size: Attr[Size] = attr(default=Size.SMALL)
    labels: Attr[set[str]] = attr(default_factory=set)


class Address(Model):
    zip: Attr[str] = attr(stored="zip-code", min_length=3)
    city: Attr[str | None] = attr(default=None)


class Order(Model):
    """Every declared type and every reserved word we could think of."""

    customer: Attr[str] = key()
    number: Attr[int] = sort_key()
    lines: Attr[list[Line]] = attr(default_factory=list, max_length=5)
    ship_to: Attr[Address] = attr()
    bill_to: Attr[Address | None] = attr(default=None)
    payment: Attr[Card | Transfer | None] = attr(default=None)
    notes: Attr[dict[str, str]] = attr(default_factory=dict, stored="comment", each=Rules(max_length=20))
    scores: Attr[list[Decimal]] = attr(default_factory=list)
    codes: Attr[set[int]] = attr(default_factory=set, stored="values")
    total: Attr[Decimal] = attr(default=Decimal(0), stored="size")
    discount: Attr[Decimal | None] = attr(default=None, ge=0, le=1)
    due: Attr[date | None] = attr(default=None)
    paid_at: Attr[datetime | None] = attr(default=None, stored_as="milliseconds")
    blob: Attr[bytes | None] = attr(default=None, max_length=100)
    gift: Attr[bool] = attr(default=False)
    mail: Attr[str | None] = attr(default=None, save=str.lower, load=str.upper)
    data_dot: Attr[str | None] = attr(default=None, stored="a.b-c d")

    by_due = Index(customer, sort=due, local=True)


def order(customer: str = "ann", number: int = 1, **values: object) -> Order:
    """An order that breaks no rule."""
    return Order(**{"customer": customer, "number": number, "ship_to": Address(zip="12345"), **values})


class Session(Model):
    """Something that expires, with its version."""

    token: Attr[str] = key()
    user: Attr[str] = attr(default="ann")
    expires: Attr[datetime] = ttl()

    by_user = Index(user)


class Receipt(Model, hidden=True):
    """A record that lives beside products, in their table."""

    id: Attr[str] = key()
    text: Attr[str] = attr(default="")


class Range(Model):
    low: Attr[int] = attr()
    high: Attr[int] = attr()

    @rule()
    def is_a_range(self) -> None:
        if self.low > self.high:
            raise ValueError("low must not be above high")


def even(value: int) -> None:
    """Refuse odd numbers."""
    if value % 2:
        raise ValueError("must be even")


class Chart(Model):
    """Rules that an expression cannot hold to."""

    id: Attr[str] = key()
    span: Attr[Range] = attr()
    pair: Attr[int] = attr(default=0, check=even)
    points: Attr[list[int]] = attr(default_factory=list, max_length=2)
    copied: Attr[int] = attr(default=0, le=5)


class Booking(Model):
    """A rule across attributes, and a derived one."""

    id: Attr[str] = key(default_factory=uuid7)
    first: Attr[int] = attr()
    last: Attr[int] = attr()
    nights: Attr[int] = derived(lambda self: self.last - self.first, first, last)
    guests: Attr[int] = attr(default=1, le=4)
    version: Attr[int] = version()

    @rule(first, last)
    def ends_after_it_begins(self) -> None:
        if self.last <= self.first:
            raise ValueError("last must be after first")


class Animal(Model, tag_field="kind"):
    """Several models in one table."""

    id: Attr[str] = key()
    name: Attr[str] = attr()

    all = ShardedIndex(sort=id, shards=2)


class Dog(Animal, tag="dog"):
    tricks: Attr[int] = attr(default=0)


class Cat(Animal, tag="cat"):
    lives: Attr[int] = attr(default=9)


class Counter(Model):
    """A version, and nothing unique."""

    id: Attr[str] = key()
    count: Attr[int] = attr(default=0)
    version: Attr[int] = version()
