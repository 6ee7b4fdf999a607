"""Products' own fields and rules."""

import json
import secrets
from decimal import Decimal

import pytest

from lambdas.resources.products import PRODUCTS

pytestmark = pytest.mark.resources(PRODUCTS)


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


def test_what_is_optional_has_its_default(new):
    created = new()

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


# Lists, as the index by category serves them


@pytest.fixture
def shelf(new):
    """Five books of a category of their own, by price."""
    category = f"c-{secrets.token_hex(6)}"
    return [new(category=category, price=price) for price in ("1.5", "10", "10.25", "9", "100")]


def prices(answer):
    assert answer.status == 200, answer.text
    return [item["price"] for item in answer.json["items"]]


def test_a_list_is_filtered_by_an_index(call, shelf):
    of_category = f"products?category={shelf[0]['category']}"

    assert prices(call("GET", of_category)) == ["1.5", "9", "10", "10.25", "100"]
    assert prices(call("GET", f"{of_category}&sort=-price")) == ["100", "10.25", "10", "9", "1.5"]
    assert prices(call("GET", f"{of_category}&price[gte]=9&price[lt]=10.25")) == ["9", "10"]
    assert prices(call("GET", f"{of_category}&price[gt]=10&sort=-price&limit=1")) == ["100"]


def test_pages_of_a_filtered_list_are_full_and_follow_one_another(call, shelf):
    address = f"products?category={shelf[0]['category']}&sort=-price&limit=2"

    first = call("GET", address)
    second = call("GET", f"{address}&cursor={first.json['next']}")
    third = call("GET", f"{address}&cursor={second.json['next']}")

    assert [prices(page) for page in (first, second, third)] == [["100", "10.25"], ["10", "9"], ["1.5"]]
    assert third.json["next"] is None


def test_a_cursor_of_one_category_does_not_serve_another(call, shelf):
    cursor = call("GET", f"products?category={shelf[0]['category']}&limit=1").json["next"]

    assert call("GET", f"products?category=other&limit=1&cursor={cursor}").status == 400


@pytest.mark.parametrize(
    "query",
    [
        "status=active",
        "price[gte]=5",
        "category=books&sort=name",
        "category=books&id[gt]=x",
        "sort=price",
        "sort=",
        "sort=-",
        "category[gt]=a",
    ],
)
def test_parameters_that_no_index_serves_are_a_400_that_lists_the_possible_ones(call, query):
    answer = call("GET", f"products?{query}")

    assert answer.status == 400
    assert "category" in answer.text
    assert "price[gt" in answer.text


@pytest.mark.parametrize("query", ["price[gte]=cheap", "price[gte]=NaN", "price[gte]=", "price[gt]=1&price[gte]=2"])
def test_a_filter_that_has_no_value_is_a_400(call, query):
    assert call("GET", f"products?category=books&{query}").status == 400


def test_a_set_can_be_emptied_alone_and_with_a_unique_value(call, new, example):
    alone, together = new(tags=["a"]), new(tags=["a"])

    assert call("PATCH", f"products/{alone['id']}", {"tags": []}).json["tags"] == []
    assert call("PATCH", f"products/{together['id']}", {"tags": [], "sku": example["sku"]}).json["tags"] == []


@pytest.mark.parametrize("category", ["", "c" * 3000])
def test_a_filter_by_an_impossible_key_is_a_400(call, category):
    answer = call("GET", f"products?category={category}")

    assert (answer.status, answer.json["type"]) == (400, "/docs/errors.html#invalid-parameter")


def test_a_number_has_as_much_room_as_text(call, example):
    assert call("POST", "products", text=json.dumps(example).replace('"9.99"', "1e36")).status == 400


@pytest.mark.parametrize(("first", "again"), [("9.99", "9.990"), ("10", "1e1"), ("0.0", "0"), ("1.5", "15E-1")])
def test_numbers_of_a_retry_are_compared_by_value(call, example, key, first, again):
    texts = [json.dumps(example).replace('"price": "9.99"', f'"price": {number}') for number in (first, again)]

    one, other = (call("POST", "products", text=text, headers=key) for text in texts)

    assert texts[0] != texts[1]
    assert (one.status, other.status, other.text) == (201, 201, one.text)


def test_another_number_is_another_request(call, example, key):
    call("POST", "products", example | {"price": "9.99"}, headers=key)

    assert call("POST", "products", example | {"price": "9.98"}, headers=key).status == 422
