"""Tickets, connections, subscriptions and the log, on moto."""

from datetime import timedelta

import pytest

from dynamodel import LimitReached, NotFound
from lambdas.live.address import Address
from lambdas.live.models import MAX_SUBSCRIPTIONS, Channel
from lambdas.live.store import NoSuchTicket, now
from tests.live.events import event, read

THINGS = '["things"]'


@pytest.fixture
def connected(store):
    """Open a connection: connected("c1") returns its row."""

    def connect(name, *, reads=None, lasts=timedelta(hours=1)):
        store.connect(store.give_ticket(reads or {"things": ""}, now() + lasts), name)
        return store.connection(name)

    return connect


def start(store, channel=THINGS):
    opened = store.open(channel)
    return opened.at(opened.head)


def test_every_read_is_consistent(store, connected, eventual_reads):
    row = connected("c1")
    store.append(THINGS, read(event()))
    store.subscribe(row, Address("things"), None)
    held = store.take(store.open(THINGS), "holder")

    assert [*store.subscribers(THINGS), *store.log(THINGS, held.at(0), held.at(held.head), limit=9)]
    assert [*store.ended()] == []
    assert eventual_reads == []


def test_a_ticket_opens_one_connection(store):
    ticket = store.give_ticket({"things": ""}, now() + timedelta(hours=1))
    store.connect(ticket, "c1")

    with pytest.raises(NoSuchTicket):
        store.connect(ticket, "c2")

    assert (store.connection("c1").reads, store.connection("c2")) == ({"things": ""}, None)


def test_the_table_stores_no_ticket_in_plain_text(store, rows):
    ticket = store.give_ticket({"things": ""}, now() + timedelta(hours=1))

    assert ticket not in str(rows("ticket"))


@pytest.mark.parametrize("forged", ["", "x", "connection c1"])
def test_a_forged_ticket_opens_nothing(store, forged):
    with pytest.raises(NoSuchTicket):
        store.connect(forged, "c1")


def test_a_connection_ends_with_the_token_and_after_two_hours_at_the_latest(connected):
    short, long = connected("c1", lasts=timedelta(minutes=5)), connected("c2", lasts=timedelta(hours=9))

    assert timedelta(minutes=4) < short.ends - now() < timedelta(minutes=6)
    assert timedelta(hours=1.9) < long.ends - now() <= timedelta(hours=2)


def test_a_forgotten_connection_leaves_no_row(store, connected, rows):
    row = connected("c1")
    for to in ("/things", "/things/1", "/things/2"):
        store.subscribe(row, Address.parse(to), start(store))

    store.forget("c1")

    assert rows("connection", "subscription", "ticket", "ending") == []


def test_an_end_is_stored_until_it_has_come_and_none_that_is_later_than_api_gateways_limit(connected, rows):
    connected("c1", lasts=timedelta(hours=2, seconds=60))
    earlier = connected("c2", lasts=timedelta(hours=2, seconds=-60))

    (ending,) = rows("ending")
    assert ending["sort"]["S"].endswith(" c2")
    assert int(ending["_expires"]["N"]) > earlier.ends.timestamp()


def test_a_subscription_of_a_connection_that_is_gone_fails(store, connected, rows):
    row = connected("c1")
    store.forget("c1")

    with pytest.raises(NotFound):
        store.subscribe(row, Address.parse("/things"), start(store))

    assert rows("subscription") == []


def test_a_connection_has_only_so_many_subscriptions(store, connected):
    row = connected("c1")
    for number in range(MAX_SUBSCRIPTIONS):
        store.subscribe(row, Address("things", str(number)), start(store))

    with pytest.raises(LimitReached):
        store.subscribe(row, Address("things", "one more"), start(store))


def test_the_log_numbers_changes_without_holes(store):
    events = read(*(event(str(number)) for number in range(12)))
    store.append(THINGS, events[:5])
    store.append(THINGS, events[5:])

    channel = store.open(THINGS)
    log = store.log(THINGS, channel.at(0), channel.at(channel.head))

    assert [entry.sort for entry in log] == [str(channel.at(number)) for number in range(1, 13)]
    assert [entry.event for entry in log] == [one.text for one in events]


def test_two_that_open_a_channel_at_once_get_the_same_one(store, dynamodb):
    begun = []

    def begin(**_):
        if not begun:
            begun.append(None)  # what is read in here begins nothing more
            begun[:] = [store.open(THINGS)]

    dynamodb.meta.events.register("after-call.dynamodb.GetItem", begin)
    try:
        opened = store.open(THINGS)
    finally:
        dynamodb.meta.events.unregister("after-call.dynamodb.GetItem", begin)

    assert [opened] == begun


def test_a_read_of_the_log_has_no_more_than_its_limit(store):
    store.append(THINGS, read(event(), event(), event()))
    channel = store.open(THINGS)

    assert len(store.log(THINGS, channel.at(0), channel.at(channel.head), limit=2)) == 2


def test_an_event_that_comes_again_is_in_the_log_once(store):
    first, second, third = read(event(), event(), event())
    store.append(THINGS, [first, second])

    store.append(THINGS, [second, first, third])

    channel = store.open(THINGS)
    assert [one.event for one in store.log(THINGS, channel.at(0), channel.at(9))] == [
        one.text for one in (first, second, third)
    ]


def test_only_one_sends_at_a_time_and_another_takes_over_when_the_lease_ends(store):
    store.append(THINGS, read(event()))
    first = store.take(store.open(THINGS), "first")

    assert (first.sent, store.take(store.open(THINGS), "second")) == (0, None)

    store.channels.update((first.hash, first.sort), Channel.held_until.set(1))  # the time of the first is over
    second = store.take(store.open(THINGS), "second")

    assert second.holder == "second"
    assert store.advance(first, 1) is None
    assert store.advance(second, 1).sent == 1
