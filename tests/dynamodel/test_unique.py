"""Unique values: taken in the transaction that writes the item, freed by the one that releases it."""

import pytest

from dynamodel import Attr, Model, NotFound, NotUnique, attr, key, sort_key

from .shop import Product, product


def test_a_value_is_taken_by_create_and_named_in_the_error(products):
    products.create(product("ABC-1"))

    with pytest.raises(NotUnique) as caught:
        products.create(product("ABC-1", name="Other"))

    assert (caught.value.attribute, caught.value.value) == ("sku", "ABC-1")
    assert [one.name for one in products.scan().items] == ["Lamp"]


@pytest.mark.parametrize(
    "let_go",
    [
        lambda table, item: table.delete(item.id),
        lambda table, item: table.update(item.id, Product.sku.set("OTHER-1")),
        lambda table, item: table.replace(item.id, product("OTHER-1")),
        lambda table, item: (setattr(item, "sku", "OTHER-1"), table.put(item)),
    ],
    ids=["delete", "update", "replace", "put"],
)
def test_a_released_value_can_be_used_again(products, let_go):
    created = products.create(product("ABC-1"))

    let_go(products, created)

    assert products.create(product("ABC-1")).version == 1


@pytest.mark.parametrize(
    "take",
    [
        lambda table, item: table.update(item.id, Product.sku.set("ABC-1")),
        lambda table, item: table.replace(item.id, product("ABC-1")),
        lambda table, item: (setattr(item, "sku", "ABC-1"), table.put(item)),
    ],
    ids=["update", "replace", "put"],
)
def test_a_taken_value_cannot_be_taken_by_a_change(products, take):
    products.create(product("ABC-1"))
    other = products.create(product("XYZ-1"))

    with pytest.raises(NotUnique):
        take(products, products.get(other.id))

    assert products.get(other.id) == other


def test_a_change_of_a_unique_value_is_a_read_and_a_transaction(products, calls):
    created = products.create(product())
    calls.clear()

    changed = products.update(created.id, Product.sku.set("NEW-1"), Product.stock.add(2))

    assert calls == ["GetItem", "TransactWriteItems"]
    assert (changed.sku, changed.stock, changed.version) == ("NEW-1", 2, 2)
    assert products.get(created.id) == changed


def test_a_change_of_other_values_is_one_call(products, calls):
    created = products.create(product())
    calls.clear()

    products.update(created.id, Product.stock.add(2))

    assert calls == ["UpdateItem"]


def test_a_replace_may_keep_the_value(products):
    created = products.create(product("ABC-1"))

    assert products.replace(created.id, product("ABC-1", stock=3)).stock == 3


def test_markers_are_never_seen_as_items(products, client):
    created = products.create(product())

    assert client.scan(TableName=products.name, Select="COUNT")["Count"] == 2
    assert [one.id for one in products.scan(segments=2).items] == [created.id]
    assert products.count() == 1


def test_deleting_what_is_gone_says_so(products):
    with pytest.raises(NotFound):
        products.delete("nobody")
    with pytest.raises(NotFound):
        products.update("nobody", Product.sku.set("ABC-1"))


@pytest.mark.parametrize(("kind", "row"), [(str, "r"), (int, 1), (bytes, b"r")], ids=["text", "number", "bytes"])
def test_values_of_an_item_with_a_sort_key_can_be_unique(make, kind, row):
    class Seat(Model):
        hall: Attr[str] = key()
        row: Attr[kind] = sort_key()
        owner: Attr[str] = attr(unique=True)

    seats = make(Seat)
    seats.create(Seat(hall="a", row=row, owner="ann"))

    with pytest.raises(NotUnique):
        seats.create(Seat(hall="b", row=row, owner="ann"))
    seats.delete(("a", row))
    assert seats.create(Seat(hall="b", row=row, owner="ann")).owner == "ann"


def test_optional_and_numeric_values_can_be_unique_without_a_version(make):
    class Seat(Model):
        id: Attr[str] = key()
        number: Attr[int | None] = attr(default=None, unique=True)
        badge: Attr[bytes | None] = attr(default=None, unique=True)
        text: Attr[str | None] = attr(default=None, unique=True)

    seats = make(Seat)
    seats.create(Seat(id="a"))
    seats.create(Seat(id="b", number=7, badge=b"\x01", text="x" * 2000))

    for taken in (Seat.number.set(7), Seat.badge.set(b"\x01"), Seat.text.set("x" * 2000)):
        with pytest.raises(NotUnique):
            seats.update("a", taken)
    seats.update("b", Seat.number.set(None), Seat.text.remove())
    assert seats.update("a", Seat.number.set(7)).number == 7
    seats.put(Seat(id="a"))
    assert seats.put(Seat(id="b", number=7)).number == 7
