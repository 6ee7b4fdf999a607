"""Callers' input is held to every rule at once, each violation with its path and value."""

from datetime import UTC, date, datetime
from decimal import Decimal

import pytest

from dynamodel import Attr, Invalid, Model, Rules, attr, key, version

from .shop import Address, Booking, Card, Line, Order, Product, Size, Transfer, order

BODY = {"sku": "ABC-1", "name": "Lamp", "category": "home", "price": "9.99"}
ORDER = {"customer": "ann", "number": 1, "ship_to": {"zip": "12345"}}


def violations(function, *arguments):
    with pytest.raises(Invalid) as caught:
        function(*arguments)
    found = {violation.path: violation for violation in caught.value.violations}
    assert {"", "None"}.isdisjoint(violation.message for violation in found.values())
    return found


def test_json_becomes_an_item():
    parsed = Product.parse({**BODY, "tags": ["b", "a"], "stock": Decimal("3.0"), "description": None})

    assert (parsed.price, parsed.tags, parsed.stock, parsed.status) == (Decimal("9.99"), {"a", "b"}, 3, "draft")
    assert type(parsed.stock) is int


@pytest.mark.parametrize("price", ["9.99", Decimal("9.99"), Decimal("0.1"), 5, Decimal("5.00"), "0", Decimal("1E+3")])
def test_decimals_are_taken_from_text_and_numbers_exactly(price):
    assert Product.parse({**BODY, "price": price}).price == Decimal(price)


@pytest.mark.parametrize(
    "price",
    [
        *("9.999", "NaN", "Infinity", "-1", "1e3", " 1", "1_000", "", "x", None, True, 9.5, [], {}),
        *(Decimal("NaN"), Decimal("-0.01"), Decimal("0.001"), Decimal("1E+200"), "9" * 40, "9" * 5000),
    ],
)
def test_an_invalid_decimal_is_refused(price):
    assert list(violations(Product.parse, {**BODY, "price": price})) == ["price"]


@pytest.mark.parametrize("stock", [Decimal("1.5"), True, "3", 1.0, -1, Decimal("NaN"), Decimal("1E+300"), 10**38])
def test_an_invalid_integer_is_refused(stock):
    assert list(violations(Product.parse, {**BODY, "stock": stock})) == ["stock"]


def test_an_invalid_choice_is_reported_with_the_valid_ones():
    found = violations(Product.parse, {**BODY, "status": "gone"})

    assert found["status"].message == "Expected one of draft, active, archived"


def test_every_violation_is_reported_at_once_with_path_and_value():
    found = violations(
        Order.parse,
        {
            "number": "x",
            "ship_to": {"zip": "1", "town": "Ulm"},
            "lines": [{"sku": "ABC", "quantity": 1}, {"sku": "ab", "quantity": 100, "size": "m"}, {}, 7],
            "payment": {"method": "card", "number": "x"},
            "notes": {"a": "x" * 21, "b": 1},
            "codes": [1, "2"],
            "discount": "2",
            "due": "yesterday",
            "paid_at": "2026-01-01T00:00:00",
            "blob": "%",
            "colour": "red",
        },
    )

    assert sorted(found) == [
        "blob",
        "codes[1]",
        "colour",
        "customer",
        "discount",
        "due",
        "lines[1].quantity",
        "lines[1].size",
        "lines[1].sku",
        "lines[2].quantity",
        "lines[2].sku",
        "lines[3]",
        "notes.a",
        "notes.b",
        "number",
        "paid_at",
        "payment.number",
        "ship_to.town",
        "ship_to.zip",
    ]
    assert found["lines[1].sku"].steps == ("lines", 1, "sku")
    assert found["lines[1].sku"].value == "ab"
    assert found["lines[1].sku"].message == "Expected text matching [A-Z0-9-]{3,32}"


def test_patterns_match_whole_values():
    found = violations(Product.parse, {**BODY, "sku": "ABC-1\n", "category": "home\n"})

    assert sorted(found) == ["category", "sku"]
    for number in ("12345", "١٢٣٤"):  # digits are ASCII, as in JSON Schema
        assert "payment.number" in violations(Order.parse, {**ORDER, "payment": {"method": "card", "number": number}})


def test_attributes_set_by_the_store_are_not_accepted_from_callers():
    found = violations(Product.parse, {**BODY, "id": "x", "version": 3, "created_at": "2026-01-01T00:00:00Z"})

    assert {path: violation.message for path, violation in found.items()} == dict.fromkeys(
        ["id", "version", "created_at"], "is read-only"
    )


def test_a_tag_selects_the_model():
    card = Order.parse({**ORDER, "payment": {"method": "card", "number": "1234"}})
    transfer = Order.parse({**ORDER, "payment": {"method": "transfer", "iban": "DE123"}})

    assert (card.payment, transfer.payment) == (Card(number="1234"), Transfer(iban="DE123"))
    for wrong in ({"number": "1234"}, {"method": "cash"}, {"method": []}):
        assert list(violations(Order.parse, {**ORDER, "payment": wrong})) == ["payment.method"]


def test_duplicates_in_a_set_are_refused():
    assert list(violations(Product.parse, {**BODY, "tags": ["a", "a"]})) == ["tags"]


def test_text_with_an_unpaired_surrogate_is_refused():
    assert list(violations(Product.parse, {**BODY, "name": "\ud800"})) == ["name"]
    assert list(violations(Order.parse, {**ORDER, "notes": {"\ud800": "x", "": "y"}}))


def test_rules_of_the_item_as_a_whole_are_checked_when_its_parts_are_sound():
    assert violations(Booking.parse, {"first": 3, "last": 1})[""].message == "last must be after first"
    assert list(violations(Booking.parse, {"first": 3, "last": "x"})) == ["last"]


def test_custom_checks_and_bounds_of_times_are_enforced():
    def even(value):
        if value % 2:
            raise ValueError("must be even")

    class Slot(Model):
        id: Attr[str] = key()
        length: Attr[int] = attr(check=even)
        parts: Attr[list[int]] = attr(default_factory=list, each=Rules(check=even))
        start: Attr[datetime] = attr(ge=datetime(2026, 1, 1, tzinfo=UTC))

    found = violations(Slot.parse, {"id": "a", "length": 3, "parts": [2, 3], "start": "2025-12-31T23:59:59Z"})

    assert sorted(found) == ["length", "parts[1]", "start"]
    assert found["length"].message == "must be even"


def test_an_item_made_in_python_is_checked_too_and_brought_to_its_stored_form():
    item = order(total=5, lines=[Line(sku="abc", quantity=0)], codes=frozenset({1}))

    assert sorted(violations(item.validate)) == ["lines[0].quantity", "lines[0].sku"]
    item.lines.clear()
    item.validate()
    assert (type(item.total), item.codes) == (Decimal, {1})


def test_a_patch_becomes_changes_held_to_the_same_rules():
    changes = Product.parse_patch({"price": "3.50", "description": None, "stock": Decimal(4)})

    assert [(change.action, change.path.attr.name, change.value) for change in changes] == [
        ("remove", "description", None),
        ("set", "price", Decimal("3.5")),
        ("set", "stock", 4),
    ]
    found = violations(
        Product.parse_patch, {"price": None, "version": 1, "stock": Decimal("4.5"), "colour": 1, "name": ""}
    )
    assert sorted(found) == ["colour", "name", "price", "stock", "version"]


@pytest.mark.parametrize("value", ["text", 5, []])
def test_a_patch_of_a_part_that_is_not_an_object_is_refused(value):
    expected = f"got `{type(value).__name__}`"

    for path, document in (("", value), ("ship_to", {"ship_to": value}), ("payment", {"payment": value})):
        found = violations(Order.parse_patch, document)
        assert {where: one.message for where, one in found.items()} == {path: f"Expected an object, {expected}"}


PATCHES = [
    ({"total": "5", "bill_to": None}, {}),
    ({"ship_to": {"zip": "54321"}}, {}),
    ({"ship_to": {"city": "Ulm"}}, {}),
    ({"ship_to": {"city": None}}, {}),
    ({"bill_to": {"zip": "54321"}}, {}),
    ({"bill_to": {"city": "Ulm"}}, {"bill_to": Address(zip="54321")}),
    ({"notes": {"a": "new", "b": None, "c": "more"}}, {"notes": {"a": "x", "b": "y"}}),
    ({"notes": {"nothing": None}}, {"notes": {"a": "x"}}),
    ({"payment": {"number": "4321"}}, {"payment": Card(number="1234")}),
    ({"payment": {"method": "transfer", "number": None, "iban": "DE123"}}, {"payment": Card(number="1234")}),
    ({"lines": [{"sku": "ABC", "quantity": 1}]}, {"lines": [Line(sku="XYZ", quantity=2)]}),
    ({"codes": []}, {"codes": {1}}),
    ({}, {}),
]


def merge_patch(target, patch):
    """RFC 7396, section 2."""
    if not isinstance(patch, dict):
        return patch
    result = dict(target) if isinstance(target, dict) else {}
    for name, value in patch.items():
        if value is None:
            result.pop(name, None)
        else:
            result[name] = merge_patch(result.get(name), value)
    return result


@pytest.mark.parametrize(("patch", "values"), PATCHES)
def test_a_patch_does_what_rfc_7396_says(orders, patch, values):
    before = orders.create(order(**values))

    after = orders.update(("ann", 1), *Order.parse_patch(patch))

    assert after == Order.parse(merge_patch(before.to_json(), patch)) == orders.get(("ann", 1))


def test_a_patch_reaches_into_the_map_of_a_part_that_may_be_absent(make):
    class Label(Model):
        texts: Attr[dict[str, str]] = attr()

    class Box(Model):
        id: Attr[str] = key()
        label: Attr[Label | None] = attr(default=None)

    boxes = make(Box)
    boxes.create(Box(id="a", label=Label(texts={"en": "this", "de": "dies"})))

    after = boxes.update("a", *Box.parse_patch({"label": {"texts": {"en": None, "fr": "ceci"}}}))

    assert after.label == Label(texts={"de": "dies", "fr": "ceci"})


def test_a_patch_that_leaves_a_part_incomplete_is_refused(orders):
    orders.create(order())

    found = violations(orders.update, ("ann", 1), *Order.parse_patch({"bill_to": {"city": "Ulm"}}))

    assert {path: one.message for path, one in found.items()} == {"bill_to.zip": "is required"}


def test_parse_accepts_what_to_json_returns():
    item = order(
        lines=[Line(sku="ABC", quantity=1, size=Size.LARGE)],
        payment=Card(number="1234"),
        scores=[Decimal("1.50"), Decimal("1E+3")],
        codes={3, 1},
        due=date(2026, 2, 3),
        paid_at=datetime(2026, 2, 3, 4, 5, 6, tzinfo=UTC),
        blob=b"\x00\xff",
    )

    document = item.to_json()

    assert document["lines"] == [{"sku": "ABC", "quantity": 1, "size": "l", "labels": []}]
    assert document["payment"] == {"method": "card", "number": "1234"}
    assert (document["scores"], document["codes"], document["due"]) == (["1.5", "1000"], [1, 3], "2026-02-03")
    assert (document["paid_at"], document["blob"]) == ("2026-02-03T04:05:06.000000Z", "AP8=")
    assert Order.parse(document) == item


def test_to_json_includes_and_excludes():
    item = Product.parse(BODY)

    assert item.to_json(include={"sku", "price"}) == {"sku": "ABC-1", "price": "9.99"}
    assert item.to_json(include={"sku", "price"}, exclude={"sku"}) == {"price": "9.99"}


def test_a_parsed_item_is_validated_once(make):
    checked = []

    class Counted(Model):
        id: Attr[str] = key()
        number: Attr[int] = attr(check=checked.append)
        other: Attr[int] = attr(check=checked.append)
        version: Attr[int] = version()

    item = Counted.parse({"id": "1", "number": 2, "other": 3})
    make(Counted).create(item)

    assert checked == [2, 3]


def test_changes_after_parsing_are_validated(products):
    item = Product.parse({**BODY, "tags": ["a"]})
    item.tags.add("No slug")
    item.price = Decimal(-1)

    assert {path.partition("[")[0] for path in violations(products.create, item)} == {"tags", "price"}
