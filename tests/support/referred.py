"""Items for the references of a resource, stored before its stories."""

from collections.abc import Callable, Sequence
from typing import Any

from lambdas.rest.relations import references, referring
from lambdas.rest.resource import Resource

REFERRED = tuple(f"referred-{number}" for number in range(8))  # their ids


def related(resource: Resource, resources: Sequence[Resource]) -> list[Resource]:
    """Return the resources that a resource refers to, and those that refer to it."""
    others = [one.target for one in references(resource)] + [one.source for one in referring(resource, resources)]
    return [other for other in dict.fromkeys(others) if other is not resource]


def store_referred(dynamodb: Any, resource: Resource, table_of: Callable[[Resource], str]) -> None:
    """Store the items that stories refer to, with their keys only, so that no index lists them."""
    for one in references(resource):
        schema = one.target.model.schema
        for key in (*REFERRED, *one.attribute.examples):
            dynamodb.put_item(TableName=table_of(one.target), Item={**schema.key(key), **schema.tagged})
