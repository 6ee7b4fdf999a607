"""A migration writes items that the model stores differently, once, and names those that it leaves."""

import json
import re
import time

import boto3
import pytest
from moto import mock_aws

from dynamodel import Attr, Model, ShardedIndex, Table, attr, key, version
from tools.ops.migrate import Migration, migrate
from tools.problem import Problem


class Old(Model, stored="Member"):
    """A member of the first release."""

    id: Attr[str] = key()
    mail: Attr[str] = attr()
    version: Attr[int] = version()


class Member(Model):
    """The same today: with a level, in an index, and with a mail that nobody else has."""

    id: Attr[str] = key()
    mail: Attr[str] = attr(unique=True)
    level: Attr[str] = attr(default="basic", max_length=10)
    version: Attr[int] = version()

    everyone = ShardedIndex(sort=id)


@pytest.fixture
def table():
    """A table of a stack that was deployed with the model of today."""
    with mock_aws():
        client = boto3.client("dynamodb")
        client.create_table(**Member.schema.create_table("members"))
        yield Table(Member, client, "members")


@pytest.fixture
def old(table):
    return Table(Old, table.client, table.name)


@pytest.fixture
def lines():
    return []


@pytest.fixture
def migration(table, lines, tmp_path):
    """Make a migration of the table: migration(write=True)."""

    def make(change=None, *, write, rate=100_000):
        return Migration(table, change, write=write, rate=rate, tell=lines.append, positions=tmp_path)

    return make


def fill(old, count):
    old.batch_put([Old(id=f"{n:03}", mail=f"{n}@example.com") for n in range(count)])


def scanned(table):
    return sorted(table.client.scan(TableName=table.name)["Items"], key=str)


def test_a_dry_run_says_what_would_change_and_writes_nothing(table, old, migration, lines):
    fill(old, 7)
    before = scanned(table)

    report = migration(write=False).run()

    assert report == "7 items read, 7 would change; write them with YES=1"
    assert len(lines) == 5
    assert "everyone_shard: nothing -> 0; level: nothing -> basic" in lines[0]
    assert scanned(table) == before


def test_a_run_writes_and_a_second_one_finds_nothing_to_do(table, old, migration):
    fill(old, 7)

    assert migration(write=True).run() == "7 items read, 7 written"
    assert migration(write=True).run() == "7 items read, 0 written"

    assert [item.level for item in table.query()] == ["basic"] * 7
    assert migration(write=False).run() == "7 items read, 0 would change"


@pytest.mark.parametrize("write", [False, True])
def test_items_that_cannot_be_migrated_are_named_and_not_changed(table, old, migration, write):
    old.batch_put([Old(id="1", mail="ann@x"), Old(id="2", mail="ann@x"), Old(id="3", mail="ben@x")])
    table.client.put_item(TableName="members", Item={"id": {"S": "4"}, "mail": {"BOOL": True}})
    table.client.put_item(TableName="members", Item={"id": {"S": "5"}, "mail": {"S": "c"}, "level": {"S": "x" * 11}})
    before = {item["id"]["S"]: item for item in scanned(table)}

    with pytest.raises(Problem) as left:
        migration(write=write).run()

    text = str(left.value)
    assert f"5 items read, 2 {'written' if write else 'would change'}; 3 stay as they are" in text
    (loser,) = re.findall(r"\n  ([12]): .*ann@x.* is taken", text)
    assert re.search(r"\n  4: .*mail.* cannot be read", text)
    assert re.search(r"\n  5: .*level", text)
    after = {item["id"]["S"]: item for item in scanned(table)}
    assert [after[name] for name in (loser, "4", "5")] == [before[name] for name in (loser, "4", "5")]


def test_a_function_changes_what_the_model_cannot_say_and_its_mistakes_are_named(table, old, migration):
    fill(old, 3)

    def change(raw):
        return raw | {"level": {"S": {"000": "gold", "001": "silver"}[raw["id"]["S"]]}}

    with pytest.raises(Problem, match="002: '002'"):
        migration(change, write=True).run()

    assert [table.get_one(name).level for name in ("000", "001", "002")] == ["gold", "silver", "basic"]
    assert "level" not in table.client.get_item(TableName="members", Key={"id": {"S": "002"}})["Item"]


def test_a_run_that_was_stopped_goes_on_where_it_was(old, migration, lines):
    fill(old, 110)
    calls = []

    def stops(raw):
        calls.append(raw["id"]["S"])
        if len(calls) == 210:  # each item is read twice: from the table, and alone before it is written
            raise KeyboardInterrupt
        return raw

    with pytest.raises(KeyboardInterrupt):
        migration(stops, write=True).run()

    assert migration(write=True).run() == "110 items read, 110 written"
    assert any("resuming after 100 items" in line for line in lines)
    assert migration(write=True).run() == "110 items read, 0 written"


def test_under_other_code_a_run_begins_anew(old, migration, tmp_path):
    fill(old, 3)
    file = tmp_path / "members.json"
    file.write_text(json.dumps({"code": "of yesterday", "position": {"id": {"S": "001"}}, "read": 2, "changed": 2}))

    assert migration(write=True).run() == "3 items read, 3 written"

    assert not file.exists()


def test_no_more_items_are_read_in_a_second_than_asked_for(old, migration, monkeypatch):
    fill(old, 6)
    slept = []
    monkeypatch.setattr("time.sleep", slept.append)
    began = time.monotonic()

    migration(write=True, rate=2).run()

    assert len(slept) >= 3
    assert time.monotonic() - began + sum(slept) >= 3 >= sum(slept)  # a slow machine sleeps less


@pytest.mark.parametrize("rate", ["0", "-1", "fast", "1.5"])
def test_an_invalid_rate_is_refused(rate):
    with pytest.raises(Problem, match="RATE="):
        migrate({}.get, "stack", "nothing", rate, write=False)
