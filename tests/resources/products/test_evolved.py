"""Items that the code of 010a371 wrote, under a declaration that has changed since: over HTTP, and as events."""

import json
import os
from pathlib import Path

import pytest

from dynamodel import Table
from lambdas.events.change import read
from tests.resources.products.evolved import ARTICLES, Article
from tools.ops.migrate import Migration

pytestmark = pytest.mark.resources(ARTICLES)
STORED = json.loads(Path(__file__).with_name("stored.json").read_text())
PRODUCTS = [item for item in STORED if "sku" in item]
IDS = [item["id"]["S"] for item in PRODUCTS]


@pytest.fixture
def stored(gateway, dynamodb):  # noqa: ARG001
    """The items, as they were written."""
    for item in STORED:
        dynamodb.put_item(TableName=os.environ["TABLE_NAME"], Item=item)


@pytest.fixture
def mended(stored, call):  # noqa: ARG001
    """The items, with the field that each must have now."""
    for key in IDS:
        assert call("PATCH", f"articles/{key}", {"maker": "Acme"}).status == 200


def test_a_list_names_the_items_that_lack_a_required_field(stored, call):  # noqa: ARG001
    page = call("GET", "articles").json

    assert page["items"] == []
    assert sorted(key["id"] for key in page["unreadable"]) == sorted(IDS)


def test_a_change_of_another_field_is_not_made_until_the_item_is_repaired(stored, call, dynamodb):  # noqa: ARG001
    assert call("PATCH", f"articles/{IDS[0]}", {"status": "sold"}).status == 500

    key = {"id": {"S": IDS[0]}}
    assert dynamodb.get_item(TableName=os.environ["TABLE_NAME"], Key=key)["Item"] == PRODUCTS[0]


def test_repaired_items_are_read_listed_filtered_and_updated(mended, call):  # noqa: ARG001
    item = call("GET", f"articles/{IDS[0]}").json
    new = {name: item[name] for name in ("number", "colour", "label", "maker", "version")}
    assert new == {"number": "OLD-0", "colour": "blue", "label": "OLD-0 Old 0", "maker": "Acme", "version": 2}

    assert [one["id"] for one in call("GET", "articles").json["items"]] == IDS[::-1]
    assert [one["id"] for one in call("GET", "articles?category=books").json["items"]] == [IDS[1]]
    assert call("PATCH", f"articles/{IDS[0]}", {"price": None, "status": "sold"}).json["price"] is None
    assert call("POST", f"articles/{IDS[0]}/stock", {"delta": 2}).json["stock"] == 2


def test_unique_values_are_still_taken_under_the_new_names(mended, call, example):  # noqa: ARG001
    body = example | {"number": "OLD-1"}

    assert call("POST", "articles", body).status == 409
    assert call("PATCH", f"articles/{IDS[1]}", {"number": "NEW-1"}).status == 200
    assert call("POST", "articles", body).status == 201


def test_a_deleted_item_is_gone_with_its_unique_value(stored, call, example):  # noqa: ARG001
    assert call("DELETE", f"articles/{IDS[2]}").status == 204

    assert call("POST", "articles", example | {"number": "OLD-2"}).status == 201


def test_items_are_migrated_by_the_function_of_the_resource_too(stored, call, example, dynamodb, tmp_path):  # noqa: ARG001
    table = Table(Article, dynamodb, os.environ["TABLE_NAME"])

    def make(item):
        return item | {"maker": {"S": "Acme"}}

    assert Migration(table, make, write=True, positions=tmp_path).run() == "3 items read, 3 written"

    assert [one["id"] for one in call("GET", "articles").json["items"]] == IDS[::-1]
    assert [item.label for item in table.iterate_scan(filter=Article.maker == "Acme", limit=1)]
    assert call("GET", f"articles/{IDS[0]}").json["version"] == 2
    assert call("POST", "articles", example | {"number": "OLD-0"}).status == 409


def test_changes_of_such_items_are_events_of_the_new_declaration():
    old = PRODUCTS[0]
    record = {
        "eventID": "1",
        "eventName": "MODIFY",
        "dynamodb": {
            "ApproximateCreationDateTime": 1767225600,
            "SequenceNumber": "1",
            "Keys": {"id": old["id"]},
            "OldImage": old,
            "NewImage": {**old, "maker": {"S": "Acme"}},
        },
    }

    change = read(record, ARTICLES)

    assert (change.type, change.key) == ("article.updated", {"id": IDS[0]})
    assert ("maker" in change.old, change.new["maker"], change.new["colour"]) == (False, "Acme", "blue")
    assert Article.schema.name == "Article"
