"""Owners: a table as one of them sees it."""

import pytest

from dynamodel import (
    AlreadyExists,
    Attr,
    ConditionFailed,
    DeclarationError,
    Index,
    Invalid,
    Model,
    NoIndex,
    NotFound,
    TransactionFailed,
    attr,
    key,
    owner,
    transact,
    transact_get,
    version,
)
from dynamodel.attributes import ShardedIndex


class Diary(Model):
    id: Attr[str] = key()
    writer: Attr[str] = owner(stored="w")
    text: Attr[str] = attr()
    mood: Attr[str] = attr(default="fine")
    pages: Attr[int] = attr(default=0)
    version: Attr[int] = version()

    by_writer = Index(writer, sort=id)
    by_mood = Index(mood, sort=id)
    everything = ShardedIndex(sort=id)


@pytest.fixture
def table(make):
    return make(Diary)


@pytest.fixture
def ann(table):
    return table.owned_by("ann")


@pytest.fixture
def ben(table):
    return table.owned_by("ben")


@pytest.fixture
def diary(ann):
    return ann.create(Diary(id="1", text="secret"))


REACHING = {
    "get_one": lambda ben, _: ben.get_one("1"),
    "update": lambda ben, _: ben.update("1", Diary.text.set("mine")),
    "update that reads": lambda ben, _: ben.update("1", Diary.pages.add(1)),
    "update under a condition": lambda ben, _: ben.update("1", Diary.text.set("mine"), condition=Diary.version == 7),
    "replace": lambda ben, _: ben.replace("1", Diary(id="1", text="mine")),
    "delete": lambda ben, _: ben.delete("1"),
    "delete under a condition": lambda ben, _: ben.delete("1", condition=Diary.version == 7),
}


@pytest.mark.parametrize("reach", REACHING)
def test_an_item_of_another_owner_is_not_found(table, ben, diary, reach):
    with pytest.raises(NotFound):
        REACHING[reach](ben, diary)

    assert table.get("1") == diary


def test_an_item_of_another_owner_is_not_overwritten(table, ben, diary):
    for taken in (Diary(id="1", text="mine"), table.get("1")):
        with pytest.raises(ConditionFailed) as refused:
            ben.put(taken)
        assert refused.value.item is None

    assert table.get("1") == diary


def test_a_key_of_another_owner_is_taken_and_discloses_nothing(ben, diary):  # noqa: ARG001
    with pytest.raises(AlreadyExists) as refused:
        ben.create(Diary(id="1", text="mine"))

    assert refused.value.item is None


def test_reads_return_the_owners_items_only(ann, ben, diary):
    own = ben.create(Diary(id="2", text="Ben's"))

    assert ben.get("1") is None
    assert ben.get("1", fields=[Diary.text]) is None
    assert ben.batch_get(["1", "2"]).items == [own]
    assert transact_get((ben, "1"), (ben, "2")) == [None, own]
    assert ben.query().items == [own]
    assert ben.query(Diary.id >= "0", descending=True).items == [own]
    assert ben.scan().items == [own]
    assert ben.count() == 1
    assert ann.query().items == [diary]


@pytest.mark.parametrize(
    "ask",
    [
        lambda ben: ben.query(Diary.mood == "fine"),
        lambda ben: ben.query(index=Diary.everything),
        lambda ben: ben.query(index=Diary.by_mood),
        lambda ben: ben.query(Diary.writer == "ann"),
        lambda ben: ben.count(Diary.mood == "fine"),
    ],
)
def test_no_index_but_that_of_owners_is_read(ben, ask):
    with pytest.raises(NoIndex):
        ask(ben)


def test_an_owner_puts_updates_replaces_and_deletes_what_is_theirs(ann, diary):
    ann.update("1", Diary.text.set("changed"))
    replaced = ann.replace("1", Diary(id="1", text="other"))
    read = ann.get_one("1")
    read.text = "again"

    assert replaced.writer == "ann"
    assert ann.put(read).text == "again"
    ann.delete(diary)
    assert ann.get("1") is None


def test_a_transaction_on_an_item_of_another_owner_does_nothing(table, ben, diary):
    for reach in (ben.condition_check.write("1"), ben.delete.write("1"), ben.update.write("1", Diary.text.set("mine"))):
        with pytest.raises(TransactionFailed) as failed:
            transact(ben.create.write(Diary(id="2", text="Ben's")), reach)
        assert isinstance(failed.value.reasons[1], NotFound)

    assert table.scan().items == [diary]


def test_unconditional_writes_are_refused_in_an_owners_view(ben):
    for write in (
        lambda: ben.batch_put([Diary(id="1", text="mine")]),
        lambda: ben.batch_delete(["1"]),
        lambda: ben.update("1", Diary.text.set("mine"), upsert=True),
    ):
        with pytest.raises(TypeError):
            write()


def test_the_whole_table_keeps_owners_and_cannot_create_without_one(table, diary):
    table.update(diary, Diary.text.set("corrected"))
    other = Diary(id="1", text="corrected again")
    other.writer = "ben"
    table.replace(diary, other)

    assert table.get_one("1").writer == "ann"
    with pytest.raises(Invalid):
        table.create(Diary(id="2", text="nobody's"))


def test_an_owner_is_set_by_the_table_alone(ann, diary):  # noqa: ARG001
    with pytest.raises(Invalid):
        Diary.parse({"id": "2", "text": "text", "writer": "ben"})
    with pytest.raises(Invalid):
        Diary.parse_patch({"writer": "ben"})
    with pytest.raises(Invalid):
        ann.update("1", Diary.writer.set("ben"))
    with pytest.raises(Invalid):
        Diary(id="2", text="text", writer="ben")

    forged = Diary(id="2", text="text")
    forged.writer = "ben"
    assert ann.create(forged).writer == "ann"


def test_a_cursor_is_bound_to_its_owner(ann, ben):
    for number in range(3):
        ann.create(Diary(id=f"a{number}", text="text"))
        ben.create(Diary(id=f"b{number}", text="text"))
    cursor = ann.query(limit=1).cursor

    with pytest.raises(Exception, match="altered, or belongs to another query"):
        ben.query(limit=1, cursor=cursor)


@pytest.mark.parametrize("name", ["", None])
def test_an_owner_has_a_name(table, name):
    with pytest.raises(TypeError, match="must not be empty"):
        table.owned_by(name)


def test_an_owner_must_be_declared_as_text_that_is_always_there():
    with pytest.raises(DeclarationError, match="an owner must be text"):

        class Wrong(Model):
            id: Attr[str] = key()
            owner: Attr[str | None] = owner()
