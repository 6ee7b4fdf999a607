"""Several writes, all or nothing, each with its own reason."""

import asyncio
from types import SimpleNamespace

import pytest

from dynamodel import (
    AlreadyExists,
    ConditionFailed,
    Conflict,
    Invalid,
    LimitReached,
    NotFound,
    NotUnique,
    Table,
    TooLarge,
    TransactionFailed,
    transact,
    transact_get,
)

from .shop import Counter, Product, Receipt, order, product


@pytest.fixture
def receipts(products, client):
    return Table(Receipt, client, products.name)


def test_writes_of_several_tables_are_done_together(products, orders, receipts, calls):
    created = products.create(product(stock=5))
    orders.create(order("bob", 1))
    calls.clear()

    results = transact(
        products.update.write(created.id, Product.stock.add(-1)),
        orders.create.write(order()),
        orders.delete.write(("bob", 1)),
        receipts.create.write(Receipt(id="r")),
        products.create.write(product("NEW-1")),
    )

    assert calls == ["TransactWriteItems"]
    assert products.get(created.id).stock == 4
    assert (orders.get(("ann", 1)), orders.get(("bob", 1))) == (order(), None)
    assert (results[0], results[1], results[4].version) == (None, order(), 1)


def test_nothing_is_written_when_one_fails_and_each_has_its_reason(products, orders, receipts):
    created, other = products.create(product("ABC-1", stock=1)), products.create(product("XYZ-1"))
    receipts.create(Receipt(id="r", text="first"))

    with pytest.raises(TransactionFailed) as caught:
        transact(
            orders.create.write(order()),
            products.update.write(created.id, Product.stock.add(-5)),
            products.update.write("nobody", Product.stock.add(1)),
            products.create.write(product("ABC-1")),
            receipts.create.write(Receipt(id="r")),
            products.condition_check.write(other.id, Product.status == "active"),
        )

    kinds = [type(reason) for reason in caught.value.reasons]
    assert kinds == [type(None), LimitReached, NotFound, NotUnique, AlreadyExists, ConditionFailed]
    assert caught.value.reasons[4].item.text == "first"
    assert orders.get(("ann", 1)) is None


FULL = {"Code": "ItemCollectionSizeLimitExceeded", "Message": "the collection is full"}
CANCELLED = {
    "Error": {"Code": "TransactionCanceledException"},
    "CancellationReasons": [{"Code": "ConditionalCheckFailed"}, FULL, {"Code": "None"}],
    "ResponseMetadata": {},
}


def test_a_reason_that_dynamodb_alone_knows_is_the_writes_own(make, client, request):
    counters = make(Counter)
    answer = ("before-call.dynamodb.TransactWriteItems", lambda **_: (SimpleNamespace(status_code=400), CANCELLED))
    client.meta.events.register(*answer)
    request.addfinalizer(lambda: client.meta.events.unregister(*answer))

    with pytest.raises(TransactionFailed) as caught:
        transact(*(counters.create.write(Counter(id=name)) for name in "abc"))

    exists, full, none = caught.value.reasons
    assert (type(exists), type(full), str(full), none) == (AlreadyExists, Conflict, FULL["Message"], None)


def test_an_error_found_while_preparing_is_a_reason_too(products, orders):
    with pytest.raises(TransactionFailed) as caught:
        transact(
            orders.create.write(order()),
            products.delete.write("nobody"),
            products.create.write(product("no sku")),
        )

    assert [type(reason) for reason in caught.value.reasons] == [type(None), NotFound, Invalid]
    assert orders.get(("ann", 1)) is None


def test_a_requirement_that_holds_writes_nothing(make):
    counters = make(Counter)
    counters.create(Counter(id="a", count=3))

    transact(counters.condition_check.write("a", Counter.count == 3), counters.create.write(Counter(id="b")))
    counters.condition_check("a", Counter.count == 3)

    assert counters.get("b") == counters.get("b")
    with pytest.raises(ConditionFailed):
        counters.condition_check("a", Counter.count == 4)


def test_a_token_makes_a_repeated_transaction_count_once(make):
    counters = make(Counter)
    counters.create(Counter(id="a"))
    add = counters.update.write("a", Counter.count.add(1))

    transact(add, token="once")

    shown = transact.request(add, token="once")
    assert shown.parameters["ClientRequestToken"] == "once"
    assert counters.get("a").count == 1


def test_more_than_dynamodb_takes_is_refused_before_the_request(make, calls):
    counters = make(Counter)
    calls.clear()

    with pytest.raises(TooLarge, match="100"):
        transact(*(counters.create.write(Counter(id=str(n))) for n in range(101)))
    with pytest.raises(TooLarge):
        transact_get(*((counters, str(n)) for n in range(101)))

    assert calls == []


def test_a_hundred_writes_fit(make):
    counters = make(Counter)

    transact(*(counters.create.write(Counter(id=str(n))) for n in range(100)))

    assert len(list(counters.iterate_scan())) == 100


def test_items_of_several_tables_are_read_together(products, orders, calls):
    created, placed = products.create(product()), orders.create(order())
    calls.clear()

    read = transact_get((products, created.id), (orders, ("ann", 1)), (orders, ("bob", 1)))

    assert read == [created, placed, None]
    assert calls == ["TransactGetItems"]


def test_transactions_can_be_awaited(orders):
    asyncio.run(transact.run_async(orders.create.write(order())))

    assert asyncio.run(transact_get.run_async((orders, ("ann", 1)))) == [order()]


def test_an_update_that_reads_first_takes_part(products):
    created = products.create(product())

    (changed,) = transact(products.update.write(created.id, Product.sku.set("NEW-1")))

    assert (changed.sku, changed.version) == ("NEW-1", 2)
    assert transact() == []
