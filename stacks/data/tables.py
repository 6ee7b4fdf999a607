"""A table and its indexes, read from the declaration of its model."""

from collections.abc import Mapping
from typing import Any

from aws_cdk import RemovalPolicy, Stack, aws_dynamodb as dynamodb
from constructs import Construct

from dynamodel import Index, Model, Schema
from lambdas.rest.resource import EXPIRES, Resource
from stacks.data.keys import data_key
from stacks.stage import Stage

RECOVERY_DAYS = 35  # the longest that DynamoDB offers
TYPES = {
    "S": dynamodb.AttributeType.STRING,
    "N": dynamodb.AttributeType.NUMBER,
    "B": dynamodb.AttributeType.BINARY,
}


class Table(dynamodb.TableV2):
    """A model's table; a global table of one region, which can be given more without being replaced."""

    def __init__(self, scope: Construct, id: str, *, model: type[Model], stage: Stage) -> None:  # noqa: A002 - CDK's own name
        """Make the table with the keys and indexes that the model declares."""
        schema = model.schema
        indexes = schema.indexes.values()
        key = data_key(scope, stage)
        super().__init__(
            scope,
            id,
            **keys(schema.keys),
            global_secondary_indexes=[global_index(schema, index) for index in indexes if not index.local],
            local_secondary_indexes=[local_index(schema, index) for index in indexes if index.local],
            time_to_live_attribute=EXPIRES,
            # DynamoDB's own key, which costs nothing, or the stack's, with one of yours for each replica's region
            encryption=dynamodb.TableEncryptionV2.customer_managed_key(key, dict(stage.replica_keys)) if key else None,
            replicas=[dynamodb.ReplicaTableProps(region=region) for region in stage.replica_regions],
            dynamo_stream=dynamodb.StreamViewType.NEW_AND_OLD_IMAGES,
            removal_policy=RemovalPolicy.RETAIN if stage.keep_data else RemovalPolicy.DESTROY,
            deletion_protection=stage.keep_data,
            point_in_time_recovery_specification=dynamodb.PointInTimeRecoverySpecification(
                point_in_time_recovery_enabled=stage.keep_data,
                recovery_period_in_days=RECOVERY_DAYS if stage.keep_data else None,
            ),
        )


def keys(declared: tuple[tuple[str, str], ...]) -> dict[str, Any]:
    """Return the partition key and, if there is one, the sort key."""
    return dict(zip(("partition_key", "sort_key"), attributes(declared), strict=False))


def attributes(declared: tuple[tuple[str, str], ...]) -> list[dynamodb.Attribute]:
    """Return the attributes of keys."""
    return [dynamodb.Attribute(name=name, type=TYPES[kind]) for name, kind in declared]


def global_index(schema: Schema[Any], index: Index) -> dynamodb.GlobalSecondaryIndexPropsV2:
    """Describe an index with a hash key of its own."""
    declared, hashes = attributes(schema.index_keys(index)), len(index.hash) or 1  # a shard is a hash key, too
    return dynamodb.GlobalSecondaryIndexPropsV2(
        index_name=index.name,
        partition_keys=declared[:hashes],
        sort_keys=declared[hashes:],
        **projection(schema, index),
    )


def local_index(schema: Schema[Any], index: Index) -> dynamodb.LocalSecondaryIndexProps:
    """Describe an index that shares the table's hash key."""
    _, sort_key = attributes(schema.index_keys(index))
    return dynamodb.LocalSecondaryIndexProps(index_name=index.name, sort_key=sort_key, **projection(schema, index))


def projection(schema: Schema[Any], index: Index) -> dict[str, Any]:
    """Return the projection of an index."""
    copied = schema.projection(index)
    if isinstance(copied, tuple):
        return {"projection_type": dynamodb.ProjectionType.INCLUDE, "non_key_attributes": list(copied)}
    return {"projection_type": dynamodb.ProjectionType[copied]}


def modules_by_table(scope: Construct, tables: Mapping[Resource, dynamodb.ITableV2]) -> str:
    """Return the setting TABLES of a function that works on these tables; nothing for none.

    It names the modules of their resources, each package once: a function's environment has 4 KB.
    """
    modules: dict[str, dict[str, str]] = {}
    for resource, table in tables.items():
        package, _, name = resource.module.rpartition(".")
        modules.setdefault(package, {})[table.table_name] = name
    return Stack.of(scope).to_json_string(modules) if modules else ""
