"""Stored items outlive the code that wrote them."""

import asyncio
from datetime import UTC, datetime
from itertools import count
from typing import Literal

import pytest

from dynamodel import (
    AlreadyExists,
    Attr,
    Index,
    Invalid,
    LimitReached,
    Model,
    NotUnique,
    ShardedIndex,
    Table,
    TransactionFailed,
    Unreadable,
    attr,
    created_at,
    derived,
    key,
    owner,
    sort_key,
    transact,
    transact_get,
    updated_at,
    version,
)

from .shop import Product, product


class Before(Model):
    id: Attr[str] = key()
    group: Attr[str] = attr(default="g")
    size: Attr[int] = attr(default=1)

    by_group = Index(group, sort=id)


numbers = count()


class Grown(Before):
    """The same items, some years later."""

    colour: Attr[str] = attr(default="blue")
    number: Attr[int] = attr(default_factory=lambda: next(numbers))
    note: Attr[str | None] = attr(default="none")
    tags: Attr[set[str]] = attr(default_factory=lambda: {"new"})
    double: Attr[int] = derived(lambda self: self.size * 2, Before.size)
    created: Attr[datetime] = created_at()
    changed_at: Attr[datetime] = updated_at()
    version: Attr[int] = version()


class Strict(Before):
    """The same items, and an attribute that each must have."""

    name: Attr[str] = attr(max_length=5)


class StrictAndUnique(Strict):
    code: Attr[str | None] = attr(default=None, unique=True)


def as_model(table, model):
    return Table(model, table.client, table.name)


@pytest.fixture
def older(make):
    """A table of three items, written before the model grew."""
    table = make(Before)
    for name in "abc":
        table.create(Before(id=name))
    return table


def test_an_absent_attribute_reads_as_its_default(older):
    item = as_model(older, Grown).get_one("a")

    assert (item.colour, item.note, item.tags, item.double) == ("blue", None, set(), 2)
    assert (item.version, item.created) == (0, datetime(1970, 1, 1, tzinfo=UTC))
    assert item.number < as_model(older, Grown).get_one("a").number


def test_older_items_are_listed_updated_put_and_created_over(older):
    grown = as_model(older, Grown)

    assert [item.colour for item in grown.query(Grown.group == "g")] == ["blue"] * 3
    assert grown.update("a", Grown.size.add(1)).colour == "blue"
    item = grown.get_one("b")
    item.colour = "red"
    assert grown.put(item).version == 1
    with pytest.raises(AlreadyExists) as refused:
        grown.create(Grown(id="c"))
    assert refused.value.item.colour == "blue"


def test_an_absent_counter_counts_from_nothing_within_its_bounds(older):
    class Counted(Before):
        seats: Attr[int] = attr(default=0, ge=0, le=9)

    counted = as_model(older, Counted)

    for amount in (-1, 10):
        with pytest.raises(LimitReached):
            counted.update("a", Counted.seats.add(amount))
    assert counted.update("a", Counted.seats.add(9)).seats == 9


def test_an_item_without_an_owner_is_nobodys(make):
    class Mine(Before):
        writer: Attr[str] = owner()

    table = make(Before)
    table.create(Before(id="a"))

    assert as_model(table, Mine).get_one("a").writer == ""
    assert as_model(table, Mine).owned_by("ann").get("a") is None


def test_a_read_names_the_item_that_lacks_a_required_attribute(older):
    strict = as_model(older, Strict)

    for read in (lambda: strict.get("a"), lambda: transact_get((strict, "a"))):
        with pytest.raises(Unreadable, match=r"Strict\.name of \{'id': 'a'\}") as failed:
            read()
        assert (failed.value.key, failed.value.attribute) == ({"id": "a"}, "name")


def test_a_list_returns_the_other_items_and_names_the_unreadable_ones(older):
    strict = as_model(older, Strict)
    strict.create(Strict(id="d", name="Dora"))

    first = strict.query(Strict.group == "g", limit=2)
    rest = strict.query(Strict.group == "g", limit=2, cursor=first.cursor)

    assert (list(first), [error.key for error in first.unreadable]) == ([], [{"id": "a"}, {"id": "b"}])
    assert ([item.id for item in rest], [error.key for error in rest.unreadable]) == (["d"], [{"id": "c"}])
    fetched = strict.batch_get(["a", "d"])
    assert ([item.id for item in fetched.items], fetched.unreadable[0].key) == (["d"], {"id": "a"})


def test_iteration_goes_on_and_raises_at_its_end_for_items_it_could_not_read(older):
    strict = as_model(older, Strict)
    strict.create(Strict(id="d", name="Dora"))

    for items in (strict.iterate(Strict.group == "g", limit=1), strict.iterate_scan()):
        assert next(items).id == "d"
        with pytest.RaisesGroup(Unreadable, Unreadable, Unreadable):
            next(items)


def test_iteration_without_blocking_raises_at_its_end_as_well(older):
    strict = as_model(older, Strict)
    strict.create(Strict(id="d", name="Dora"))
    found = []

    async def read():
        async for item in strict.aiterate(Strict.group == "g", limit=1):
            found.append(item.id)

    with pytest.RaisesGroup(Unreadable, Unreadable, Unreadable):
        asyncio.run(read())
    assert found == ["d"]


@pytest.mark.parametrize("model", [Strict, StrictAndUnique])
def test_an_update_that_sets_the_attribute_repairs_the_item(older, model):
    strict = as_model(older, model)

    assert strict.update("a", model.name.set("Ann")).name == "Ann"
    assert strict.get_one("a").name == "Ann"


class Frame(Model):
    width: Attr[int] = attr(default=1)
    height: Attr[int] = attr(default=1)


class Framed(Before):
    frame: Attr[Frame] = attr(default_factory=Frame)


class Canvas(Model):
    width: Attr[int] = attr()
    height: Attr[int] = attr()


class Hung(Before):
    frame: Attr[Canvas] = attr()


def test_a_patch_of_a_part_that_older_items_lack_begins_with_its_default(older):
    framed = as_model(older, Framed)

    patched = framed.update("a", *Framed.parse_patch({"frame": {"width": 5}}))

    assert patched == framed.get_one("a")
    assert (patched.frame.width, patched.frame.height) == (5, 1)


def test_a_patch_with_a_required_part_repairs_an_item_that_lacks_it(older):
    hung = as_model(older, Hung)

    with pytest.raises(Invalid) as refused:
        hung.update("a", *Hung.parse_patch({"frame": {"width": 5}}))
    assert [one.path for one in refused.value.violations] == ["frame.height"]
    patched = hung.update("a", *Hung.parse_patch({"frame": {"width": 5, "height": 7}}))

    assert patched == hung.get_one("a")
    assert patched.frame == Canvas(width=5, height=7)


def test_an_update_that_would_leave_an_item_unreadable_is_not_made(older):
    strict = as_model(older, Strict)

    for write in (
        lambda: strict.update("a", Strict.size.set(7)),
        lambda: strict.update("a", Strict.size.set(7), condition=Strict.size == 2),
    ):
        with pytest.raises(Unreadable) as failed:
            write()
        assert (failed.value.key, failed.value.written) == ({"id": "a"}, False)
    with pytest.raises(TransactionFailed) as refused:
        transact(strict.update.write("a", Strict.size.set(7)))
    assert isinstance(refused.value.reasons[0], Unreadable)
    assert older.get_one("a").size == 1


@pytest.mark.parametrize("model", [Strict, StrictAndUnique])
def test_an_unreadable_item_can_be_replaced_put_over_and_deleted(older, model):
    strict = as_model(older, model)

    with pytest.raises(AlreadyExists):
        strict.create(model(id="a", name="Ann"))
    assert strict.put(model(id="a", name="Ann")).name == "Ann"
    assert strict.replace("b", model(id="b", name="Ben")).name == "Ben"
    strict.delete("c")
    assert older.get("c") is None


def test_an_update_repairs_a_value_of_another_type(make, client):
    table = make(Product)
    item = table.create(product())
    client.put_item(TableName=table.name, Item=item.schema.encode(item) | {"stock": {"S": "much"}})

    with pytest.raises(Unreadable):
        table.get(item.id)
    assert table.update(item.id, Product.stock.set(5), Product.sku.set("XYZ-9")).stock == 5
    table.create(product(sku="ABC-1"))


@pytest.mark.parametrize("moment", ["0001-01-01T00:00:00+05:00", "9999-12-31T23:59:59-05:00"])
@pytest.mark.parametrize("stored_as", ["iso", "seconds"])
def test_a_time_outside_of_utc_is_a_violation(moment, stored_as):
    class Timed(Model):
        id: Attr[str] = key()
        at: Attr[datetime] = attr(stored_as=stored_as)

    with pytest.raises(Invalid, match="years 1 to 9999"):
        Timed.parse({"id": "1", "at": moment})


def test_the_key_of_an_unreadable_item_has_every_part(make, client):
    class Pair(Model):
        one: Attr[str] = key(stored="1")
        two: Attr[int] = sort_key(stored="2")
        three: Attr[int] = attr()

    table = make(Pair)
    client.put_item(TableName=table.name, Item={"1": {"S": "a"}, "2": {"N": "3"}})

    with pytest.raises(Unreadable) as failed:
        table.get(("a", 3))
    assert failed.value.key == {"one": "a", "two": 3}


def test_a_part_of_the_key_that_cannot_be_read_is_named_as_it_is_stored(make, client):
    class Narrow(Model):
        one: Attr[str] = key()
        two: Attr[Literal[1, 2]] = sort_key()

    table = make(Narrow)
    client.put_item(TableName=table.name, Item={"one": {"S": "a"}, "two": {"N": "3"}})

    (left_out,) = table.scan().unreadable

    assert left_out.key == {"one": "a", "two": {"N": "3"}}


class Account(Model):
    id: Attr[str] = key()
    mail: Attr[str] = attr(unique=True)


class Customer(Model, stored="Account"):
    """Its class and its attribute have new names."""

    id: Attr[str] = key()
    address: Attr[str] = attr(stored="mail", unique=True)


def test_a_renamed_attribute_of_a_renamed_class_stays_unique(make):
    accounts = make(Account)
    accounts.create(Account(id="1", mail="ann@x"))
    customers = as_model(accounts, Customer)

    with pytest.raises(NotUnique):
        customers.create(Customer(id="2", address="ann@x"))
    assert customers.update("1", Customer.address.set("ben@x")).address == "ben@x"
    customers.create(Customer(id="2", address="ann@x"))


def test_hidden_items_of_a_renamed_class_are_found(make):
    class Old(Model, hidden=True):
        id: Attr[str] = key()

    class New(Model, hidden=True, stored="Old"):
        id: Attr[str] = key()

    table = make(Account)
    as_model(table, Old).create(Old(id="a"))

    assert as_model(table, New).get_one("a").id == "a"


class Widened(Before):
    """`size` may be missing now, and `group` may be more."""

    size: Attr[int | None] = attr(default=None)
    group: Attr[Literal["g", "h"]] = attr(default="g")


def test_items_outside_a_narrowed_choice_are_unreadable_until_an_update_repairs_them(make):
    table = make(Before)
    table.batch_put([Before(id="a"), Before(id="b", group="other")])
    narrowed = as_model(table, Widened)

    page = narrowed.scan()

    assert ([item.id for item in page], [error.attribute for error in page.unreadable]) == (["a"], ["group"])
    assert narrowed.update("b", Widened.group.set("h"), Widened.size.remove()).size is None


def test_an_attribute_that_is_not_declared_any_more_survives_a_change(older):
    class Less(Model):
        id: Attr[str] = key()
        group: Attr[str] = attr()

    less = as_model(older, Less)
    item = less.get_one("a")
    item.group = "h"
    less.put(item)

    assert (older.get_one("a").size, older.get_one("a").group) == (1, "h")


def test_values_that_are_stored_are_claimed_when_an_attribute_becomes_unique(make):
    class Loose(Model):
        id: Attr[str] = key()
        mail: Attr[str] = attr()

    loose = make(Loose)
    loose.batch_put([Loose(id="1", mail="ann@x"), Loose(id="2", mail="ben@x"), Loose(id="3", mail="ann@x")])
    accounts = as_model(loose, Account)

    for _ in range(2):  # a run that was stopped is begun again
        for name in ("1", "2"):
            accounts.claim(name)
    with pytest.raises(NotUnique):
        accounts.claim("3")
    with pytest.raises(NotUnique):
        accounts.create(Account(id="4", mail="ben@x"))
    accounts.delete("1")
    accounts.claim("3")


class Renewed(Model, stored="Before"):
    """The same items, with what the first release had not."""

    id: Attr[str] = key()
    group: Attr[str] = attr()
    size: Attr[int] = attr(ge=1)
    colour: Attr[str] = attr(default="blue")
    double: Attr[int] = derived(lambda self: self.size * 2, size)
    mail: Attr[str | None] = attr(default=None, unique=True)
    changed_at: Attr[datetime] = updated_at()
    version: Attr[int] = version()

    by_colour = Index(colour, sort=double)
    everything = ShardedIndex(sort=id)


@pytest.fixture
def renewing(make):
    """The table as it is declared now, with an item of the first release in it."""
    table = make(Renewed)
    as_model(table, Before).create(Before(id="a", size=3))
    return table


def raw_item(table, name):
    return table.client.get_item(TableName=table.name, Key={"id": {"S": name}}, ConsistentRead=True)["Item"]


def write_raw(table, **values):
    item = {name: {"N" if name == "size" else "S": value} for name, value in values.items()}
    table.client.put_item(TableName=table.name, Item=item)


def test_renewing_an_item_writes_defaults_derived_values_and_the_keys_of_indexes(renewing):
    assert (renewing.query(Renewed.colour == "blue").items, renewing.query().items) == ([], [])

    renewing.renew("a")

    (item,) = renewing.query(Renewed.colour == "blue")
    assert (item.colour, item.double, item.version) == ("blue", 6, 1)
    assert renewing.query().items == [item]


def test_an_item_whose_values_stay_keeps_its_version_and_time(renewing):
    item = renewing.create(Renewed(id="b", group="g", size=1, mail="ben@x"))
    key = {"id": {"S": "b"}}
    renewing.client.update_item(TableName=renewing.name, Key=key, UpdateExpression="REMOVE colour, everything_shard")

    renewing.renew("b")

    assert renewing.query(Renewed.colour == "blue").items == [item]


def test_an_item_that_is_stored_as_the_model_says_is_not_written(make, calls):
    table = make(Grown)
    table.create(Grown(id="a", tags={"x", "y"}))
    calls.clear()

    table.renew("a")

    assert calls == ["GetItem"]


def test_a_function_says_what_the_model_cannot(renewing):
    item = renewing.create(Renewed(id="b", group="g", size=1, mail="BEN@X"))

    def lower(raw):
        return {name: one for name, one in raw.items() if name != "size"} | {
            "mail": {"S": raw["mail"]["S"].lower()},
            "size": {"N": str(int(raw["size"]["N"]) * 10)},
        }

    renewing.renew("b", lower)

    assert (renewing.get_one("b").mail, renewing.get_one("b").double, renewing.get_one("b").version) == ("ben@x", 20, 2)
    assert renewing.get_one("b").changed_at > item.changed_at
    renewing.create(Renewed(id="c", group="g", size=1, mail="BEN@X"))
    with pytest.raises(NotUnique):
        renewing.create(Renewed(id="d", group="g", size=1, mail="ben@x"))


def test_a_function_may_change_what_it_is_given(renewing):
    renewing.create(Renewed(id="b", group="g", size=1))

    def grow(raw):
        raw["size"]["N"] = "7"
        return raw

    renewing.renew("b", grow)

    assert (renewing.get_one("b").size, renewing.get_one("b").double) == (7, 14)


def test_what_another_writer_changes_meanwhile_stays(renewing):
    others = as_model(renewing, Before)

    def change(raw):
        if raw["size"]["N"] == "3":
            others.update("a", Before.size.set(4))
        return {**raw, "group": {"S": "h"}}

    renewing.renew("a", change)

    item = renewing.get_one("a")
    assert (item.size, item.double, item.group) == (4, 8, "h")


def test_a_value_that_an_item_does_not_hold_is_not_freed_when_it_gives_it_up(renewing):
    write_raw(renewing, id="b", group="g", size="1", mail="ann@x")
    renewing.create(Renewed(id="c", group="g", size=1, mail="ann@x"))

    renewing.renew("b", lambda raw: raw | {"mail": {"S": "ben@x"}})

    with pytest.raises(NotUnique):
        renewing.create(Renewed(id="d", group="g", size=1, mail="ann@x"))


def test_a_value_that_an_older_version_marked_is_free_when_its_item_gives_it_up(renewing):
    write_raw(renewing, id="b", group="g", size="1", mail="ann@x")
    write_raw(renewing, id="$dynamodel#unique#Before#mail#ann@x")

    renewing.renew("b", lambda raw: raw | {"mail": {"S": "ben@x"}})

    assert renewing.create(Renewed(id="c", group="g", size=1, mail="ann@x")).mail == "ann@x"


@pytest.mark.parametrize("claim", ["claim", "renew"])
def test_a_marker_of_an_older_version_is_claimed_once(renewing, claim):
    for name in "bc":
        write_raw(renewing, id=name, group="g", size="1", mail="ann@x")
    write_raw(renewing, id="$dynamodel#unique#Before#mail#ann@x")

    for _ in range(2):
        getattr(renewing, claim)("b")
    with pytest.raises(NotUnique, match="ann@x"):
        getattr(renewing, claim)("c")


@pytest.mark.parametrize(
    ("change", "error"),
    [
        ({"size": {"S": "many"}}, Unreadable),
        ({"size": {"N": "0"}}, Invalid),
        ({"id": {"S": "z"}}, Invalid),
    ],
)
def test_an_item_that_would_be_wrong_is_left_as_it_is(renewing, change, error):
    before = raw_item(renewing, "a")

    with pytest.raises(error):
        renewing.renew("a", lambda raw: raw | change)

    assert raw_item(renewing, "a") == before
