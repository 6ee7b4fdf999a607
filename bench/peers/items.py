"""Items by boto3's client, for peers without models."""

import os
import uuid
from typing import Any

import boto3
from boto3.dynamodb.types import TypeDeserializer, TypeSerializer

TABLE = os.environ["TABLE_NAME"]
client = boto3.client("dynamodb")
pack, unpack = TypeSerializer().serialize, TypeDeserializer().deserialize


def put(body: dict[str, Any]) -> dict[str, Any]:
    """Store a new item."""
    item = {**body, "id": str(uuid.uuid4()), "version": 1}
    packed = {name: pack(value) for name, value in item.items()}
    client.put_item(TableName=TABLE, Item=packed, ConditionExpression="attribute_not_exists(id)")
    return item


def get(id: str) -> dict[str, Any] | None:  # noqa: A002 - the name of the attribute
    """Read an item."""
    reply = client.get_item(TableName=TABLE, Key={"id": {"S": id}})
    return plain(reply["Item"]) if "Item" in reply else None


def newest() -> list[dict[str, Any]]:
    """Read a page of 20."""
    reply = client.query(
        TableName=TABLE,
        IndexName="newest",
        KeyConditionExpression="newest_shard = :shard",
        ExpressionAttributeValues={":shard": {"N": "0"}},
        ScanIndexForward=False,
        Limit=20,
    )
    return [plain(item) for item in reply["Items"]]


def plain(item: dict[str, Any]) -> dict[str, Any]:
    """Return an item as JSON can hold it."""
    values = {name: unpack(value) for name, value in item.items()}
    return {name: sorted(value) if isinstance(value, set) else str(value) for name, value in values.items()}
