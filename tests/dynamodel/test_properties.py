"""Properties of anything valid, on both stand-ins."""

import secrets
from contextlib import suppress
from datetime import UTC, datetime
from decimal import Decimal

import pytest
from hypothesis import HealthCheck, given, settings, strategies as st

from dynamodel import Attr, Invalid, LimitReached, Model, Table, attr, key
from dynamodel.codec import number
from dynamodel.memory import apply

from .shop import Address, Card, Line, Order, Size, Transfer, order

untimed = settings(deadline=None, suppress_health_check=[HealthCheck.too_slow])  # machines can be busy
quick = settings(
    untimed,
    max_examples=25,
    suppress_health_check=[*untimed.suppress_health_check, HealthCheck.function_scoped_fixture],
)
text = st.text(st.characters(codec="utf-8"), max_size=20)
names = st.text(st.characters(codec="utf-8", min_codepoint=32), min_size=1, max_size=8)
decimals = st.builds(
    lambda sign, digits, exponent: Decimal((sign, digits, exponent)),
    st.integers(0, 1),
    st.lists(st.integers(0, 9), min_size=1, max_size=38).map(tuple),
    st.integers(-60, 60),
)
lines = st.builds(
    Line, sku=st.from_regex(r"[A-Z0-9-]{3,32}", fullmatch=True), quantity=st.integers(1, 99), size=st.sampled_from(Size)
)
addresses = st.builds(Address, zip=st.text(st.characters(codec="utf-8"), min_size=3, max_size=9), city=st.none() | text)
payments = st.builds(Card, number=st.from_regex("[0-9]{4}", fullmatch=True)) | st.builds(
    Transfer, iban=st.text(st.characters(codec="utf-8"), min_size=5, max_size=9), reference=st.none() | text
)
VALUES = {
    "lines": st.lists(lines, max_size=3),
    "ship_to": addresses,
    "bill_to": st.none() | addresses,
    "payment": st.none() | payments,
    "notes": st.dictionaries(names, text, max_size=3),
    "scores": st.lists(decimals, max_size=3),
    "codes": st.sets(st.integers(-(10**38) + 1, 10**38 - 1), max_size=3),
    "total": decimals,
    "discount": st.none() | st.decimals(0, 1, places=3),
    "due": st.none() | st.dates(),
    "paid_at": st.none()
    | st.datetimes(timezones=st.just(UTC)).map(
        lambda moment: moment.replace(microsecond=moment.microsecond // 1000 * 1000)
    ),
    "blob": st.none() | st.binary(max_size=30),
    "gift": st.booleans(),
    "mail": st.none() | st.text("abc@.", max_size=9).map(str.upper),
    "data_dot": st.none() | text,
}
orders_made = st.fixed_dictionaries(VALUES).map(lambda values: order(**values))


@given(orders_made)
@untimed
def test_any_valid_item_round_trips_through_the_codec(item):
    item.validate()

    assert Order.schema.decode(Order.schema.encode(item)) == item


@given(orders_made)
@untimed
def test_any_valid_item_round_trips_through_json(item):
    item.validate()

    assert Order.parse(item.to_json()) == item


@given(item=orders_made)
@quick
def test_any_valid_item_round_trips_through_the_table(orders, item):
    item.customer = secrets.token_hex(8)

    orders.create(item)

    assert orders.get(item) == item


def one_change(name, path):
    """Changes of one attribute that any stored value allows."""
    changes = [VALUES[name].map(path.set)]
    if name == "total":
        changes.append(st.decimals(-99, 99, places=2).map(path.add))
    if name == "codes":
        changes += [st.sets(st.integers(0, 5), max_size=2).map(way) for way in (path.add, path.discard)]
    if name in ("scores", "lines"):
        changes += [VALUES[name].map(way) for way in (path.append, path.prepend)]
    if name in ("discount", "due", "mail", "data_dot"):
        changes += [VALUES[name].filter(lambda value: value is not None).map(path.set_default), st.builds(path.remove)]
    if name == "ship_to":
        changes.append(addresses.map(lambda address: path[Address.city].set(address.city)))
    if name == "notes":
        changes.append(st.tuples(names, text).map(lambda pair: path[pair[0]].set(pair[1])))
    return st.one_of(changes)


updates = st.fixed_dictionaries(
    {}, optional={name: one_change(name, getattr(Order, name)) for name in VALUES if name != "gift"}
).map(lambda chosen: list(chosen.values()))


@given(item=orders_made, changes=updates)
@quick
def test_any_update_equals_the_same_update_in_memory(orders, item, changes):
    item.customer, item.total = secrets.token_hex(8), Decimal("12.5")
    orders.create(item)
    expected = apply(item, changes)

    try:
        updated = orders.update(item, *changes, Order.gift.set(True))
    except (Invalid, LimitReached):
        with pytest.raises(Invalid):
            expected.validate()
    else:
        expected.gift = True
        expected.validate()
        assert updated == expected == orders.get(item)


@given(decimals)
@untimed
def test_any_number_of_38_digits_is_written_exactly(value):
    assert Decimal(number(value)) == value


@given(st.integers(39, 60), st.integers(1, 9))
@untimed
def test_no_number_is_ever_rounded(length, digit):
    with pytest.raises(ValueError, match="38 digits"):
        number(Decimal(str(digit) * length))


@given(st.datetimes(timezones=st.timezones()), st.datetimes(timezones=st.timezones()))
@untimed
def test_order_of_stored_times_is_order_of_time(one, other):
    class Event(Model):
        at: Attr[datetime] = attr()

    first, second = (Event.at.attr.encode(moment)["S"] for moment in (one, other))

    assert (first < second) == (one.astimezone(UTC) < other.astimezone(UTC))


@pytest.mark.parametrize("shards", [1, 2, 5])
@given(limits=st.lists(st.integers(1, 7), min_size=1, max_size=4), descending=st.booleans())
@settings(quick, max_examples=10)
def test_pages_of_any_size_list_every_item_once_in_order(client, shards, limits, descending):
    from dynamodel import ShardedIndex

    class Note(Model):
        id: Attr[str] = key()
        all = ShardedIndex(sort=id, shards=shards)

    notes = Table(Note, client, f"notes-{shards}")
    ids = [f"{n:02}" for n in range(23)]
    with suppress(client.exceptions.ResourceInUseException):
        client.create_table(**Note.schema.create_table(notes.name))
        notes.batch_put([Note(id=one) for one in ids])

    listed, cursor = [], None
    for turn in range(99):
        page = notes.query(limit=limits[turn % len(limits)], cursor=cursor, descending=descending)
        listed += [one.id for one in page.items]
        if (cursor := page.cursor) is None:
            break

    assert listed == sorted(ids, reverse=descending)
