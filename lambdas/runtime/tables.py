"""The connection to DynamoDB: one client, and a table of each model, kept between invocations."""

import json
from dataclasses import replace
from functools import cache
from typing import TYPE_CHECKING, Any

from dynamodel import Model, Table
from lambdas.runtime.clients import make_client
from lambdas.runtime.environment import Environment

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient


tables: dict[tuple[type[Model], str], Table[Any]] = {}


def table[M: Model](model: type[M], settings: Environment) -> Table[M]:
    """Return the function's table, for items of the model."""
    place = (model, settings.table_name)
    if place not in tables:
        tables[place] = Table(model, client(), settings.table_name, secret=settings.cursor_key.encode())
    return tables[place]


def table_of[M: Model](model: type[M]) -> Table[M]:
    """Return the table of a resource's model, for a worker that declares it; it holds the items of all owners."""
    settings = Environment.read()
    for name, module in json.loads(settings.tables or "{}").items():
        if module == model.__module__:
            return table(model, replace(settings, table_name=name))
    raise LookupError(f'The worker declares no table of {model.__name__}: tables={{"<path>": ("GetItem",)}}.')


@cache
def client() -> "DynamoDBClient":
    """Return DynamoDB's client."""
    client: DynamoDBClient = make_client("dynamodb")
    return client
