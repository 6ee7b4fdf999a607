"""Items that were read, changed and saved; what is deleted; what has expired."""

import asyncio
from datetime import UTC, datetime, timedelta

import pytest

from dynamodel import AlreadyExists, Attr, ConditionFailed, Invalid, Model, NotFound, NotUnique, attr, key, rule

from .shop import Counter, Session, product


class Page(Model):
    """No version, so that writers of different attributes need not wait for each other."""

    id: Attr[str] = key()
    title: Attr[str] = attr(default="title", max_length=10)
    text: Attr[str] = attr(default="text")
    note: Attr[str | None] = attr(default=None)


class Span(Model):
    """A rule across attributes, and no version."""

    id: Attr[str] = key()
    first: Attr[int] = attr()
    last: Attr[int] = attr()
    note: Attr[str] = attr(default="")

    @rule(first, last)
    def ends_after_it_begins(self) -> None:
        if self.last <= self.first:
            raise ValueError("last must be after first")


@pytest.fixture
def pages(make):
    pages = make(Page)
    pages.create(Page(id="a", note="draft"))
    return pages


def test_disjoint_changes_of_two_writers_both_survive(pages):
    mine, theirs = pages.get_one("a"), pages.get_one("a")
    mine.title, mine.note, theirs.text = "mine", None, "theirs"

    pages.save(theirs)
    saved = pages.save(mine)

    assert saved is mine
    assert (saved.title, saved.text, saved.note) == ("mine", "theirs", None)
    assert pages.get("a") == mine


def test_nothing_is_sent_if_nothing_has_changed(pages, calls):
    item = pages.get_one("a")
    calls.clear()

    assert pages.save(item) is item
    assert calls == []


def test_a_new_item_is_created_by_saving_it(pages):
    assert pages.save(Page(id="b")).id == "b"
    with pytest.raises(AlreadyExists):
        pages.save(Page(id="a"))


def test_a_saved_item_is_held_to_its_rules_and_conditions(pages):
    item = pages.get_one("a")
    item.title = "x" * 11
    with pytest.raises(Invalid):
        pages.save(item)
    item.title = "short"
    with pytest.raises(ConditionFailed):
        pages.save(item, condition=Page.text == "other")
    pages.delete("a")
    with pytest.raises(NotFound):
        pages.save(item)


def test_a_version_refuses_a_stale_save(make):
    counters = make(Counter)
    counters.create(Counter(id="a"))
    mine, theirs = counters.get_one("a"), counters.get_one("a")
    mine.count, theirs.count = 1, 2

    assert counters.save(theirs).version == 2
    with pytest.raises(ConditionFailed):
        counters.save(mine)


def test_two_saves_that_together_would_break_a_rule_do_not_both_succeed(make):
    spans = make(Span)
    spans.create(Span(id="a", first=1, last=9))
    early, late, noted = spans.get_one("a"), spans.get_one("a"), spans.get_one("a")
    early.last, late.first, noted.note = 5, 7, "noted"

    spans.save(early)
    with pytest.raises(ConditionFailed):
        spans.save(late)
    assert spans.save(noted).last == 5


def test_a_unique_value_moves_with_a_save(products):
    products.create(product("TAKEN-1"))
    item = products.get_one(products.create(product("ABC-1")).id)
    item.sku = "TAKEN-1"
    with pytest.raises(NotUnique):
        products.save(item)
    item.sku = "ABC-2"

    assert products.save(item).version == 2
    products.create(product("ABC-1"))


def test_a_deleted_item_is_returned(pages, make):
    counters = make(Counter)
    counters.create(Counter(id="a", count=3))

    assert pages.delete("a").note == "draft"
    assert counters.delete("a", condition=Counter.count == 3).count == 3


def test_expired_items_can_be_read_on_request(make):
    sessions = make(Session)
    past = datetime.now(UTC) - timedelta(days=1)
    sessions.put(Session(token="old", expires=past))
    everything = sessions.with_expired()

    assert sessions.get("old") is None
    assert everything.get_one("old").token == "old"
    assert [one.token for one in everything.query(Session.user == "ann")] == ["old"]
    assert (sessions.count(Session.user == "ann"), everything.count(Session.user == "ann")) == (0, 1)
    assert everything.delete("old").token == "old"


def test_every_iterator_has_an_async_twin(make):
    counters = make(Counter)
    counters.batch_put([Counter(id=str(n)) for n in range(5)])

    async def collect():
        scanned = [one.id async for one in counters.aiterate_scan(limit=2)]
        queried = [one.id async for one in counters.aiterate(Counter.id == "3")]
        return sorted(scanned), queried

    assert asyncio.run(collect()) == (["0", "1", "2", "3", "4"], ["3"])
    assert sorted(one.id for one in counters.iterate_scan(limit=2)) == ["0", "1", "2", "3", "4"]
