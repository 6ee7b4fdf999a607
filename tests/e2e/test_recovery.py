"""A second region, and a deploy that would lose data, on the emulator."""

import copy
import time
from datetime import UTC, datetime

import boto3
import pytest

from tests.support.stories import fresh
from tools.dev.cdk import STACK
from tools.ops.guard import deployed_template, refuse_loss
from tools.ops.recover import recover, table_of
from tools.problem import Problem

ELSEWHERE = "eu-west-1"


@pytest.fixture
def table(deployed, path):
    """The name of the resource's table."""
    return table_of(deployed.client("cloudformation"), STACK, path)


@pytest.fixture
def replica(deployed, table):
    """DynamoDB in another region, where the table has a replica."""
    here = deployed.client("dynamodb")
    here.update_table(TableName=table, ReplicaUpdates=[{"Create": {"RegionName": ELSEWHERE}}])
    emulator = deployed.emulator
    session = boto3.session.Session("test", "test", region_name=ELSEWHERE)
    yield session.client("dynamodb", endpoint_url=emulator.url, verify=emulator.certificate or None)
    here.update_table(TableName=table, ReplicaUpdates=[{"Delete": {"RegionName": ELSEWHERE}}])


@pytest.fixture
def key_of(resource):
    """The key of an item, as DynamoDB has it."""
    return lambda item: {resource.model.schema.hash.stored: {"S": item[resource.key]}}


@pytest.fixture
def stored(key_of):
    """The item as it is somewhere, as soon as it is: stored(dynamodb, table, item)."""

    def stored(dynamodb, table, item):
        end = time.monotonic() + 10
        while not (found := dynamodb.get_item(TableName=table, Key=key_of(item)).get("Item")):
            assert time.monotonic() < end
            time.sleep(0.1)
        return found

    return stored


def test_what_is_written_in_one_region_is_read_in_the_other(deployed, new, table, replica, stored):
    item = new()

    assert stored(replica, table, item) == stored(deployed.client("dynamodb"), table, item)


def test_what_is_written_in_the_other_region_is_read_through_the_api(
    call, resource, new, table, replica, stored, key_of
):
    item = new()
    stored(replica, table, item)
    replica.update_item(
        TableName=table,
        Key=key_of(item),
        UpdateExpression="SET #version = :version",
        ExpressionAttributeNames={"#version": resource.version.attr.stored},
        ExpressionAttributeValues={":version": {"N": "2"}},
    )

    end = time.monotonic() + 10
    href, version = f"{resource.path}/{item[resource.key]}", resource.version.attr.name
    while call("GET", href).json[version] != 2:
        assert time.monotonic() < end
        time.sleep(0.1)


def test_what_was_deleted_is_put_back_and_what_was_changed_since_is_left_alone(
    deployed, call, path, resource, new, change
):
    deleted, changed, kept = new(), new(), new()
    lost, spoilt = deleted[resource.key], changed[resource.key]
    at = datetime.now(UTC).isoformat()
    recover(deployed.client, STACK, path, at, write=False)  # the emulator restores what is there now, not what was
    call("DELETE", f"{path}/{lost}")
    since = call("PATCH", f"{path}/{spoilt}", change).json
    later = new()

    told = recover(deployed.client, STACK, path, at, write=False)
    assert call("GET", f"{path}/{lost}").status == 404
    assert "put back what is missing with YES=1" in told

    told = recover(deployed.client, STACK, path, at, write=True)
    items = {each[resource.key]: each for each in (deleted, since, kept, later)}
    assert {each: call("GET", f"{path}/{each}").json for each in items} == items
    assert f"1 differ and were left as they are: {spoilt}" in told
    for attribute in resource.model.schema.unique:
        again = call("POST", path, {**fresh(resource), attribute.name: deleted[attribute.name]})
        assert again.status == 409  # what was unique is so again


def test_a_backup_restores_every_item(deployed, new, table, stored):
    dynamodb, item = deployed.client("dynamodb"), new()
    backup = dynamodb.create_backup(TableName=table, BackupName="by-hand")["BackupDetails"]["BackupArn"]

    dynamodb.restore_table_from_backup(TargetTableName=f"{table}-back", BackupArn=backup)

    assert stored(dynamodb, f"{table}-back", item) == stored(dynamodb, table, item)
    assert key_schema(dynamodb, f"{table}-back") == key_schema(dynamodb, table)


def key_schema(dynamodb, table):
    return dynamodb.describe_table(TableName=table)["Table"]["KeySchema"]


def test_a_recovery_says_what_it_needs_to_know(deployed, path):
    with pytest.raises(Problem, match="is not a time"):
        recover(deployed.client, STACK, path, "yesterday", write=False)
    with pytest.raises(Problem, match=f"not a resource: use .*{path}"):
        recover(deployed.client, STACK, "nothing", "2026-01-02T03:04:05Z", write=False)


def test_a_template_that_would_lose_the_deployed_table_is_refused(deployed):
    here = deployed_template(deployed.client("cloudformation"), STACK)
    planned = copy.deepcopy(here)
    refuse_loss(here, planned)
    lost = next(name for name, one in here["Resources"].items() if one["Type"] == "AWS::DynamoDB::GlobalTable")
    del planned["Resources"][lost]

    with pytest.raises(Problem, match=lost):
        refuse_loss(here, planned)
