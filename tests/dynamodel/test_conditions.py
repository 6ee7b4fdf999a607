"""Every operator and function, composed, on names that DynamoDB reserves."""

from decimal import Decimal

import pytest

from dynamodel import Attr, Condition, ConditionFailed, Invalid, Model, TooLarge, attr, key

from .shop import Address, Card, Line, Order, Product, Size, order


@pytest.fixture
def stored(orders):
    """A table of one order."""
    orders.create(
        order(
            lines=[Line(sku="ABC", quantity=2, size=Size.LARGE)],
            notes={"a.b": "hello"},
            codes={1, 2},
            total=Decimal("12.50"),
            discount=Decimal("0.5"),
            payment=Card(number="1234"),
            mail="ANN@X.ORG",
            data_dot="dotted",
            blob=b"\x01\x02",
        )
    )
    return orders


HOLD = {
    "equal": Order.total == Decimal("12.5"),
    "integer operand": Order.total > 12,
    "not equal": Order.total != 3,
    "less": Order.total < 13,
    "at most": Order.total <= Decimal("12.50"),
    "at least": Order.total >= Decimal("12.50"),
    "between": Order.total.between(12, 13),
    "in": Order.total.is_in([1, Decimal("12.5")]),
    "exists": Order.discount.exists(),
    "missing": Order.bill_to.missing(),
    "is none": Order.bill_to == None,  # noqa: E711
    "is not none": Order.discount != None,  # noqa: E711
    "type": Order.codes.is_type("NS"),
    "begins with": Order.data_dot.begins_with("dot"),
    "begins with bytes": Order.blob.begins_with(b"\x01"),
    "contains text": Order.data_dot.contains("tte"),
    "contains member": Order.codes.contains(2),
    "contains item": Order.lines.contains(Line(sku="ABC", quantity=2, size=Size.LARGE)),
    "size": Order.codes.size() == 2,
    "size of a list": Order.lines.size() < 2,
    "size of a path to a size": Order.lines.size() < Order.codes.size(),
    "two attributes": Order.total > Order.discount,
    "nested model": Order.ship_to[Address.zip] == "12345",
    "list item": Order.lines[0][Line.quantity] == 2,
    "enum": Order.lines[0][Line.size] == Size.LARGE,
    "map key with a dot": Order.notes["a.b"] == "hello",
    "boolean": Order.gift == False,  # noqa: E712
    "converted operand": Order.mail == "ANN@X.ORG",
    "whole value": Order.ship_to == Address(zip="12345"),
    "and": (Order.total > 1) & (Order.total < 20),
    "or": (Order.total > 100) | (Order.total < 20),
    "not": ~(Order.total > 100),
    "composed": ~((Order.total > 100) | ((Order.total < 20) & Order.bill_to.exists())),
}


@pytest.mark.parametrize("name", HOLD)
def test_a_condition_that_holds_lets_a_write_pass_and_its_negation_does_not(stored, name):
    from dynamodel import ConditionFailed

    condition = HOLD[name]

    stored.update(("ann", 1), Order.gift.set(False), condition=condition)

    with pytest.raises(ConditionFailed):
        stored.update(("ann", 1), Order.gift.set(True), condition=~condition)


def test_conditions_filter(stored):
    stored.create(order(number=2))

    together = [HOLD["enum"], HOLD["contains member"], HOLD["map key with a dot"]]
    found = [stored.query(Order.customer == "ann", filter=condition).items for condition in together]

    assert [[one.number for one in items] for items in found] == [[1], [1], [1]]


def test_a_condition_has_no_truth_value():
    with pytest.raises(TypeError, match="combine with"):
        bool(Order.total > 1)


def test_more_operands_of_in_than_dynamodb_takes_are_refused():
    with pytest.raises(TooLarge, match="100"):
        Order.total.is_in(range(101))


@pytest.mark.parametrize("never", [Condition.never(), Order.total.is_in([])])
def test_no_item_is_one_of_no_values(orders, never):
    orders.create(order())

    assert list(orders.iterate_scan(filter=never)) == []
    assert len(list(orders.iterate_scan(filter=~never))) == 1
    with pytest.raises(ConditionFailed):
        orders.update(("ann", 1), Order.gift.set(True), condition=never)


def test_an_expression_longer_than_dynamodb_takes_is_refused(orders, calls):
    calls.clear()
    condition = Order.total > 1
    for n in range(300):
        condition |= Order.total == n

    with pytest.raises(TooLarge, match="4096"):
        orders.delete(("ann", 1), condition=condition)

    assert calls == []


@pytest.mark.parametrize("bad", [Decimal("NaN"), Decimal("Infinity"), Decimal("1E+126"), Decimal("1." + "1" * 38)])
def test_an_operand_that_dynamodb_cannot_hold_is_refused(bad):
    with pytest.raises(Invalid, match=r"38 digits|finite"):
        Order.total == bad  # noqa: B015


def test_paths_lead_only_where_the_declaration_does():
    with pytest.raises(TypeError, match="has no Line"):
        Order.ship_to[Line.sku]
    with pytest.raises(TypeError, match="stepped into"):
        Order.total[0]  # type: ignore[index]
    with pytest.raises(TypeError, match="stepped into"):
        Order.lines["x"]  # type: ignore[call-overload]


def test_another_models_attributes_are_refused_in_an_update(orders):
    with pytest.raises(TypeError, match="not of Order"):
        orders.update(("ann", 1), Product.price.set(1))


def test_names_are_aliased_so_reserved_words_dots_and_dashes_work(make):
    class Words(Model):
        id: Attr[str] = key(stored="hash")
        select: Attr[int] = attr(stored="select")
        odd: Attr[int] = attr(stored="a-b.c[0]#:")

    words = make(Words)
    words.create(Words(id="1", select=1, odd=1))

    changed = words.update("1", Words.select.set(2), Words.odd.add(1), condition=Words.odd == Words.select)

    assert (changed.select, changed.odd) == (2, 2)
