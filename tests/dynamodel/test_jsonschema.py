"""JSON Schema and parse agree: they accept the same documents."""

from decimal import Decimal

import pytest
from jsonschema import Draft202012Validator

from dynamodel import Attr, Invalid, Model, attr, key

from .shop import Order, Product, Session, order, product
from .test_validation import BODY, ORDER

CASES = [
    (Product, BODY),
    (Product, {**BODY, "price": 9.99}),
    (Product, {**BODY, "price": -1}),
    (Product, {**BODY, "price": "9.999"}),
    (Product, {**BODY, "price": "-1"}),
    (Product, {**BODY, "price": 10**200}),
    (Product, {**BODY, "stock": 1.5}),
    (Product, {**BODY, "stock": True}),
    (Product, {**BODY, "stock": 10**38}),
    (Product, {**BODY, "tags": ["a", "a"]}),
    (Product, {**BODY, "tags": ["a", "b", "c", "d"]}),
    (Product, {**BODY, "tags": ["A"]}),
    (Product, {**BODY, "name": ""}),
    (Product, {**BODY, "status": "gone"}),
    (Product, {**BODY, "description": None}),
    (Product, {**BODY, "id": "x"}),
    (Product, {**BODY, "colour": "red"}),
    (Product, {"sku": "ABC-1"}),
    (Order, ORDER),
    (Order, {**ORDER, "ship_to": {}}),
    (Order, {**ORDER, "lines": [{"sku": "ABC", "quantity": 1}]}),
    (Order, {**ORDER, "lines": [{"sku": "ABC", "quantity": 0}]}),
    (Order, {**ORDER, "payment": {"method": "card", "number": "1234"}}),
    (Order, {**ORDER, "payment": {"method": "card", "number": "x1234x"}}),
    (Order, {**ORDER, "payment": {"method": "transfer", "number": "1234"}}),
    (Order, {**ORDER, "payment": None}),
    (Order, {**ORDER, "notes": {"a": "x"}}),
    (Order, {**ORDER, "notes": {"a": "x" * 21}}),
    (Order, {**ORDER, "notes": {"": "x"}}),
    (Order, {**ORDER, "discount": "0.5"}),
    (Order, {**ORDER, "customer": ""}),
    (Order, {**ORDER, "blob": "AAE="}),
    (Order, {**ORDER, "blob": "AAE"}),
    (Order, {**ORDER, "blob": "no base64"}),
]


def exact(value):
    """As the HTTP layer reads JSON: numbers with a point as Decimal."""
    if isinstance(value, dict):
        return {name: exact(one) for name, one in value.items()}
    if isinstance(value, list):
        return [exact(one) for one in value]
    return Decimal(str(value)) if isinstance(value, float) else value


def parses(model, document):
    try:
        model.parse(exact(document))
    except Invalid:
        return False
    return True


@pytest.mark.parametrize(("model", "document"), CASES)
def test_schema_and_parse_agree(model, document):
    validator = Draft202012Validator(model.schema.json_schema("create"))

    assert validator.is_valid(document) == parses(model, document)


class Balance(Model):
    """Decimals that may be negative, with and without a number of places."""

    id: Attr[str] = key(default="a")
    amount: Attr[Decimal] = attr(default=Decimal(0), decimal_places=2)
    change: Attr[Decimal] = attr(default=Decimal(0))
    fee: Attr[Decimal] = attr(default=Decimal(0), max_digits=6, decimal_places=2)
    rate: Attr[Decimal] = attr(default=Decimal(0), max_digits=2, decimal_places=2)
    share: Attr[Decimal] = attr(default=Decimal(0), max_digits=3)


@pytest.mark.parametrize("name", ["amount", "change", "fee", "rate", "share"])
@pytest.mark.parametrize(
    "value",
    [
        "123456.78",
        "9999.99",
        10000,
        9999,
        "0.12",
        "5.12",
        "00.5",
        -5,
        5,
        0.01,
        "-0.01",
        1e35,
        -1e35,
        1e37,
        -1e37,
        1e127,
        -1e127,
        "x",
    ],
)
def test_schema_and_parse_agree_on_decimals_of_either_sign(name, value):
    validator = Draft202012Validator(Balance.schema.json_schema("create"))

    assert validator.is_valid({name: value}) == parses(Balance, {name: value})


@pytest.mark.parametrize("price", [19.99, 0.29, 4.35, 0.07])
def test_a_validator_with_floats_takes_decimals_that_binary_fractions_only_come_near(price):
    assert Draft202012Validator(Product.schema.json_schema("create")).is_valid({**BODY, "price": price})


@pytest.mark.parametrize("model", [Product, Order, Session])
@pytest.mark.parametrize("purpose", ["create", "replace", "patch", "stored"])
def test_schemas_are_sound(model, purpose):
    Draft202012Validator.check_schema(model.schema.json_schema(purpose))


def test_to_json_fits_the_stored_schema():
    for item in (product(tags={"a"}), order()):
        Draft202012Validator(type(item).schema.json_schema("stored")).validate(item.to_json())


def test_a_patch_requires_nothing_and_accepts_null_for_optional_values():
    validator = Draft202012Validator(Product.schema.json_schema("patch"))

    assert validator.is_valid({})
    assert validator.is_valid({"description": None, "price": 3})
    assert not validator.is_valid({"price": None})
    assert not validator.is_valid({"version": 1})


def test_a_patch_replaces_lists_and_merges_maps():
    validator = Draft202012Validator(Order.schema.json_schema("patch"))

    assert validator.is_valid({"notes": {"a": None}, "ship_to": {"city": "Ulm"}})
    assert not validator.is_valid({"lines": [{"sku": "ABC"}]})


def test_what_is_declared_for_readers_is_in_the_schema():
    schema = Product.schema.json_schema("stored")

    assert schema["description"] == "A thing on sale."
    assert schema["properties"]["id"]["readOnly"] is True
    assert schema["properties"]["price"]["type"] == "string"
    assert Product.schema.json_schema("create")["properties"]["status"]["default"] == "draft"
