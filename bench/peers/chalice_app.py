"""Chalice, with boto3's client; it validates nothing."""

import os
import uuid
from typing import Any

import boto3
from boto3.dynamodb.types import TypeDeserializer, TypeSerializer
from chalice import Chalice, NotFoundError, Response

PACKAGES = ("boto3", "chalice", "setuptools<81")
TABLE = os.environ["TABLE_NAME"]
app = Chalice(app_name="bench")
client = boto3.client("dynamodb")
pack, unpack = TypeSerializer().serialize, TypeDeserializer().deserialize


@app.route("/products", methods=["POST"])
def create_product() -> Response:
    """Store an item."""
    item = {**app.current_request.json_body, "id": str(uuid.uuid4()), "version": 1}
    packed = {name: pack(value) for name, value in item.items()}
    client.put_item(TableName=TABLE, Item=packed, ConditionExpression="attribute_not_exists(id)")
    return Response(item, status_code=201)


@app.route("/products/{id}")
def get_product(id: str) -> Any:  # noqa: A002 - the name of the path parameter
    """Read an item."""
    reply = client.get_item(TableName=TABLE, Key={"id": {"S": id}})
    if "Item" not in reply:
        raise NotFoundError
    return plain(reply["Item"])


@app.route("/products")
def list_products() -> Any:
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


create = get = list_items = app
