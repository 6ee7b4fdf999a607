"""Operations on one item: it is read as written, and errors are specific."""

import asyncio
from datetime import UTC, datetime, timedelta
from decimal import Decimal

import pytest

from dynamodel import (
    AlreadyExists,
    Attr,
    ConditionFailed,
    Invalid,
    LimitReached,
    Model,
    NotFound,
    TooLarge,
    Unreadable,
    attr,
    derived,
    key,
    rule,
)
from dynamodel.repeats import TOKENS

from .shop import (
    Address,
    Animal,
    Booking,
    Card,
    Cat,
    Chart,
    Counter,
    Dog,
    Line,
    Order,
    Product,
    Range,
    Receipt,
    Session,
    order,
    product,
)


def test_a_created_item_is_read_back_equal(products):
    created = products.create(product(tags={"new", "sale"}, description="bright"))

    assert products.get(created.id) == created
    assert created.version == 1
    assert created.created_at == created.updated_at


def test_every_declared_type_is_read_back_equal(orders):
    written = order(
        lines=[Line(sku="ABC", quantity=2)],
        bill_to=Address(zip="99999", city="Ulm"),
        payment=Card(number="1234"),
        notes={"a.b": "x", "ü": ""},
        scores=[Decimal("1.5"), Decimal("1E-130"), Decimal("9.9999999999999999999999999999999999999E+125")],
        codes={3, 1, 2},
        due=datetime(2026, 2, 3, tzinfo=UTC).date(),
        paid_at=datetime(2026, 2, 3, 4, 5, 6, 789000, tzinfo=UTC),
        blob=b"\x00\xff",
        gift=True,
        mail="ANN@EXAMPLE.ORG",
        data_dot="dotted",
    )

    orders.create(written)

    assert orders.get(("ann", 1)) == written


def test_get_of_a_missing_item_returns_none_and_get_one_raises(products):
    assert products.get("nobody") is None
    with pytest.raises(NotFound) as caught:
        products.get_one("nobody")

    assert caught.value.key == "nobody"


def test_create_at_a_taken_key_raises_with_the_stored_item(orders):
    orders.create(order(total=Decimal(5)))

    with pytest.raises(AlreadyExists) as caught:
        orders.create(order(total=Decimal(6)))

    assert caught.value.item.total == 5


def test_a_projection_reads_the_fields_and_no_others(orders):
    orders.create(order(total=Decimal(5), lines=[Line(sku="ABC", quantity=2)]))

    part = orders.get(("ann", 1), fields=[Order.total, Order.due])

    assert (part.total, part.due) == (5, None)
    with pytest.raises(AttributeError, match="was not read"):
        part.lines  # noqa: B018
    with pytest.raises(TypeError, match="read in part"):
        orders.put(part)


def test_update_returns_the_item_as_it_is_afterwards(products):
    created = products.create(product())

    updated = products.update(created.id, Product.price.set(5), Product.description.set("cheap"), Product.stock.add(3))

    assert (updated.price, updated.description, updated.stock, updated.version) == (Decimal(5), "cheap", 3, 2)
    assert updated.updated_at > created.updated_at == updated.created_at
    assert products.get(created.id) == updated


def test_update_of_a_missing_item_creates_nothing(products):
    with pytest.raises(NotFound):
        products.update("nobody", Product.price.set(5))

    assert products.get("nobody") is None


def test_update_checks_the_rules_of_a_create(products):
    created = products.create(product())

    with pytest.raises(Invalid) as caught:
        products.update(
            created.id,
            Product.price.set(Decimal("1.234")),
            Product.name.set(""),
            Product.stock.set_default(-1),
            Product.tags.add({"No Slug"}),
        )

    assert sorted(violation.path for violation in caught.value.violations) == ["name", "price", "stock", "tags[0]"]
    assert products.get(created.id) == created


def test_keys_and_attributes_set_by_the_store_cannot_be_changed(products):
    with pytest.raises(Invalid) as caught:
        products.update("x", Product.id.set("y"), Product.version.set(9), Product.name.remove())

    assert [violation.path for violation in caught.value.violations] == ["id", "version", "name"]


def test_a_counter_never_leaves_its_bounds(products):
    created = products.create(product(stock=3))

    with pytest.raises(LimitReached) as caught:
        products.update(created.id, Product.stock.add(-4))

    assert caught.value.item.stock == 3
    assert [violation.path for violation in caught.value.violations] == ["stock"]
    assert products.update(created.id, Product.stock.add(-3)).stock == 0


def test_a_set_never_outgrows_its_bound(products):
    created = products.create(product(tags={"a", "b", "c"}))

    assert products.update(created.id, Product.tags.add({"a", "c"})).tags == {"a", "b", "c"}
    with pytest.raises(LimitReached):
        products.update(created.id, Product.tags.add({"d"}))


class Pair(Model):
    """A set that is never smaller than two."""

    id: Attr[str] = key()
    names: Attr[set[str]] = attr(min_length=2)


def test_a_set_never_shrinks_below_its_bound(make):
    pairs = make(Pair)
    pairs.create(Pair(id="a", names={"x", "y", "z"}))

    assert pairs.update("a", Pair.names.discard({"x"})).names == {"y", "z"}
    with pytest.raises(LimitReached):
        pairs.update("a", Pair.names.discard({"y"}))


def test_a_set_can_be_emptied_and_filled_again(products):
    created = products.create(product(tags={"a"}))

    assert products.update(created.id, Product.tags.discard({"a"})).tags == set()
    assert products.update(created.id, Product.tags.add({"b"})).tags == {"b"}
    for empty in (Product.tags.set(set()), Product.tags.remove()):
        assert products.update(created.id, empty).tags == set()


class Tagged(Model):
    id: Attr[str] = key()
    tags: Attr[set[str]] = attr()
    size: Attr[int] = attr(default=1)


def test_an_item_whose_required_set_is_empty_can_be_changed(make):
    tagged = make(Tagged)
    tagged.create(Tagged(id="a", tags=set()))

    assert tagged.update("a", Tagged.size.set(2)) == Tagged(id="a", tags=set(), size=2)


def test_a_failed_condition_raises_with_the_stored_item(products):
    created = products.create(product(stock=1))

    with pytest.raises(ConditionFailed) as caught:
        products.update(created.id, Product.price.set(1), condition=Product.version == 7)

    assert caught.value.item == created
    assert not isinstance(caught.value, LimitReached)


def test_nested_places_can_be_changed_alone(orders):
    orders.create(order(lines=[Line(sku="AAA", quantity=1), Line(sku="BBB", quantity=2)], notes={"a": "x", "b": "y"}))

    changed = orders.update(
        ("ann", 1),
        Order.lines[1][Line.quantity].set(7),
        Order.lines[0][Line.sku].set("CCC"),
        Order.ship_to[Address.zip].set("54321"),
        Order.notes["a"].remove(),
        Order.notes["c.d"].set("z"),
    )

    assert [(line.sku, line.quantity) for line in changed.lines] == [("CCC", 1), ("BBB", 7)]
    assert (changed.ship_to.zip, changed.notes) == ("54321", {"b": "y", "c.d": "z"})


def test_nested_numbers_and_sets_grow_and_shrink(orders, calls):
    orders.create(order(lines=[Line(sku="AAA", quantity=1, labels={"a"})], scores=[Decimal(1), Decimal(2)]))
    calls.clear()

    counted = orders.update(("ann", 1), Order.lines[0][Line.quantity].add(2))
    changed = orders.update(("ann", 1), Order.lines[0][Line.labels].add({"b"}), Order.lines[0][Line.quantity].add(1))
    emptied = orders.update(
        ("ann", 1), Order.lines[0][Line.labels].discard({"a", "b"}), Order.scores[0].set(Decimal(3))
    )

    assert (counted.lines[0].quantity, changed.lines[0].quantity, changed.lines[0].labels) == (3, 4, {"a", "b"})
    assert orders.get(("ann", 1)) == emptied
    assert (emptied.lines[0].labels, emptied.scores) == (set(), [Decimal(3), Decimal(2)])
    assert calls == ["UpdateItem", *["GetItem", "UpdateItem"] * 2, "GetItem"]
    with pytest.raises(LimitReached):
        orders.update(("ann", 1), Order.lines[0][Line.quantity].add(99))


def test_nested_changes_are_held_to_the_rules_of_their_model(orders):
    with pytest.raises(Invalid) as caught:
        orders.update(("ann", 1), Order.lines[0][Line.quantity].set(100), Order.notes["a"].set("x" * 21))

    assert [violation.path for violation in caught.value.violations] == ["lines[0].quantity", "notes.a"]


def test_a_change_inside_a_missing_value_is_a_failed_condition(orders):
    created = orders.create(order())

    with pytest.raises(ConditionFailed) as caught:
        orders.update(("ann", 1), Order.bill_to[Address.zip].set("54321"))

    assert caught.value.item == created


def test_lists_grow_at_both_ends_up_to_their_bound(orders):
    orders.create(order(lines=[Line(sku="AAA", quantity=1)], scores=[Decimal(1)]))

    grown = orders.update(
        ("ann", 1), Order.lines.append([Line(sku="BBB", quantity=1)] * 4), Order.scores.prepend([Decimal(0)])
    )

    assert ([line.sku for line in grown.lines], grown.scores) == (["AAA", *["BBB"] * 4], [0, 1])
    for grow in (Order.lines.append, Order.lines.prepend):
        with pytest.raises(LimitReached):
            orders.update(("ann", 1), grow([Line(sku="CCC", quantity=1)]))


@pytest.mark.parametrize(
    "change",
    [
        Chart.span[Range.low].set(9),
        Chart.pair.add(1),
        Chart.points[5].set(7),
        Chart.copied.set(Chart.pair),
    ],
    ids=["a rule of a part", "a check of one's own", "a place beyond the end", "a copy"],
)
def test_rules_that_no_expression_can_state_are_checked_too(make, change):
    charts = make(Chart)
    stored = charts.create(Chart(id="a", span=Range(low=1, high=5), pair=8, points=[1, 2]))

    with pytest.raises((Invalid, LimitReached)):
        charts.update("a", change)

    assert charts.get("a") == stored


def test_one_path_cannot_be_changed_twice(orders):
    with pytest.raises(Invalid, match="changed twice"):
        orders.update(("ann", 1), Order.ship_to[Address.zip].set("12345"), Order.ship_to.set(Address(zip="12345")))


def test_an_optional_value_is_removed_and_set_if_missing(orders):
    orders.create(order(discount=Decimal("0.5")))

    assert orders.update(("ann", 1), Order.discount.remove()).discount is None
    assert orders.update(("ann", 1), Order.discount.set_default(Decimal("0.1"))).discount == Decimal("0.1")
    assert orders.update(("ann", 1), Order.discount.set_default(Decimal("0.2"))).discount == Decimal("0.1")


def test_a_value_can_be_copied_from_another_attribute(orders):
    orders.create(order(total=Decimal(12), discount=Decimal("0.5")))

    assert orders.update(("ann", 1), Order.total.set(Order.discount)).total == Decimal("0.5")


def test_upsert_makes_a_whole_item_of_changes_and_defaults(make):
    counters = make(Counter)

    first = counters.update("hits", Counter.count.add(2), upsert=True)
    second = counters.update("hits", Counter.count.add(2), upsert=True)

    assert (first.count, first.version, second.count, second.version) == (2, 1, 4, 2)


def test_upsert_without_a_required_attribute_is_refused(orders):
    with pytest.raises(Invalid) as caught:
        orders.update(("ann", 1), Order.gift.set(True), upsert=True)

    assert [violation.path for violation in caught.value.violations] == ["ship_to"]


def test_upsert_stores_defaults(orders):
    made = orders.update(("ann", 1), Order.ship_to.set(Address(zip="12345")), upsert=True)

    assert made == order()


def test_replace_keeps_key_and_time_of_creation_alone(products):
    created = products.create(product(description="old", tags={"a"}))

    replaced = products.replace(created.id, product("NEW-1", stock=4))

    assert (replaced.id, replaced.created_at, replaced.version) == (created.id, created.created_at, 2)
    assert (replaced.sku, replaced.description, replaced.tags, replaced.stock) == ("NEW-1", None, set(), 4)
    assert products.get(created.id) == replaced


def test_replace_of_a_missing_item_creates_nothing(products, orders):
    with pytest.raises(NotFound):
        products.replace("nobody", product())
    with pytest.raises(NotFound):
        orders.replace(("ann", 1), order())

    assert (products.get("nobody"), orders.get(("ann", 1))) == (None, None)


def test_replace_without_unique_values_is_one_call(orders, calls):
    orders.create(order(discount=Decimal("0.5"), codes={1}))
    calls.clear()

    replaced = orders.replace(("ann", 1), order("bob", 7, total=Decimal(3)))

    assert calls == ["UpdateItem"]
    assert replaced == order(total=Decimal(3)) == orders.get(("ann", 1))


def test_delete_removes_the_item_and_raises_if_there_was_none(products):
    created = products.create(product())

    products.delete(created.id)

    assert products.get(created.id) is None
    with pytest.raises(NotFound):
        products.delete(created.id)


def test_delete_under_a_condition_that_fails_deletes_nothing(orders):
    created = orders.create(order())

    with pytest.raises(ConditionFailed):
        orders.delete(("ann", 1), condition=Order.gift == True)  # noqa: E712

    assert orders.get(("ann", 1)) == created


def test_plain_operations_are_one_call_each(make, calls):
    counters = make(Counter)
    calls.clear()

    counters.create(Counter(id="a"))
    counters.get("a")
    counters.update("a", Counter.count.add(1))
    counters.replace("a", Counter(id="a"))
    counters.put(counters.get("a"))
    counters.delete("a")

    assert calls == ["PutItem", "GetItem", "UpdateItem", "UpdateItem", "GetItem", "PutItem", "DeleteItem"]


class Plain(Model):
    id: Attr[str] = key()
    size: Attr[int] = attr(default=1)
    tags: Attr[list[str]] = attr(default_factory=list)


class Doubled(Plain):
    double: Attr[int] = derived(lambda self: self.size * 2, Plain.size)


class Bounded(Plain):
    @rule(Plain.size, Plain.tags)
    def has_room(self):
        if len(self.tags) > self.size:
            raise ValueError("too many tags")


class Mapped(Plain):
    size: Attr[dict[str, int]] = attr(default_factory=dict)


class Housed(Plain):
    size: Attr[Address | None] = attr(default=None)


class Coded(Plain):
    size: Attr[str | None] = attr(default=None, unique=True)


@pytest.mark.parametrize(
    ("model", "value", "reads"),
    [
        (Plain, 2, 0),
        (Doubled, 2, 1),
        (Bounded, 2, 1),
        (Mapped, {"a": 2}, 1),
        (Housed, {"zip": "12345"}, 1),
        (Coded, "A", 1),
    ],
)
def test_a_model_says_if_its_patches_read_first(make, calls, model, value, reads):
    table = make(model)
    table.create(model(id="a"))
    calls.clear()

    table.update("a", *model.parse_patch({"size": value}))

    assert (calls.count("GetItem"), model.schema.reads_to_patch) == (reads, bool(reads))


def test_put_of_an_item_that_others_changed_is_refused(make):
    counters = make(Counter)
    counters.create(Counter(id="a"))
    mine, theirs = counters.get("a"), counters.get("a")
    theirs.count = 1
    counters.put(theirs)

    mine.count = 5
    with pytest.raises(ConditionFailed) as caught:
        counters.put(mine)

    assert (caught.value.item.count, mine.version, theirs.version) == (1, 1, 2)


def test_put_of_a_new_item_over_an_old_one_is_refused_under_a_version(make):
    counters = make(Counter)
    counters.put(Counter(id="a"))

    with pytest.raises(ConditionFailed):
        counters.put(Counter(id="a", count=3))


def test_put_without_a_version_overwrites(orders):
    orders.put(order(total=Decimal(1)))
    orders.put(order(total=Decimal(2)))

    assert orders.get(("ann", 1)).total == 2


def test_an_item_knows_what_was_changed_since_it_was_read(products):
    created = products.create(product(tags={"a"}))
    read = products.get(created.id)

    read.price = Decimal(1)
    read.tags.add("b")

    assert read.changed == {"price", "tags"}
    assert (read.stored.price, read.stored.tags) == (Decimal("9.99"), {"a"})
    assert product().stored is None


def test_undeclared_attributes_survive_read_change_and_save(client, make):
    counters = make(Counter)
    stored = {"id": {"S": "a"}, "count": {"N": "1"}, "version": {"N": "1"}, "more": {"M": {"x": {"L": [{"N": "1"}]}}}}
    client.put_item(TableName=counters.name, Item=stored)

    read = counters.get("a")
    read.count = 2
    counters.put(read)
    counters.update("a", Counter.count.add(1))

    kept = client.get_item(TableName=counters.name, Key={"id": {"S": "a"}})["Item"]
    assert {name: kept[name] for name in stored} == stored | {"count": {"N": "3"}, "version": {"N": "3"}}
    assert kept.keys() - stored.keys() == {*TOKENS}


def test_undeclared_attributes_can_be_refused(client, make):
    class Strict(Counter, undeclared="refuse"):
        """Nothing but what is declared."""

    table = make(Strict)
    client.put_item(
        TableName=table.name,
        Item={"id": {"S": "a"}, "count": {"N": "1"}, "version": {"N": "1"}, "more": {"N": "1"}},
    )

    with pytest.raises(Unreadable, match="more"):
        table.get("a")


@pytest.mark.parametrize(
    "stored",
    [{"count": {"S": "1"}}, {"count": {"N": "1.5"}}, {"count": {"NULL": True}}, {"count": {"BOOL": True}}],
)
def test_an_item_that_does_not_fit_the_model_is_unreadable(client, make, stored):
    counters = make(Counter)
    client.put_item(TableName=counters.name, Item={"id": {"S": "a"}, "version": {"N": "1"}, **stored})

    with pytest.raises(Unreadable, match=r"Counter\.count"):
        counters.get("a")


def test_expired_items_are_hidden_from_every_read(make):
    sessions = make(Session)
    past, future = datetime.now(UTC) - timedelta(hours=1), datetime.now(UTC) + timedelta(hours=1)
    sessions.create(Session(token="old", expires=past))
    sessions.create(Session(token="new", expires=future))

    assert sessions.get("old") is None
    assert sessions.get("new").expires == future.replace(microsecond=0)
    assert [one.token for one in sessions.query(Session.user == "ann").items] == ["new"]
    assert sessions.count(Session.user == "ann") == 1
    assert [one.token for one in sessions.scan().items] == ["new"]
    assert [one.token for one in sessions.batch_get(["old", "new"]).items] == ["new"]


def test_expired_items_are_hidden_from_writes(make):
    sessions = make(Session)
    past, future = datetime.now(UTC) - timedelta(hours=1), datetime.now(UTC) + timedelta(hours=1)
    sessions.create(Session(token="old", expires=past))

    with pytest.raises(NotFound):
        sessions.update("old", Session.user.set("bob"))
    with pytest.raises(NotFound):
        sessions.delete("old")
    assert sessions.create(Session(token="old", user="bob", expires=future)).user == "bob"


def test_models_share_a_table_and_are_told_apart_by_their_tag(make, client):
    from dynamodel import Table

    animals = make(Animal)
    dogs, cats = Table(Dog, client, animals.name), Table(Cat, client, animals.name)
    rex, tom = dogs.create(Dog(id="1", name="Rex", tricks=3)), cats.create(Cat(id="2", name="Tom"))

    assert animals.query(order_by=Animal.id).items == [rex, tom]
    assert [type(one) for one in animals.scan().items] in ([Dog, Cat], [Cat, Dog])
    assert dogs.query().items == [rex]
    assert (cats.get("1"), dogs.count(), animals.count()) == (None, 1, 2)
    with pytest.raises(NotFound):
        cats.update("1", Cat.name.set("Felix"))


def test_hidden_models_live_beside_another_and_are_never_seen_there(products, client):
    from dynamodel import Table

    receipts = Table(Receipt, client, products.name)
    created = products.create(product())

    receipts.create(Receipt(id=created.id, text="seen"))

    assert receipts.get(created.id).text == "seen"
    assert products.get(created.id) == created
    assert [one.id for one in products.scan().items] == [created.id]
    assert [one.id for one in receipts.scan().items] == [created.id]
    with pytest.raises(Invalid, match="reserved"):
        products.get("$dynamodel#Receipt#" + created.id)


def test_rules_across_attributes_hold_on_update(make, calls):
    bookings = make(Booking)
    made = bookings.create(Booking(first=1, last=3))
    calls.clear()

    with pytest.raises(Invalid, match="last must be after first"):
        bookings.update(made.id, Booking.last.set(1))

    assert bookings.update(made.id, Booking.last.set(9)).nights == 8
    assert bookings.get(made.id).nights == 8
    assert calls == ["GetItem", "GetItem", "UpdateItem", "GetItem"]


def test_a_change_that_no_rule_is_about_is_one_call(make, calls):
    bookings = make(Booking)
    made = bookings.create(Booking(first=1, last=3))
    calls.clear()

    assert bookings.update(made.id, Booking.guests.add(1)).guests == 2

    assert calls == ["UpdateItem"]


def test_limits_are_told_apart_where_an_update_reads_first_too(make):
    bookings = make(Booking)
    made = bookings.create(Booking(first=1, last=3))

    with pytest.raises(LimitReached) as caught:
        bookings.update(made.id, Booking.guests.add(4), Booking.last.set(9))

    assert [violation.path for violation in caught.value.violations] == ["guests"]


def test_an_update_that_reads_first_still_takes_a_condition(make):
    bookings = make(Booking)
    made = bookings.create(Booking(first=1, last=3))

    with pytest.raises(ConditionFailed) as caught:
        bookings.update(made.id, Booking.last.set(5), condition=Booking.version == 9)

    assert caught.value.item == made


def test_an_item_beyond_400_kb_is_refused_before_the_request(products, calls):
    calls.clear()

    with pytest.raises(TooLarge):
        products.client.meta and make_large(products)

    assert calls == []


def make_large(products):
    from dynamodel import Attr, Model, Table, attr, key

    class Large(Model):
        id: Attr[str] = key()
        text: Attr[str] = attr()

    Table(Large, products.client, products.name).create(Large(id="a", text="ü" * 205_000))


@pytest.mark.parametrize("bad", ["", "x" * 2049, 5, None, "\ud800"])
def test_a_key_that_dynamodb_cannot_hold_is_refused_before_the_request(products, calls, bad):
    calls.clear()

    with pytest.raises(Invalid):
        products.get(bad)

    assert calls == []


def test_hooks_run_before_writing_and_after_reading(make):
    from dynamodel import Attr, Model, attr, key

    seen = []

    class Noted(Model):
        id: Attr[str] = key()
        slug: Attr[str] = attr(default="")

        def before_write(self):
            self.slug = self.id.lower()

        def after_write(self):
            seen.append(("written", self.slug))

        def after_read(self):
            seen.append(("read", self.slug))

    table = make(Noted)
    table.create(Noted(id="ABC"))
    table.get("ABC")

    assert seen == [("written", "abc"), ("read", "abc")]


def test_operations_can_be_awaited(products):
    async def story():
        created = await products.create.run_async(product())
        read, missing = await asyncio.gather(products.get.run_async(created.id), products.get.run_async("nobody"))
        listed = [one async for one in products.aiterate(Product.category == "home")]
        return created, read, missing, listed

    created, read, missing, listed = asyncio.run(story())

    assert (read, missing, listed) == (created, None, [created])


def test_an_operation_shows_its_request_without_sending_it(orders, calls):
    calls.clear()

    shown = orders.get.request(("ann", 1), fields=[Order.total], consistent=True)

    assert (shown.operation, calls) == ("GetItem", [])
    assert shown.parameters["Key"] == {"customer": {"S": "ann"}, "number": {"N": "1"}}
    assert shown.parameters["ExpressionAttributeNames"] == {"#0": "size", "#1": "customer", "#2": "number"}
