"""PynamoDB in a bare handler; its numbers are floats."""

import json
import os
import uuid
from typing import Any

from answer import answer
from pynamodb.attributes import NumberAttribute, UnicodeAttribute, UnicodeSetAttribute
from pynamodb.indexes import AllProjection, GlobalSecondaryIndex
from pynamodb.models import Model


class Newest(GlobalSecondaryIndex[Any]):
    """All items in order of their ids."""

    class Meta:
        """Settings of the index."""

        index_name = "newest"
        projection = AllProjection()

    newest_shard = NumberAttribute(hash_key=True)
    id = UnicodeAttribute(range_key=True)


class Product(Model):
    """The item."""

    class Meta:
        """Settings of the index."""

        table_name = os.environ["TABLE_NAME"]
        host = os.environ.get("AWS_ENDPOINT_URL")
        region = os.environ.get("AWS_REGION", "us-east-1")

    id = UnicodeAttribute(hash_key=True)
    sku = UnicodeAttribute()
    name = UnicodeAttribute()
    description = UnicodeAttribute(null=True)
    category = UnicodeAttribute()
    price = NumberAttribute()
    status = UnicodeAttribute(default="draft")
    tags = UnicodeSetAttribute(null=True)
    stock = NumberAttribute(default=0)
    created_at = UnicodeAttribute(null=True)
    updated_at = UnicodeAttribute(null=True)
    version = NumberAttribute(default=1)
    newest_shard = NumberAttribute(default=0)
    newest = Newest()


def create(event: dict[str, Any], _context: object) -> dict[str, Any]:
    """Store an item."""
    body = json.loads(event["body"])
    item = Product(id=str(uuid.uuid4()), **body | {"price": float(body["price"])})
    item.save(condition=Product.id.does_not_exist())
    return answer(201, json.dumps(item.to_simple_dict(force=True), default=list))


def get(event: dict[str, Any], _context: object) -> dict[str, Any]:
    """Read an item."""
    item = Product.get(event["pathParameters"]["id"])
    return answer(200, json.dumps(item.to_simple_dict(force=True), default=list))


def list_items(_event: object, _context: object) -> dict[str, Any]:
    """Read a page of 20."""
    items = Product.newest.query(0, scan_index_forward=False, limit=20)
    return answer(200, json.dumps({"items": [item.to_simple_dict(force=True) for item in items]}, default=list))
