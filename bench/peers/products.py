"""Products by pydantic and boto3's resource, for frameworks that bring neither."""

import os
import uuid

import boto3
from boto3.dynamodb.conditions import Attr, Key
from fields import Product

table = boto3.resource("dynamodb").Table(os.environ["TABLE_NAME"])


class Stored(Product):
    """An answer."""

    id: str
    version: int


def put(product: Product) -> Stored:
    """Store a new item."""
    item = {**product.model_dump(exclude_none=True), "id": str(uuid.uuid4()), "version": 1}
    table.put_item(Item=item, ConditionExpression=Attr("id").not_exists())
    return Stored(**item)


def get(id: str) -> Stored | None:  # noqa: A002 - the name of the attribute
    """Read an item."""
    item = table.get_item(Key={"id": id}).get("Item")
    return Stored(**item) if item else None


def newest() -> list[Stored]:
    """Read a page of 20."""
    reply = table.query(
        IndexName="newest", KeyConditionExpression=Key("newest_shard").eq(0), ScanIndexForward=False, Limit=20
    )
    return [Stored(**item) for item in reply["Items"]]
