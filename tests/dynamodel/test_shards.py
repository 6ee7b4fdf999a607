"""A sharded index whose number of shards grows over items that are stored."""

import pytest

from dynamodel import Attr, DeclarationError, InvalidCursor, Model, ShardedIndex, Table, attr, key, version


class Note(Model):
    id: Attr[str] = key()
    text: Attr[str] = attr(default="")
    version: Attr[int] = version()

    newest = ShardedIndex(sort=id)


class Grown(Model):
    id: Attr[str] = key()
    text: Attr[str] = attr(default="")
    version: Attr[int] = version()

    newest = ShardedIndex(sort=id, shards=4)


@pytest.fixture
def before(make):
    """A table of one shard with twenty items."""
    table = make(Note, secret=b"one secret")
    table.batch_put([Note(id=f"{number:02}") for number in range(20)])
    return table


@pytest.fixture
def after(before, client):
    """The same table, as a model with four shards sees it."""
    return Table(Grown, client, before.name, secret=b"one secret")


def ids(table, limit=7):
    return [item.id for item in table.iterate(limit=limit)]


def test_one_shard_is_the_default_and_costs_one_query(before, calls):
    calls.clear()
    before.query(limit=5)

    assert calls == ["Query"]


def test_items_of_one_shard_are_listed_in_order_beside_those_of_four(after):
    after.batch_put([Grown(id=f"{number:02}") for number in range(20, 40)])
    after.update("03", Grown.text.set("changed"))
    after.put(after.get("04"))

    assert ids(after) == [f"{number:02}" for number in range(40)]
    assert after.get("03").text == "changed"


def test_a_cursor_of_one_shard_is_refused_by_four(before, after):
    cursor = before.query(limit=5).cursor

    with pytest.raises(InvalidCursor):
        after.query(limit=5, cursor=cursor)


@pytest.mark.parametrize("shards", [0, -1])
def test_an_index_without_a_shard_is_refused(shards):
    with pytest.raises(DeclarationError, match="at least 1"):
        ShardedIndex(sort=Note.id, shards=shards)
