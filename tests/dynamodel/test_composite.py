"""Indexes whose keys have several attributes."""

from datetime import UTC, datetime, timedelta
from itertools import product

import pytest

from dynamodel import (
    Attr,
    DeclarationError,
    Index,
    Invalid,
    InvalidCursor,
    Model,
    NoIndex,
    NotSupported,
    ShardedIndex,
    attr,
    key,
    owner,
    sort_key,
)

START = datetime(2026, 1, 1, tzinfo=UTC)


class Ticket(Model):
    """A question of a tenant's customer."""

    id: Attr[str] = key()
    tenant: Attr[str] = attr()
    status: Attr[str] = attr()
    opened: Attr[datetime] = attr()
    rank: Attr[int] = attr(default=0)
    note: Attr[str | None] = attr(default=None)

    by_status = Index((tenant, status), sort=(opened, rank, id))
    by_note = Index((tenant, note), sort=rank)
    newest = ShardedIndex(sort=(opened, id), shards=3)


@pytest.fixture
def tickets(make):
    """Two tenants, two statuses; four tickets of each, two a day."""
    table = make(Ticket)
    places = enumerate(product("ab", ("open", "done"), range(4)))
    table.batch_put(
        Ticket(id=f"{n:02}", tenant=tenant, status=status, opened=START + timedelta(days=i // 2), rank=-i)
        for n, (tenant, status, i) in places
    )
    return table


def ids(items):
    return [item.id for item in items]


OPEN = (Ticket.tenant == "a", Ticket.status == "open")
DAY = START + timedelta(days=1)


@pytest.mark.parametrize(
    ("conditions", "expected"),
    [
        ((), ["01", "00", "03", "02"]),
        ((Ticket.opened == START,), ["01", "00"]),
        ((Ticket.opened >= DAY,), ["03", "02"]),
        ((Ticket.opened > START, Ticket.opened <= DAY), ["03", "02"]),
        ((Ticket.opened.between(START, START),), ["01", "00"]),
        ((Ticket.opened == START, Ticket.rank < 0), ["01"]),
        ((Ticket.opened == START, Ticket.rank > -1, Ticket.rank < 1), ["00"]),
        ((Ticket.opened == START, Ticket.rank == 0, Ticket.id.begins_with("0")), ["00"]),
        ((Ticket.opened == START, Ticket.rank == 0, Ticket.id == "00"), ["00"]),
        ((Ticket.opened > DAY, Ticket.opened < START), []),
    ],
)
def test_equality_on_the_first_attributes_may_precede_a_range_of_the_next(tickets, conditions, expected):
    assert ids(tickets.query(*conditions, *OPEN)) == expected
    assert ids(tickets.query(*OPEN, *conditions, descending=True)) == expected[::-1]
    assert tickets.count(*OPEN, *conditions) == len(expected)


@pytest.mark.parametrize(
    "conditions",
    [
        OPEN[:1],
        (*OPEN, Ticket.rank == 1),
        (*OPEN, Ticket.opened > START, Ticket.rank == 1),
        (*OPEN, Ticket.opened == START, Ticket.opened > START),
        (Ticket.tenant > "a", Ticket.status == "open"),
        (Ticket.tenant == "a", Ticket.tenant == "b", Ticket.status == "open"),
    ],
)
def test_conditions_that_leave_out_a_key_attribute_are_refused_with_the_possible_ones(tickets, conditions):
    with pytest.raises(NoIndex, match=r"by_status \(tenant, status by opened, rank, id\)"):
        tickets.query(*conditions)


def test_pages_follow_the_order_of_all_attributes(tickets):
    found, cursor = [], None
    for _ in range(4):
        page = tickets.query(*OPEN, limit=1, cursor=cursor)
        found += ids(page)
        cursor = page.cursor

    assert (found, cursor) == (["01", "00", "03", "02"], None)
    first = tickets.query(*OPEN, limit=1).cursor
    with pytest.raises(InvalidCursor):
        tickets.query(Ticket.tenant == "a", Ticket.status == "done", cursor=first)


def test_shards_are_merged_by_all_attributes_and_new_items_do_not_turn_up_on_later_pages(tickets):
    in_order = sorted(tickets.iterate_scan(), key=lambda item: (item.opened, item.id))

    first = tickets.query(limit=3, order_by=Ticket.opened)
    for n in range(9):  # before what was given, in shards that have given nothing yet
        tickets.create(Ticket(id=f"0{n}new", tenant="c", status="open", opened=START - timedelta(days=1)))
    rest = tickets.iterate(order_by=Ticket.opened, cursor=first.cursor, limit=4)

    assert [*ids(first), *ids(rest)] == ids(in_order)


def test_the_order_is_that_of_the_next_attribute_where_those_before_it_are_equal(tickets):
    day = (*OPEN, Ticket.opened == START)

    assert ids(tickets.query(*day, order_by=Ticket.rank)) == ["01", "00"]
    for conditions in (OPEN, (*OPEN, Ticket.opened >= START)):
        with pytest.raises(NoIndex):
            tickets.query(*conditions, order_by=Ticket.rank)


def test_an_item_that_lacks_one_of_the_attributes_is_not_in_the_index(tickets):
    tickets.update("00", Ticket.note.set("call"))

    assert ids(tickets.query(Ticket.tenant == "a", Ticket.note == "call")) == ["00"]


def test_each_of_the_attributes_is_a_key_that_no_filter_tests(tickets):
    for condition in (Ticket.status == "x", Ticket.id == "x"):
        with pytest.raises(NotSupported, match="is a key of by_status"):
            tickets.query(*OPEN, filter=condition)


def test_the_attributes_of_a_key_have_its_bytes_together(make):
    class Long(Model):
        id: Attr[str] = key()
        one: Attr[str] = attr()
        two: Attr[str] = attr()
        three: Attr[str | None] = attr(default=None)

        by_both = Index((one, two), sort=three)

    table = make(Long)
    table.create(Long(id="1", one="x" * 1000, two="x" * 1048, three="x"))

    with pytest.raises(Invalid, match="one and two have more than 2048 bytes"):
        table.create(Long(id="2", one="x" * 1000, two="x" * 1049, three="x"))


def test_an_owners_view_reads_an_index_that_has_the_owner_among_others(make):
    class Mine(Model):
        id: Attr[str] = key()
        by: Attr[str] = owner()
        status: Attr[str] = attr()

        mine = Index((by, status), sort=id)

    table = make(Mine)
    table.owned_by("ann").create(Mine(id="1", status="open"))
    table.owned_by("ben").create(Mine(id="2", status="open"))

    assert ids(table.owned_by("ann").query(Mine.status == "open")) == ["1"]


def test_the_table_is_made_with_every_attribute():
    made = Ticket.schema.create_table("tickets")["GlobalSecondaryIndexes"]

    keys = {index["IndexName"]: [(k["AttributeName"], k["KeyType"]) for k in index["KeySchema"]] for index in made}
    assert keys["by_status"] == [
        ("tenant", "HASH"), ("status", "HASH"), ("opened", "RANGE"), ("rank", "RANGE"), ("id", "RANGE"),
    ]  # fmt: skip
    assert keys["newest"] == [("newest_shard", "HASH"), ("opened", "RANGE"), ("id", "RANGE")]


def declare(make_index):
    class Wrong(Model):
        id: Attr[str] = key()
        sort: Attr[str] = sort_key()
        a: Attr[str] = attr()
        b: Attr[str] = attr()
        c: Attr[str] = attr()
        d: Attr[str] = attr()
        e: Attr[str] = attr()
        many: Attr[list[str]] = attr()

        wrong = make_index(locals())


@pytest.mark.parametrize(
    ("make_index", "message"),
    [
        (lambda v: Index((v["a"], v["b"], v["c"], v["d"], v["e"])), "at most 4"),
        (lambda v: Index(v["id"], sort=(v["a"], v["b"], v["c"], v["d"], v["e"])), "at most 4"),
        (lambda v: Index((v["a"], v["a"])), "one attribute"),
        (lambda v: Index((v["a"], v["b"]), sort=(v["c"], v["a"])), "one attribute"),
        (lambda v: Index((v["a"], v["many"])), "cannot be a key"),
        (lambda v: Index((v["a"], "b")), "cannot be a key"),
        (lambda v: Index([v["a"], v["b"]]), "cannot be a key"),
        (lambda _: Index(()), "no hash key"),
        (lambda v: Index(sort=(v["a"], v["b"]), local=True), "one sort attribute"),
        (lambda _: Index(local=True), "one sort attribute"),
    ],
)
def test_keys_that_dynamodb_would_refuse_are_refused_when_the_class_is_defined(make_index, message):
    with pytest.raises(DeclarationError, match=message):
        declare(make_index)
