"""Promises of this example: to those who call it, and to those whose data is in its table."""

import json
from pathlib import Path

import pytest

from lambdas.resources.products import PRODUCTS
from stacks.contract import live
from stacks.contract.breaking import breaks, breaks_live
from stacks.contract.document import document, info
from tests.support.templates import keys_and_indexes

PINNED = {
    "ProductsTableEB101A78": {
        "KeySchema": [{"AttributeName": "id", "KeyType": "HASH"}],
        "GlobalSecondaryIndexes": {
            "newest": [
                {"AttributeName": "newest_shard", "KeyType": "HASH"},
                {"AttributeName": "id", "KeyType": "RANGE"},
            ],
            "by_category": [
                {"AttributeName": "category", "KeyType": "HASH"},
                {"AttributeName": "price", "KeyType": "RANGE"},
            ],
        },
    }
}


@pytest.mark.parametrize("stage", ["local", "dev", "prod"])
def test_the_table_keeps_its_logical_id_its_key_and_its_indexes(template, stage):
    assert keys_and_indexes(template(stage)).items() >= PINNED.items()


def released(name):
    return json.loads(Path(__file__).with_name(name).read_text())


def test_nothing_breaks_clients_of_the_released_contract():
    assert [*breaks(released("openapi.released.json"), document())] == []
    assert [*breaks_live(released("asyncapi.released.json"), live.asyncapi([PRODUCTS], info()))] == []
