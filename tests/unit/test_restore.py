"""Restores of a function from a snapshot (SnapStart)."""

import random
import sys
from types import ModuleType

import boto3

from dynamodel import uuid7
from lambdas.runtime.snapstart import renew, renew_after_restore


def test_copies_of_a_snapshot_do_not_make_the_same_choices():
    snapshot = random.getstate()
    choices = []
    for _ in range(2):
        random.setstate(snapshot)
        renew(boto3.client("dynamodb"))
        choices.append(random.random())

    assert choices[0] != choices[1]


def test_copies_of_a_snapshot_do_not_make_the_same_ids():
    snapshot = random.getstate()
    ids = set()
    for _ in range(100):
        random.setstate(snapshot)
        ids.add(uuid7()[-12:])

    assert len(ids) == 100


def test_the_client_works_on_after_its_connections_were_dropped(aws):
    client = aws("dynamodb")
    assert client.list_tables()["TableNames"] == []

    renew(client)

    assert client.list_tables()["TableNames"] == []


def test_lambda_is_asked_to_call_where_it_makes_snapshots(monkeypatch):
    runtime, registered = ModuleType("snapshot_restore_py"), []
    runtime.register_after_restore = lambda *call: registered.append(call)
    monkeypatch.setitem(sys.modules, "snapshot_restore_py", runtime)

    renew_after_restore("client")

    assert registered == [(renew, "client")]


def test_elsewhere_nothing_happens():
    renew_after_restore("client")
