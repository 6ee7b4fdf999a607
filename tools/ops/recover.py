"""Bring back what was deleted or spoilt: `make recover STAGE=prod RESOURCE=... AT=2026-01-02T03:04:05Z`.

DynamoDB restores a table as it was at any second of the last 35 days, as a new table beside the live one. What the live
one lacks is then put back, item by item, and never over an item that is there: of those that differ, a person decides.
"""

from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

from dynamodel import RESERVED, Schema, unique_markers
from lambdas.rest.declarations import BY_PATH
from stacks.names import table_id
from tools.ops.stack import stack_resources
from tools.ops.target import Clients
from tools.problem import Problem

type Item = dict[str, Any]


@dataclass
class Difference:
    """Items of the restored table that are missing in the live one, or differ there."""

    key: str  # the name of the attribute that identifies an item
    missing: list[Item] = field(default_factory=list)
    other: list[Item] = field(default_factory=list)
    taken: list[Item] = field(default_factory=list)  # missing, and another item has one of their unique values now
    put_back: int = 0

    def __str__(self) -> str:
        """Report what was found, and done."""
        parts = [f"{len(self.missing)} items are missing, {self.put_back} of them put back"]
        parts += [f"{len(self.other)} differ and were left as they are: {self.names(self.other)}"] if self.other else []
        parts += [f"unique values of {self.names(self.taken)} are taken: these were not put back"] if self.taken else []
        return "; ".join(parts)

    def names(self, found: list[Item]) -> str:
        """Return the first of them, by their keys."""
        return ", ".join(str(*item[self.key].values()) for item in found[:10])


def restore(dynamodb: Any, table: str, at: datetime) -> str:
    """Restore a table to a time, beside the live one; return its name as soon as it can be read."""
    restored = f"{table[:230]}-{at:%Y%m%dT%H%M%S}"
    try:
        dynamodb.restore_table_to_point_in_time(
            SourceTableName=table,
            TargetTableName=restored,
            RestoreDateTime=at,
            GlobalSecondaryIndexOverride=[],  # it is only scanned: without indexes it is there sooner, and costs less
        )
    except dynamodb.exceptions.PointInTimeRecoveryUnavailableException:
        raise Problem(f"{table} keeps no history: point-in-time recovery is on where a stage keeps its data.") from None
    except dynamodb.exceptions.InvalidRestoreTimeException as error:
        raise Problem(f"{table} cannot be restored as of {at:%Y-%m-%dT%H:%M:%SZ}: {error}") from None
    except dynamodb.exceptions.TableAlreadyExistsException:
        pass  # an earlier run was interrupted
    dynamodb.get_waiter("table_exists").wait(TableName=restored, WaiterConfig={"Delay": 20, "MaxAttempts": 1080})
    return restored


def compare(dynamodb: Any, restored: str, live: str) -> Difference:
    """Read both tables whole and return what the live one lacks."""
    keys = [one["AttributeName"] for one in dynamodb.describe_table(TableName=live)["Table"]["KeySchema"]]
    now = {key_of(item, keys): item for item in items(dynamodb, live, keys[0])}
    difference = Difference(keys[0])
    for item in items(dynamodb, restored, keys[0]):
        if key_of(item, keys) not in now:
            difference.missing.append(item)
        elif now[key_of(item, keys)] != item:
            difference.other.append(item)
    return difference


def put_back(dynamodb: Any, live: str, schema: Schema[Any], difference: Difference) -> None:
    """Write what is missing, with the markers of its unique values, unless somebody has just written either."""
    absent = {
        "TableName": live,
        "ConditionExpression": "attribute_not_exists(#key)",
        "ExpressionAttributeNames": {"#key": schema.keys[0][0]},
    }
    for item in difference.missing:
        written = (item, *unique_markers(schema, item))
        try:
            dynamodb.transact_write_items(TransactItems=[{"Put": {"Item": one, **absent}} for one in written])
        except dynamodb.exceptions.TransactionCanceledException as error:
            refused = [one["Code"] == "ConditionalCheckFailed" for one in error.response["CancellationReasons"]]
            if not any(refused):
                raise
            if not refused[0]:  # else the item itself is there again
                difference.taken.append(item)
        else:
            difference.put_back += 1


def items(dynamodb: Any, table: str, key: str) -> Iterator[Item]:
    """Yield the items of a table: no markers, which come back with their items alone, and no recorded responses."""
    for page in dynamodb.get_paginator("scan").paginate(TableName=table, ConsistentRead=True):
        yield from (item for item in page["Items"] if not item[key].get("S", "").startswith(RESERVED))


def key_of(item: Item, keys: list[str]) -> str:
    """Return the item's key, to look it up by."""
    return str([item[name] for name in keys])


def recover(clients: Clients, stack: str, resource: str, at: str, *, write: bool) -> str:
    """Restore, compare, and put back what is missing if asked to; report what was found and what to do next."""
    refuse_missing(resource, at)
    try:
        moment = datetime.fromisoformat(at)
    except ValueError:
        raise Problem(f"AT={at} is not a time: use AT=2026-01-02T03:04:05Z.") from None
    moment = moment if moment.tzinfo else moment.replace(tzinfo=UTC)
    dynamodb, live = clients("dynamodb"), table_of(clients("cloudformation"), stack, resource)
    created_at = dynamodb.describe_table(TableName=live)["Table"]["CreationDateTime"]
    if moment < created_at:
        first = f"{created_at.astimezone(UTC):%Y-%m-%dT%H:%M:%SZ}"
        raise Problem(f"AT={at} is before the table of {resource} existed: it was created at {first}.")
    restored = restore(dynamodb, live, moment)
    difference = compare(dynamodb, restored, live)
    if write:
        put_back(dynamodb, live, BY_PATH[resource].model.schema, difference)
    again = "" if write or not difference.missing else "; put back what is missing with YES=1"
    return f"{difference}{again}\nwhen you are done: aws dynamodb delete-table --table-name {restored}"


def refuse_missing(resource: str, at: str) -> None:
    """Raise a Problem that says which arguments are missing, and what they look like."""
    given = {"RESOURCE": resource, "AT": at}
    if missing := [name for name, value in given.items() if not value]:
        verb = "is" if len(missing) == 1 else "are"
        example = f"RESOURCE={resource or next(iter(BY_PATH), '')} AT={at or '2026-01-02T03:04:05Z'}"
        raise Problem(f"{' and '.join(missing)} {verb} missing: make recover STAGE=... {example}")


def table_of(cloudformation: Any, stack: str, resource: str) -> str:
    """Return the name of a resource's live table. Raises Problem for an unknown resource."""
    if resource not in BY_PATH:
        raise Problem(f"RESOURCE={resource} is not a resource: use {' or '.join(BY_PATH)}.")
    return next(
        one.physical_id
        for one in stack_resources(cloudformation, stack)
        if one.kind == "AWS::DynamoDB::GlobalTable" and one.logical_id[:-8] == table_id(resource)
    )
