"""The connection to DynamoDB: one client, and a table of each model, kept between invocations."""

from functools import cache
from typing import TYPE_CHECKING, Any

from dynamodel import Model, Table
from lambdas.runtime.clients import make_client
from lambdas.runtime.environment import Environment

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient


tables: dict[tuple[type[Model], str], Table[Any]] = {}


def table[M: Model](model: type[M], name: str) -> Table[M]:
    """The table of that name, as one that holds items of the model."""
    if (model, name) not in tables:
        tables[model, name] = Table(model, client(), name, secret=Environment.read().cursor_key.encode())
    return tables[model, name]


@cache
def client() -> "DynamoDBClient":
    """DynamoDB's client."""
    client: DynamoDBClient = make_client("dynamodb")
    return client
