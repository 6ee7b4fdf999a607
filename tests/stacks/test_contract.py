"""The OpenAPI document matches the code; `make check` validates it as OpenAPI."""

import json
import re
from dataclasses import replace
from itertools import count
from secrets import randbelow, token_urlsafe

import pytest

from dynamodel import Attr, DeclarationError, Model, attr, key, uuid7
from lambdas.rest.declarations import RESOURCES
from lambdas.rest.operation import construct_id
from lambdas.rest.problems import PROBLEM_TYPES
from lambdas.rest.routes import routes
from stacks.contract import document as contract
from tests.support.gallery.albums import ALBUMS
from tests.support.gallery.orders import CANCEL, ORDERS
from tests.support.gallery.parcels import PARCELS, Parcel


@pytest.fixture(scope="session")
def document():
    return contract.document()


def test_the_committed_document_is_what_the_code_says(document):
    assert contract.PATH.read_text() == contract.text(document), "docs/openapi.json is not up to date: make openapi"


def test_every_route_is_in_it_with_every_method(document):
    for resource in RESOURCES:
        for route in routes(resource):
            assert {method.lower() for method in route.methods} <= document["paths"][route.full_path(resource)].keys()


def test_every_path_takes_options(document):
    assert all("options" in path for path in document["paths"].values())


def test_every_kind_of_problem_is_described(document):
    assert all(f"/docs/errors.html#{kind} " in document["info"]["description"] for kind in PROBLEM_TYPES)


def test_a_limit_changed_in_the_declaration_is_changed_in_the_document():
    class Longer(Parcel):
        name: Attr[str] = attr(min_length=1, max_length=77, examples=("A box of books",))

    changed = contract.document([replace(PARCELS, model=Longer)])

    assert changed["components"]["schemas"]["LongerCreate"]["properties"]["name"]["maxLength"] == 77


KEYS = {
    "0190a0b0-1c2d-7e3f-8a4b-5c6d7e8f9a0b": key(default_factory=uuid7),
    "A-7": key(default_factory=uuid7, examples=("A-7",)),
    "NO000000000000": key(default_factory=lambda: f"NO{randbelow(10**12):012}", pattern="NO[0-9]{12}"),
    "P0": key(default_factory=lambda: f"P{randbelow(10**6)}", pattern="P[0-9]{1,7}"),
    "000000000000": key(default_factory=lambda: token_urlsafe(9), pattern="[A-Za-z0-9_-]{12}"),
}


@pytest.mark.parametrize("example", KEYS)
def test_an_id_in_an_example_is_of_the_form_that_its_key_makes_and_the_same_every_time(example):
    class Ticket(Parcel):
        id: Attr[str] = KEYS[example]

    schemas = contract.document([replace(PARCELS, model=Ticket)])["components"]["schemas"]

    assert schemas["Ticket"]["examples"][0]["id"] == example


def test_a_key_by_whose_rules_no_id_can_be_made_needs_an_example():
    class Ticket(Parcel):
        id: Attr[str] = key(default_factory=count(1).__next__, pattern="[0-9]+[a-z]")

    with pytest.raises(DeclarationError, match=r"Ticket\.id needs examples="):
        contract.document([replace(PARCELS, model=Ticket)])


def test_a_deprecated_route_says_so():
    ending = tuple(replace(operation, deprecated="@1767225600") for operation in PARCELS.operations)

    operation = contract.document([replace(PARCELS, operations=ending)])["paths"]["/parcels"]["post"]

    assert operation["deprecated"]
    assert "Deprecation" in operation["responses"]["201"]["headers"]
    assert "deprecated" not in json.dumps(contract.document([PARCELS]))


def test_an_operation_of_a_batch_that_failed_has_the_members_of_its_problem_in_the_document():
    schemas = contract.document([PARCELS])["components"]["schemas"]
    entry = schemas["Problem"]["properties"]["errors"]["items"]["properties"]
    alone = schemas["OperationProblem"]["properties"]

    assert entry.keys() == {"pointer", *alone}
    assert alone.keys() == {"type", "title", "status", "detail", "errors"}
    assert alone["errors"]["items"]["properties"].keys() == {"pointer", "detail"}


def test_operations_are_named_by_a_verb_and_their_resource_in_one_style(document):
    named = [one["operationId"] for path in document["paths"].values() for one in path.values() if "operationId" in one]

    assert all(re.fullmatch(r"(options|(head)?[a-zA-Z][a-z]+)([A-Z0-9][a-z0-9]*)+", name) for name in named)
    verbs = {"get": "headGet", "list": "list"}
    of_resources = {
        f"{verb}{construct_id(one.path)}" for one in RESOURCES for name, verb in verbs.items() if name in one.named
    }
    assert {"getHealth", *of_resources} <= {*named}


@pytest.mark.parametrize("schema", ["Album", "AlbumCreate", "AlbumPatch"])
def test_models_of_one_class_in_two_fields_have_titles_of_their_own(schema):
    fields = contract.document((ALBUMS,))["components"]["schemas"][schema]["properties"]

    assert fields["release"]["title"] == "ReleaseRelease"
    assert "RereleaseRelease" in json.dumps(fields["rerelease"])


def test_a_model_of_an_operation_that_has_the_name_of_the_items_model_is_refused():
    class Order(Model):
        """Another order."""

    with pytest.raises(DeclarationError, match="named Order: rename a model of /orders"):
        contract.document([replace(ORDERS, operations=(replace(CANCEL, body=Order),))])
