"""The connection to DynamoDB: one client, and a table of each model, kept between invocations."""

import json
from functools import cache
from typing import TYPE_CHECKING, Any

from dynamodel import Attr, Model, Table, key
from lambdas.runtime.clients import make_client
from lambdas.runtime.environment import Environment

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient


tables: dict[tuple[type[Model], str, str], Table[Any]] = {}


def table[M: Model](model: type[M], settings: Environment) -> Table[M]:
    """Return the function's table, for items of the model."""
    place = (model, settings.table_name, settings.related)
    if place not in tables:
        secret, related = settings.cursor_key.encode(), related_tables(settings)
        tables[place] = Table(model, client(), settings.table_name, secret=secret, related=related)
    return tables[place]


def table_beside[M: Model](model: type[M], items: type[Model], settings: Environment) -> Table[M]:
    """Return the function's table, for records of a hidden model beside its items; the table's key has one name."""
    return table(keyed_as(model, items.schema.keys[0][0]), settings)  # type: ignore[arg-type] # classes are hashable


@cache
def keyed_as[M: Model](model: type[M], name: str) -> type[M]:
    """Return the hidden model with its key, `id`, stored under a name."""
    if model.schema.keys[0][0] == name:
        return model
    members = {"__annotations__": {"id": Attr[str]}, "id": key(stored=name)}
    renamed: type[M] = type(model.__name__, (model,), members, hidden=True)
    return renamed


def table_of[M: Model](model: type[M]) -> Table[M]:
    """Return the table of a resource's model, for a worker that declares it; it holds the items of all owners."""
    settings = Environment.read()
    related = json.dumps({module: name for name, module in settings.modules.items()})
    for name, module in settings.modules.items():
        if module == model.__module__:
            return table(model, settings._replace(table_name=name, related=related))
    raise LookupError(f'The worker declares no table of {model.__name__}: tables={{"<path>": ("GetItem",)}}.')


def related_tables(settings: Environment) -> dict[type[Model], str]:
    """Return the tables of the models that the function's model is related to, where it has to look at them."""
    if not settings.related:
        return {}
    from lambdas.rest.resource import load

    return {load(module).model: name for module, name in json.loads(settings.related).items()}


@cache
def client() -> "DynamoDBClient":
    """Return DynamoDB's client."""
    client: DynamoDBClient = make_client("dynamodb")
    return client
