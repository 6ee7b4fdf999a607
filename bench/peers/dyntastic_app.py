"""dyntastic (pydantic over boto3's resource) in a bare handler."""

import json
import os
import uuid
from decimal import Decimal
from typing import Any, Literal

from boto3.dynamodb.conditions import Attr
from dyntastic import A, Dyntastic
from pydantic import Field

PACKAGES = ("dyntastic",)


class Product(Dyntastic):
    """The item."""

    __table_name__ = os.environ["TABLE_NAME"]
    __hash_key__ = "id"

    id: str = Field(default_factory=lambda: str(uuid.uuid4()))
    sku: str = Field(pattern=r"^[A-Z0-9]+(-[A-Z0-9]+)*$", min_length=3, max_length=32)
    name: str = Field(min_length=1, max_length=200)
    description: str | None = Field(default=None, max_length=2000)
    category: str = Field(pattern=r"^[a-z0-9]+(-[a-z0-9]+)*$", max_length=50)
    price: Decimal = Field(ge=0, decimal_places=2)
    status: Literal["draft", "active", "archived"] = "draft"
    tags: set[str] = Field(default_factory=set)
    stock: int = Field(default=0, ge=0)
    version: int = 1
    newest_shard: int = 0


def create(event: dict[str, Any], _context: object) -> dict[str, Any]:
    """Store an item."""
    item = Product(**json.loads(event["body"]))
    item.save(condition=Attr("id").not_exists())
    return answer(201, item.model_dump_json())


def get(event: dict[str, Any], _context: object) -> dict[str, Any]:
    """Read an item."""
    return answer(200, Product.get(event["pathParameters"]["id"]).model_dump_json())


def list_items(event: dict[str, Any], _context: object) -> dict[str, Any]:  # noqa: ARG001 - Lambda's signature
    """Read a page of 20."""
    page = Product.query(A.newest_shard == 0, index="newest", per_page=20)
    items = [item for item, _ in zip(page, range(20), strict=False)]
    return answer(200, json.dumps({"items": [item.model_dump(mode="json") for item in items]}))


def answer(status: int, body: str) -> dict[str, Any]:
    """Return the response as API Gateway expects it."""
    return {"statusCode": status, "headers": {"Content-Type": "application/json"}, "body": body}
