"""A recovery puts back items with their markers, and nothing that blocks others."""

import boto3
import pytest
from moto import mock_aws

from dynamodel import RESERVED, Attr, Model, NotUnique, Table, attr, key
from lambdas.rest.declarations import RESOURCES
from stacks.names import table_id
from tools.ops import recover as recovery
from tools.ops.recover import compare, put_back
from tools.problem import Problem


class Member(Model):
    """A person with an address that nobody else has."""

    number: Attr[str] = key()
    email: Attr[str] = attr(unique=True)


@pytest.fixture
def dynamodb():
    """Two empty tables: as it was, and as it is."""
    with mock_aws():
        client = boto3.client("dynamodb")
        for name in ("restored", "live"):
            client.create_table(**Member.schema.create_table(name))
        yield client


@pytest.fixture
def restored(dynamodb):
    return Table(Member, dynamodb, "restored")


@pytest.fixture
def live(dynamodb):
    return Table(Member, dynamodb, "live")


def recover(dynamodb):
    difference = compare(dynamodb, "restored", "live")
    put_back(dynamodb, "live", Member.schema, difference)
    return difference


def test_an_item_comes_back_with_its_unique_values(dynamodb, restored, live):
    restored.create(Member(number="1", email="ada@example.com"))

    assert recover(dynamodb).put_back == 1

    assert live.get("1").email == "ada@example.com"
    with pytest.raises(NotUnique):
        live.create(Member(number="2", email="ada@example.com"))


def test_a_value_that_was_given_up_since_stays_free(dynamodb, restored, live):
    restored.create(Member(number="1", email="old@example.com"))
    live.create(Member(number="1", email="new@example.com"))

    difference = recover(dynamodb)

    assert (len(difference.missing), len(difference.other)) == (0, 1)
    assert str(difference).endswith("1 differ and were left as they are: 1")
    live.create(Member(number="2", email="old@example.com"))


def test_an_item_whose_value_another_one_has_now_is_left_out_and_named(dynamodb, restored, live):
    restored.create(Member(number="1", email="ada@example.com"))
    live.create(Member(number="2", email="ada@example.com"))

    difference = recover(dynamodb)

    assert difference.put_back == 0
    assert "unique values of 1 are taken" in str(difference)
    assert live.get("2").email == "ada@example.com"


def test_an_item_that_is_there_again_is_not_overwritten(dynamodb, restored, live):
    restored.create(Member(number="1", email="ada@example.com"))
    difference = compare(dynamodb, "restored", "live")
    live.create(Member(number="1", email="other@example.com"))

    put_back(dynamodb, "live", Member.schema, difference)

    assert (difference.put_back, difference.taken) == (0, [])
    assert live.get("1").email == "other@example.com"


def test_recorded_responses_do_not_come_back(dynamodb):
    dynamodb.put_item(TableName="restored", Item={"number": {"S": f"{RESERVED}Replay#1"}, "status": {"N": "201"}})

    assert recover(dynamodb).missing == []


@pytest.mark.parametrize(
    ("resource", "at", "told"),
    [
        ("", "", "RESOURCE and AT are missing: make recover STAGE=... RESOURCE="),
        ("things", "", "AT is missing: make recover STAGE=... RESOURCE=things AT=2026-01-02T03:04:05Z"),
        ("", "2026-01-02T03:04:05Z", "RESOURCE is missing"),
    ],
)
def test_missing_arguments_of_a_recovery_are_named_first(resource, at, told):
    with pytest.raises(Problem, match=told):
        recovery.recover(None, "stack", resource, at, write=False)


class Stack:
    """CloudFormation's client, of a stack whose one table is "live"."""

    def get_paginator(self, _operation):
        return self

    def paginate(self, **_):
        logical_id = f"{table_id(RESOURCES[0].path)}01234567"
        table = {"ResourceType": "AWS::DynamoDB::GlobalTable", "LogicalResourceId": logical_id}
        return [{"StackResourceSummaries": [{**table, "PhysicalResourceId": "live"}]}]


@pytest.mark.parametrize(
    ("at", "told"),
    [
        (
            "2001-02-03T04:05:06Z",
            r"AT=2001-02-03T04:05:06Z is before the table of \S+ existed: it was created at 20\d\d-.*Z\.",
        ),
        ("2001-02-03", "AT=2001-02-03 is before the table"),
        ("yesterday", "AT=yesterday is not a time: use AT=2026-01-02T03:04:05Z"),
    ],
)
def test_a_time_before_the_table_existed_is_refused(dynamodb, at, told):
    clients = {"dynamodb": dynamodb, "cloudformation": Stack()}.get

    with pytest.raises(Problem, match=told):
        recovery.recover(clients, "stack", RESOURCES[0].path, at, write=False)
