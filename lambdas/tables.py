"""The connection to DynamoDB: one client, and a table of each model, kept between invocations."""

import os
from functools import cache
from typing import TYPE_CHECKING, Any

import boto3

from lambdas.dynamodel import Model, Table

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient


tables: dict[tuple[type[Model], str], Table[Any]] = {}


def table[M: Model](model: type[M], name: str) -> Table[M]:
    """The table of that name, as one that holds items of the model."""
    if (model, name) not in tables:
        tables[model, name] = Table(model, client(), name, secret=os.environ["CURSOR_KEY"].encode())
    return tables[model, name]


@cache
def client() -> "DynamoDBClient":
    """DynamoDB's client."""
    return boto3.client("dynamodb")
