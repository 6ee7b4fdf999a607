"""The connection to DynamoDB: one client, and a table of each model, kept between invocations."""

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


@cache
def client() -> "DynamoDBClient":
    """Return DynamoDB's client."""
    client: DynamoDBClient = make_client("dynamodb")
    return client
