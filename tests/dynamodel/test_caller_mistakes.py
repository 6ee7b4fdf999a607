"""Mistakes of callers, and their errors: the same on all engines, before a request where possible."""

from datetime import UTC, date, datetime, timedelta
from decimal import Decimal

import pytest

from dynamodel import (
    Attr,
    ConditionFailed,
    Index,
    Invalid,
    InvalidCursor,
    Model,
    NoIndex,
    NotSupported,
    Overlap,
    Table,
    TooLarge,
    attr,
    key,
    sort_key,
    transact,
    transact_get,
    ttl,
)

from .shop import Address, Animal, Card, Cat, Counter, Dog, Order, Product, Transfer, order, product

LONG = "x" * 401_000


class Blob(Model):
    id: Attr[str] = key()
    data: Attr[str] = attr(default="")
    more: Attr[str] = attr(default="")


class Listed(Model):
    """Its local index copies all of an item."""

    group: Attr[str] = key()
    id: Attr[str] = sort_key()
    order: Attr[int] = attr(default=1)
    data: Attr[str] = attr()

    by_order = Index(sort=order, local=True)


@pytest.fixture
def tables(make):
    return {model: make(model) for model in (Product, Order, Blob, Listed, Counter)}


# What is written, what is raised, and if DynamoDB is asked first.
MISTAKES = {
    "filter on the hash key": (
        lambda t: t[Product].query(Product.category == "home", filter=Product.category != "toys"),
        NotSupported,
    ),
    "filter on the sort key": (
        lambda t: t[Product].query(Product.category == "home", filter=(Product.stock > 1) | (Product.price > 1)),
        NotSupported,
    ),
    "filter on the table's key": (
        lambda t: t[Order].query(Order.customer == "ann", filter=Order.number > 1),
        NotSupported,
    ),
    "count with a filter on a key": (
        lambda t: t[Product].count(Product.category == "home", filter=Product.price > 1),
        NotSupported,
    ),
    "consistent read of a global index": (
        lambda t: t[Product].query(Product.category == "home", consistent=True),
        NotSupported,
    ),
    "projection into a nested place": (
        lambda t: t[Order].get(("ann", 1), fields=[Order.ship_to[Address.zip]]),
        NotSupported,
    ),
    "page of nested places": (
        lambda t: t[Order].query(Order.customer == "ann", fields=[Order.notes["a"]]),
        NotSupported,
    ),
    "batch of nested places": (
        lambda t: t[Order].batch_get([("ann", 1)], fields=[Order.lines[0]]),
        NotSupported,
    ),
    "an update of 400 KB": (lambda t: t[Blob].update("a", Blob.data.set(LONG + "x" * 9000)), TooLarge),
    "a copy in a local index": (
        lambda t: t[Listed].create(Listed(group="g", id="1", data="x" * 250_000)),
        TooLarge,
    ),
    "a transaction of 4 MB of updates": (
        lambda t: transact(*(t[Blob].update.write(str(n), Blob.data.set(LONG)) for n in range(11))),
        TooLarge,
    ),
    "a transaction of too many": (lambda t: transact(*[t[Blob].delete.write("a")] * 101), TooLarge),
    "a transaction of two writes of one item": (
        lambda t: transact(t[Counter].delete.write("a"), t[Counter].update.write("a", Counter.count.add(1))),
        Overlap,
    ),
    "a transaction of two writes of one unique value": (
        lambda t: transact(t[Product].create.write(product("A-1")), t[Product].create.write(product("A-1"))),
        Overlap,
    ),
    "a transaction of no write": (lambda t: transact(t[Counter]), TypeError),
    "a transaction with a long token": (lambda t: transact(t[Counter].delete.write("a"), token="x" * 37), ValueError),
    "a transaction that reads nothing": (lambda _: transact_get(), TooLarge),
    "the request of no request": (lambda t: t[Counter].batch_get.request([]), TypeError),
    "text compared with a number": (lambda _: Order.customer == 5, Invalid),
    "a number compared with text": (lambda _: Order.total > "much", Invalid),
    "a date compared with text": (lambda _: Order.due == "2026-01-01", Invalid),
    "bytes that are text": (lambda _: Order.blob.begins_with("x"), Invalid),
    "a member of another type": (lambda _: Order.codes.contains("x"), Invalid),
    "a condition that is none": (lambda t: t[Counter].query(True), TypeError),
    "a filter that is none": (lambda t: t[Counter].scan(filter=True), TypeError),
    "a change that is none": (lambda t: t[Counter].update("a", "count = 1"), TypeError),
    "an item of another model": (lambda t: t[Counter].create(Blob(id="a")), TypeError),
    "an item that is none": (lambda t: t[Counter].create({"id": "a"}), TypeError),
    "a cursor that is no text": (lambda t: t[Product].query(cursor=5), InvalidCursor),
    "a query of no index": (lambda t: t[Product].query(Product.name == "x"), NoIndex),
    "a key of another type": (lambda t: t[Counter].get(5), Invalid),
    "a key of too many parts": (lambda t: t[Counter].get(("a", 1)), TypeError),
    "a missing argument of the constructor": (lambda _: Product(), Invalid),
    "an item that lacks what is required": (lambda _: Product.parse({}), Invalid),
}


@pytest.mark.parametrize("mistake", MISTAKES)
def test_a_mistake_is_refused_before_the_request(tables, calls, mistake):
    write, error = MISTAKES[mistake]
    calls.clear()

    with pytest.raises(error) as refused:
        write(tables)

    assert calls == []
    assert all(told not in (None, "", "None") for told in refused.value.args)
    assert all(one.message for one in getattr(refused.value, "violations", ()))


def test_two_writes_of_one_item_are_named():
    table = Table(Counter, None, "counters")

    with pytest.raises(Overlap, match="counters") as overlap:
        transact(table.delete.write("a"), table.delete.write("b"), table.delete.write("a"))

    assert (overlap.value.table, overlap.value.key) == ("counters", {"id": {"S": "a"}})


def test_an_update_that_makes_an_item_too_large_is_refused(make, request):
    table = make(Blob)
    table.create(Blob(id="a", data="x" * 300_000))

    if "dynamodb_local" not in request.node.callspec.id:
        pytest.skip("the stand-in has no limit of an item that grows")
    with pytest.raises(TooLarge):
        table.update("a", Blob.more.set("x" * 300_000))
    with pytest.raises(TooLarge):
        transact(table.update.write("a", Blob.more.set("x" * 300_000)))


def test_a_place_of_one_class_is_not_written_into_another(orders):
    orders.create(order(payment=Transfer(iban="DE123")))

    with pytest.raises(ConditionFailed):
        orders.update(("ann", 1), Order.payment[Card.number].set("1234"))
    assert orders.update(("ann", 1), Order.payment[Transfer.iban].set("DE456")).payment == Transfer(iban="DE456")


def test_an_attribute_of_one_class_is_not_written_into_an_item_of_another(make):
    animals = make(Animal)
    animals.create(Cat(id="tom", name="Tom"))
    animals.create(Dog(id="rex", name="Rex"))

    with pytest.raises(ConditionFailed):
        animals.update("tom", Dog.tricks.set(3))
    assert animals.update("rex", Dog.tricks.set(3)).tricks == 3


class Tally(Model):
    id: Attr[str] = key()
    count: Attr[int] = attr(default=10)
    note: Attr[str] = attr(default="new")
    day: Attr[date | None] = attr(default=None)
    until: Attr[datetime] = ttl()


def test_an_upsert_of_an_item_that_expired_starts_anew(make):
    tallies = make(Tally)
    past, later = datetime.now(UTC) - timedelta(days=1), datetime.now(UTC) + timedelta(days=1)
    tallies.put(Tally(id="a", count=5, note="old", day=date(2026, 1, 1), until=past))

    first = tallies.update("a", Tally.count.add(1), Tally.until.set_default(later), upsert=True)
    second = tallies.update("a", Tally.count.add(1), Tally.until.set_default(past), upsert=True)

    assert (first.count, first.note, first.day, first.until.date()) == (1, "new", None, later.date())
    assert (second.count, second.until) == (2, first.until)
    assert tallies.update("b", Tally.count.add(1), Tally.until.set_default(later), upsert=True).count == 1


def test_a_decimal_is_compared_with_any_number():
    assert (Order.total == 5).operands[1] == (Order.total == Decimal("5.0")).operands[1]
