"""What is particular to products: their fields and rules."""

from decimal import Decimal

import pytest


@pytest.mark.parametrize("price", ["9.99", "0.1", "0", "120", "12345678901234567890.12"])
@pytest.mark.parametrize("sent", ['"{}"', "{}"], ids=["text", "number"])
def test_a_price_comes_back_exact(call, new, price, sent):
    made = new()

    answer = call("PATCH", f"products/{made['id']}", text=f'{{"price": {sent.format(price)}}}')

    assert answer.status == 200, answer.text
    assert isinstance(answer.json["price"], str)
    assert Decimal(call("GET", f"products/{made['id']}").json["price"]) == Decimal(price)


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("sku", "lower"),
        ("sku", "A\n"),
        ("sku", "AB"),
        ("name", ""),
        ("name", "n" * 201),
        ("name", None),
        ("description", "d" * 2001),
        ("category", "Two Words"),
        ("price", "-0.01"),
        ("price", "9.999"),
        ("price", "NaN"),
        ("price", "Infinity"),
        ("price", "1" * 39),
        ("price", True),
        ("status", "sold"),
        ("tags", ["two words"]),
        ("tags", [f"tag-{number}" for number in range(21)]),
        ("tags", "books"),
        ("stock", -1),
        ("stock", 1.5),
        ("stock", "1"),
        ("stock", True),
    ],
)
def test_a_field_that_breaks_its_rule_is_refused_by_name(call, example, field, value):
    answer = call("POST", "products", example | {field: value})

    assert answer.status == 400
    assert {error["pointer"].split("/")[1] for error in answer.json["errors"]} == {field}


def test_what_is_optional_has_its_default(created):
    assert (created["description"], created["status"], created["tags"], created["stock"]) == (None, "draft", [], 0)


def test_null_in_a_patch_removes_what_is_optional(call, new):
    made = new(description="A good read.")

    answer = call("PATCH", f"products/{made['id']}", {"description": None})

    assert (answer.status, answer.json["description"]) == (200, None)


def test_a_replacement_puts_what_it_leaves_out_back_to_its_default(call, new, example):
    made = new(description="A good read.", tags=["new"], stock=5, status="active")

    answer = call("PUT", f"products/{made['id']}", example)

    assert (answer.json["description"], answer.json["tags"], answer.json["stock"], answer.json["status"]) == (
        None,
        [],
        0,
        "draft",
    )


def test_tags_are_a_set_and_come_back_in_order(new, call, example):
    assert new(tags=["b", "a"])["tags"] == ["a", "b"]
    assert call("POST", "products", example | {"tags": ["a", "a"]}).status == 400
