"""Generated clients of products do what an application does, on a deployed stack."""

import importlib
from http import HTTPStatus
from pathlib import Path
from secrets import token_hex

import pytest

pytestmark = pytest.mark.checkers


@pytest.fixture
def products(python_client):
    """Call an operation: products("get", id=...)."""

    def send(name, **arguments):
        module = importlib.import_module(f"generated_client.api.products.{name}_products")
        return module.sync_detailed(client=python_client, **arguments)

    return send


@pytest.fixture
def models(python_client):  # noqa: ARG001 - which makes the package importable
    """The generated classes of bodies."""
    return importlib.import_module("generated_client.models")


@pytest.fixture
def create(products, models):
    """Create an item in a category of its own."""
    category = f"c-{token_hex(4)}"

    def create(price="9.99"):
        sku = f"CLIENT-{token_hex(6).upper()}"
        return products("create", body=models.ProductCreate(sku=sku, name="A book", category=category, price=price))

    return create


def test_python_reads_what_it_created(create, products, models):
    created = create(price=19.99)

    found = products("get", id=created.parsed.id)

    assert created.status_code == HTTPStatus.CREATED
    assert isinstance(found.parsed, models.Product)
    assert found.parsed == created.parsed
    assert found.parsed.price == "19.99"


def test_python_lists_two_pages_and_selects_fields(create, products, models):
    items = [create(price=price).parsed for price in ("1", "2", "3")]
    fields = [models.ListProductsFieldsItem.ID, models.ListProductsFieldsItem.SKU]

    first = products("list", category=items[0].category, limit=2, fields=fields)
    second = products("list", category=items[0].category, limit=2, fields=fields, cursor=first.parsed.next_)

    listed = [*first.parsed.items, *second.parsed.items]
    assert (len(first.parsed.items), second.parsed.next_) == (2, None)
    assert [one.to_dict() for one in listed] == [{"id": item.id, "sku": item.sku} for item in items]


def test_python_patches_the_version_it_knows_and_gets_a_typed_problem_for_an_older_one(create, products, models):
    created = create()
    patch = models.ProductPatch(name="Another book")

    patched = products("patch", id=created.parsed.id, body=patch, if_match=created.headers["ETag"])
    refused = products("patch", id=created.parsed.id, body=patch, if_match=created.headers["ETag"])

    assert (patched.parsed.name, patched.headers["ETag"]) == ("Another book", '"2"')
    assert isinstance(refused.parsed, models.PatchProductsResponse412)
    assert refused.parsed.type_.value == "/docs/errors.html#precondition-failed"
    assert refused.parsed.status.value == HTTPStatus.PRECONDITION_FAILED


def test_python_gets_each_violation_of_a_body(products, models):
    body = models.ProductCreate(sku="x", name="", category="books", price="1")

    refused = products("create", body=body)

    assert isinstance(refused.parsed, models.CreateProductsResponse400)
    assert {error.pointer for error in refused.parsed.errors} == {"/sku", "/name"}


def test_typescript_does_the_same(run_typescript):
    told = run_typescript(Path(__file__).with_name("client.ts"))

    assert told == {
        "created": 201,
        "found": "19.99",
        "pages": [2, 1],
        "selected": ["id", "sku"],
        "patched": ["Another book", '"2"'],
        "refused": [412, "/docs/errors.html#precondition-failed"],
        "missing": "The item does not exist.",
    }
