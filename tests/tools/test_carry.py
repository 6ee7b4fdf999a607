"""`make run` keeps the items of tables that the emulator replaces."""

from dataclasses import replace

import boto3
import pytest
from moto import mock_aws

from dynamodel import Attr, Index, attr
from tests.support.gallery.parcels import PARCELS, Parcel
from tools.dev import carry
from tools.ops.stack import StackResource
from tools.problem import Problem


class Indexed(Parcel):
    """The same things, with an attribute and an index more."""

    depot: Attr[str] = attr(default="north")

    by_depot = Index(depot, sort=Parcel.due)


CHANGED = replace(PARCELS, model=Indexed)
DEPLOYED = [StackResource(carry.TABLE, "ParcelsTable57E0FB8D", "before")]
AFTER = [StackResource(carry.TABLE, "ParcelsTable57E0FB8D", "after")]
ITEMS = [{"id": {"S": "1"}, "photo": {"B": b"\x00\xff"}}, {"id": {"S": "~unique"}}]


@pytest.fixture
def dynamodb():
    with mock_aws():
        client = boto3.client("dynamodb")
        client.create_table(**PARCELS.model.schema.create_table("before"))
        client.create_table(**CHANGED.model.schema.create_table("after"))
        for item in ITEMS:
            client.put_item(TableName="before", Item=item)
        yield client


def test_items_of_a_table_whose_indexes_change_are_in_the_new_one(dynamodb, tmp_path):
    saved = carry.save(dynamodb, DEPLOYED, [CHANGED], tmp_path)
    dynamodb.delete_table(TableName="before")

    told = carry.put_back(dynamodb, AFTER, [CHANGED], tmp_path)

    assert (saved, told) == (["parcels"], ["2 items of parcels"])
    assert sorted(dynamodb.scan(TableName="after")["Items"], key=str) == sorted(ITEMS, key=str)
    assert [*tmp_path.iterdir()] == []


def test_a_table_that_stays_is_left_alone(dynamodb, tmp_path):
    assert carry.save(dynamodb, DEPLOYED, [PARCELS], tmp_path) == []
    assert carry.put_back(dynamodb, DEPLOYED, [PARCELS], tmp_path) == []


def test_items_whose_resource_is_no_longer_declared_are_named_before_they_are_lost(dynamodb):
    with pytest.raises(Problem, match=r"ParcelsTable57E0FB8D: 2 items\nTo lose them: make run YES=1"):
        carry.refuse_deletion(dynamodb, DEPLOYED, [])
    carry.refuse_deletion(dynamodb, DEPLOYED, [PARCELS])
