"""dyntastic (pydantic over boto3's resource) in a bare handler."""

import json
import os
import uuid
from typing import Any

import fields
from answer import answer
from boto3.dynamodb.conditions import Attr
from dyntastic import A, Dyntastic
from pydantic import Field


class Product(fields.Product, Dyntastic):
    """The item."""

    __table_name__ = os.environ["TABLE_NAME"]
    __hash_key__ = "id"

    id: str = Field(default_factory=lambda: str(uuid.uuid4()))
    tags: set[str] = Field(default_factory=set)
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


def list_items(_event: object, _context: object) -> dict[str, Any]:
    """Read a page of 20."""
    page = Product.query(A.newest_shard == 0, index="newest", per_page=20)
    items = [item for item, _ in zip(page, range(20), strict=False)]
    return answer(200, json.dumps({"items": [item.model_dump(mode="json") for item in items]}))
