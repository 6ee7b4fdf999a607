"""A handler with nothing but boto3: the least that a function can do."""

import json
import os
import uuid
from typing import Any

import boto3
from boto3.dynamodb.types import TypeDeserializer, TypeSerializer

PACKAGES = ("boto3",)
TABLE = os.environ["TABLE_NAME"]
client = boto3.client("dynamodb")
pack, unpack = TypeSerializer().serialize, TypeDeserializer().deserialize


def create(event: dict[str, Any], _context: object) -> dict[str, Any]:
    """Store an item."""
    from decimal import Decimal

    item = {**json.loads(event["body"], parse_float=Decimal), "id": str(uuid.uuid4()), "version": 1}
    packed = {name: pack(value) for name, value in item.items()}
    client.put_item(TableName=TABLE, Item=packed, ConditionExpression="attribute_not_exists(id)")
    return answer(201, item)


def get(event: dict[str, Any], _context: object) -> dict[str, Any]:
    """Read an item."""
    reply = client.get_item(TableName=TABLE, Key={"id": {"S": event["pathParameters"]["id"]}})
    if "Item" not in reply:
        return answer(404, {"message": "not found"})
    return answer(200, {name: unpack(value) for name, value in reply["Item"].items()})


def list_items(event: dict[str, Any], _context: object) -> dict[str, Any]:  # noqa: ARG001 - Lambda's signature
    """Read a page of 20."""
    reply = client.query(
        TableName=TABLE,
        IndexName="newest",
        KeyConditionExpression="newest_shard = :shard",
        ExpressionAttributeValues={":shard": {"N": "0"}},
        ScanIndexForward=False,
        Limit=20,
    )
    return answer(200, {"items": [{name: unpack(value) for name, value in item.items()} for item in reply["Items"]]})


def answer(status: int, body: Any) -> dict[str, Any]:
    """Return the response as API Gateway expects it."""
    headers = {"Content-Type": "application/json"}
    return {"statusCode": status, "headers": headers, "body": json.dumps(body, default=plain)}


def plain(value: Any) -> Any:
    """Return a set as a list, a Decimal as text."""
    return sorted(value) if isinstance(value, set) else str(value)
