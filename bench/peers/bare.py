"""A handler with nothing but boto3: the least that a function can do."""

import json
from decimal import Decimal
from typing import Any

import items
from answer import answer


def create(event: dict[str, Any], _context: object) -> dict[str, Any]:
    """Store an item."""
    item = items.put(json.loads(event["body"], parse_float=Decimal))
    return answer(201, json.dumps(item, default=str))


def get(event: dict[str, Any], _context: object) -> dict[str, Any]:
    """Read an item."""
    item = items.get(event["pathParameters"]["id"])
    return answer(200, json.dumps(item)) if item else answer(404, '{"message": "not found"}')


def list_items(_event: object, _context: object) -> dict[str, Any]:
    """Read a page of 20."""
    return answer(200, json.dumps({"items": items.newest()}))
