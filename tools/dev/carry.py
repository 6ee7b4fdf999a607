"""Keep local items across a deploy: the emulator replaces a table whose keys or indexes change, and loses its items.

AWS adds an index in place. Here the items are saved to files before the deploy and written into the new table after it.
"""

import json
from base64 import b64decode, b64encode
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any

from lambdas.rest.resource import Resource
from stacks.names import table_id
from tools.ops.stack import StackResource, stack_resources
from tools.ops.target import describe
from tools.problem import Problem

TABLE = "AWS::DynamoDB::GlobalTable"

type Item = dict[str, Any]


def tables(cloudformation: Any, stack: str) -> list[StackResource]:
    """Return the tables that are deployed; none where there is no stack."""
    if not describe(cloudformation, stack):
        return []
    return [one for one in stack_resources(cloudformation, stack) if one.kind == TABLE and one.physical_id]


def save(dynamodb: Any, deployed: Iterable[StackResource], resources: Iterable[Resource], folder: Path) -> list[str]:
    """Write the items of each table that will be replaced to a file; return the paths of their resources."""
    found = {table_id(one.path): one for one in resources}
    saved = []
    for table in deployed:
        resource = found.get(table.logical_id[:-8])  # without the hash of the CDK
        replaced = resource and is_replaced(dynamodb, table.physical_id, resource)
        if resource and replaced and (items := [*scan(dynamodb, table.physical_id)]):
            folder.mkdir(parents=True, exist_ok=True)
            file_of(folder, resource).write_text(json.dumps(items, default=encoded))
            saved.append(resource.path)
    return saved


def put_back(
    dynamodb: Any, deployed: Iterable[StackResource], resources: Iterable[Resource], folder: Path
) -> list[str]:
    """Write saved items into the new tables, also those of a run that was interrupted; return how many, by resource."""
    names = {table.logical_id[:-8]: table.physical_id for table in deployed}
    restored = []
    for resource in resources:
        name, file = names.get(table_id(resource.path)), file_of(folder, resource)
        if name and file.exists():
            items = json.loads(file.read_text(), object_hook=decoded)
            for item in items:
                dynamodb.put_item(TableName=name, Item=item)
            file.unlink()
            restored.append(f"{len(items)} items of {resource.path}")
    return restored


def refuse_deletion(dynamodb: Any, deployed: Iterable[StackResource], resources: Iterable[Resource]) -> None:
    """Raise a Problem that names the tables with items whose resource is no longer declared: they would be deleted."""
    declared = {table_id(one.path) for one in resources}
    lost = [
        f"  {table.logical_id}: {count} items"
        for table in deployed
        if table.logical_id[:-8] not in declared and (count := sum(1 for _ in scan(dynamodb, table.physical_id)))
    ]
    if lost:
        raise Problem(
            "Nothing was deployed: these tables belong to no declared resource, and their items would be lost.\n"
            + "\n".join(lost)
            + "\nTo lose them: make run YES=1"
        )


def is_replaced(dynamodb: Any, name: str, resource: Resource) -> bool:
    """Return whether the declaration has other keys or indexes than the table."""
    deployed, declared = dynamodb.describe_table(TableName=name)["Table"], resource.model.schema.create_table(name)
    return bool(layout(deployed) != layout(declared))


def layout(table: dict[str, Any]) -> Any:
    """Return the keys of a table and of its indexes, with their types."""
    types = {one["AttributeName"]: one["AttributeType"] for one in table["AttributeDefinitions"]}
    indexes = {one["IndexName"]: one["KeySchema"] for one in table.get("GlobalSecondaryIndexes") or ()}
    return {
        name: [(key["AttributeName"], key["KeyType"], types[key["AttributeName"]]) for key in keys]
        for name, keys in {"": table["KeySchema"], **indexes}.items()
    }


def scan(dynamodb: Any, name: str) -> Iterator[Item]:
    """Yield all that a table holds, markers of unique values and records included."""
    for page in dynamodb.get_paginator("scan").paginate(TableName=name, ConsistentRead=True):
        yield from page["Items"]


def file_of(folder: Path, resource: Resource) -> Path:
    """Return the file of a resource's saved items."""
    return folder / f"{resource.path}.json"


def encoded(value: bytes) -> dict[str, str]:
    """Return bytes as a JSON object."""
    return {"base64": b64encode(value).decode()}


def decoded(value: dict[str, Any]) -> Any:
    """Return bytes for what `encoded` wrote."""
    return b64decode(value["base64"]) if value.keys() == {"base64"} else value
