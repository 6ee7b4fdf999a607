"""Batches of any size, with duplicates and unprocessed items."""

import pytest

from dynamodel import Attr, Model, Table, Unprocessed, attr, key

from .shop import Counter, Product


class Author(Model):
    id: Attr[str] = key()
    name: Attr[str] = attr()


class Book(Model):
    id: Attr[str] = key()
    author: Attr[str | None] = attr(default=None)


def test_any_number_of_items_is_put_got_and_deleted(make):
    counters = make(Counter)
    ids = [f"{n:03}" for n in range(130)]

    counters.batch_put([Counter(id=one) for one in ids])
    fetched = counters.batch_get([*reversed(ids), "nobody"], consistent=True)
    assert [one.id for one in fetched.items] == ids[::-1]
    assert (fetched.unprocessed, fetched.items[0].version) == ([], 1)
    counters.batch_delete(ids)
    assert counters.batch_get(ids).items == []


def test_duplicates_are_read_once_and_the_last_put_wins(make):
    counters = make(Counter)

    counters.batch_put([Counter(id="a", count=1), Counter(id="a", count=2)])

    assert [one.count for one in counters.batch_get(["a", "a"]).items] == [2]
    counters.batch_delete(["a", "a"])
    assert counters.get("a") is None


def test_a_batch_reads_chosen_fields(make):
    counters = make(Counter)
    counters.batch_put([Counter(id="a", count=1)])

    (part,) = counters.batch_get(["a"], fields=[Counter.count]).items

    assert (part.count, hasattr(part, "version")) == (1, False)


def test_items_are_paired_with_those_they_refer_to_in_one_batch(make, calls):
    authors = make(Author)
    authors.batch_put([Author(id="1", name="Ann"), Author(id="2", name="Bob")])
    books = [Book(id="x", author="1"), Book(id="y", author="1"), Book(id="z"), Book(id="w", author="9")]
    calls.clear()

    pairs = authors.populate(books, Book.author)

    assert [(book.id, author and author.name) for book, author in pairs] == [
        ("x", "Ann"),
        ("y", "Ann"),
        ("z", None),
        ("w", None),
    ]
    assert calls == ["BatchGetItem"]


def test_a_batch_that_could_break_uniqueness_is_refused(products):
    with pytest.raises(TypeError, match="unique"):
        products.batch_put([])
    with pytest.raises(TypeError, match="unique"):
        products.batch_delete(["a"])
    assert products.model is Product


class Reluctant:
    """A DynamoDB that takes `takes` entries of a batch, and hands back the rest."""

    def __init__(self, takes):
        self.takes, self.requests = takes, 0

    def batch_write_item(self, RequestItems):  # noqa: N803
        self.requests += 1
        ((name, entries),) = RequestItems.items()
        return {"UnprocessedItems": {name: entries[self.takes :]} if entries[self.takes :] else {}}

    def batch_get_item(self, RequestItems):  # noqa: N803
        self.requests += 1
        ((name, asked),) = RequestItems.items()
        found, rest = asked["Keys"][: self.takes], asked["Keys"][self.takes :]
        items = [{**place, "count": {"N": "0"}, "version": {"N": "1"}} for place in found]
        return {"Responses": {name: items}, "UnprocessedKeys": {name: {"Keys": rest}} if rest else {}}


def test_unprocessed_items_are_sent_again(monkeypatch):
    monkeypatch.setattr("time.sleep", lambda _: None)
    table = Table(Counter, Reluctant(takes=10), "t")
    ids = [str(n) for n in range(130)]

    table.batch_put([Counter(id=one) for one in ids])
    assert [one.id for one in table.batch_get(ids).items] == ids


def test_items_that_stay_unprocessed_are_reported_after_ten_attempts(monkeypatch):
    pauses = []
    monkeypatch.setattr("time.sleep", pauses.append)
    client = Reluctant(takes=0)
    table = Table(Counter, client, "t")

    with pytest.raises(Unprocessed) as left:
        Table(Author, client, "t").batch_put([Author(id="a", name="A"), Author(id="b", name="B")])

    assert ([one.id for one in left.value.items], client.requests) == (["a", "b"], 10)
    assert table.batch_get(["a"]).unprocessed == ["a"]
    for refused in (
        lambda: table.batch_put([Counter(id="a")]),
        lambda: table.batch_delete(["a"]),
        lambda: table.populate([Book(id="x", author="a")], Book.author),
    ):
        with pytest.raises(Unprocessed):
            refused()
    assert all(0 <= pause <= 2 for pause in pauses)


def test_pauses_grow_with_every_round(monkeypatch):
    bounds = []
    monkeypatch.setattr("time.sleep", lambda _: None)
    monkeypatch.setattr("random.uniform", lambda _, most: bounds.append(most) or 0)

    Table(Counter, Reluctant(takes=10), "t").batch_get([str(n) for n in range(150)])

    assert bounds[:4] == [0.025, 0.05, 0.1, 0.2]


def test_a_batch_continues_the_versions_that_are_stored(make):
    counters = make(Counter)
    counters.create(Counter(id="a"))
    counters.update("a", Counter.count.add(1))

    counters.batch_put([Counter(id="a", count=7), Counter(id="b")])

    assert [(one.count, one.version) for one in counters.batch_get(["a", "b"]).items] == [(7, 3), (0, 1)]
