"""The gateway's body models: of draft 4, without what the gateway refuses, and never stricter than the functions."""

import json
from dataclasses import replace
from decimal import Decimal

import pytest
from jsonschema import Draft4Validator

from dynamodel import Attr, attr
from lambdas.rest.crud import CREATE
from lambdas.rest.routes import routes
from stacks.contract import examples, schemas
from tests.support import stages
from tests.support.gallery import EVERY
from tests.support.gallery.customers import CUSTOMERS
from tests.support.gallery.parcels import PARCELS, Parcel

ONE, BOTH = (PARCELS,), (PARCELS, CUSTOMERS)

# Keywords that API Gateway takes and honours in a model. What draft 4 does not have it refuses when a model is deployed
# ("Unsupported keyword(s)": const, examples, $id, ...); exclusiveMinimum and discriminator it documents as unsupported.
HONOURED = {
    *("$schema", "definitions", "type", "enum", "properties", "required", "additionalProperties", "items", "pattern"),
    *("minLength", "maxLength", "minimum", "maximum", "multipleOf", "minItems", "maxItems", "uniqueItems"),
    *("minProperties", "maxProperties", "oneOf"),
}
NAMED = {"properties", "definitions"}  # their keys are names of the model's own


@pytest.fixture(scope="session")
def strict(synthesize):
    return synthesize(stages.named("dev"), ONE, gateway_checks_fields=True)


def models(template):
    found = template.find_resources("AWS::ApiGateway::Model")
    return {name: model["Properties"]["Schema"] for name, model in found.items()}


def keywords(schema):
    """Every keyword of a schema, with the place it stands at."""
    for word, value in schema.items() if isinstance(schema, dict) else ():
        yield word, value
        parts = value.values() if word in NAMED else value if isinstance(value, list) else [value]
        for part in parts:
            yield from keywords(part)


def test_models_are_draft_4_without_what_the_gateway_refuses(template, strict):
    for schema in [*models(template("prod", BOTH)).values(), *models(strict).values()]:
        Draft4Validator.check_schema(schema)
        assert {word for word, _ in keywords(schema)} <= HONOURED
        assert ("required", []) not in keywords(schema)


def test_every_method_with_a_body_has_its_model_and_the_validator(template):
    methods = template("prod", BOTH).find_resources("AWS::ApiGateway::Method").values()
    validators = template("prod", BOTH).find_resources("AWS::ApiGateway::RequestValidator")
    every = [one["Properties"] for one in methods if one["Properties"]["Integration"]["Type"] == "AWS_PROXY"]
    own = [one for one in every if "LiveTicket" not in str(one["Integration"]["Uri"])]  # a ticket takes no body

    checked = [method for method in own if "RequestModels" in method]
    rows = [route for resource in BOTH for route in routes(resource) if route.body]
    assert sorted(tuple(method["RequestModels"]) for method in checked) == sorted(
        tuple(row.media_types) for row in rows
    )
    assert {method["HttpMethod"] for method in own if method not in checked} == {"GET", "HEAD", "DELETE"}
    for method in checked:
        assert validators[method["RequestValidatorId"]["Ref"]]["Properties"]["ValidateRequestBody"] is True


def test_the_same_rules_are_one_model(template):
    assert len(models(template("dev", ONE))) == 4  # create and replace, patch, batch, count


@pytest.mark.parametrize(
    ("resource", "route"),
    [
        pytest.param(resource, route, id=f"{resource.path} {route.name}")
        for resource in EVERY
        for route in routes(resource)
        if route.body
    ],
)
def test_the_models_accept_the_documented_examples(resource, route):
    Draft4Validator(schemas.body(route, resource)).validate(examples.sent(route, resource))


@pytest.mark.parametrize("price", ["9.99", 9.99, 0.1, 0, 120, "12345678901234567890.12", "1" * 36])
@pytest.mark.parametrize("note", [None, "", "n" * 2000])
def test_the_models_accept_what_the_functions_accept(price, note):
    body = {**PARCELS.example, "price": price, "note": note, "tags": ["a", "b"], "scans": 10**9}

    assert Parcel.parse(json.loads(json.dumps(body), parse_float=Decimal))
    Draft4Validator(schemas.body(CREATE, PARCELS)).validate(body)


def test_the_gateway_leaves_fields_to_the_functions_which_name_all_that_are_wrong(template):
    for schema in models(template("dev", ONE)).values():
        takes = Draft4Validator(schema).is_valid
        assert takes({"name": 1, "colour": "red"})
        assert not any(map(takes, ([], None, "text", 1)))


def test_a_stage_may_have_the_gateway_check_fields(strict):
    (create,) = (schema for name, schema in models(strict).items() if "Create" in name)

    assert not Draft4Validator(create).is_valid({**PARCELS.example, "colour": "red"})
    assert Draft4Validator(create).is_valid(PARCELS.example)


def test_a_limit_changed_in_the_declaration_is_changed_in_the_models():
    class Shortened(Parcel):
        name: Attr[str] = attr(min_length=1, max_length=77, examples=("A box of books",))

    changed = schemas.body(CREATE, replace(PARCELS, model=Shortened))

    assert changed["properties"]["name"]["maxLength"] == 77
