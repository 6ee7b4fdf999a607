"""Subscriptions and delivery of changes, on moto and a management API of our own."""

import json
import random
import time
from datetime import timedelta
from itertools import count

import pytest

from lambdas.live import broadcast, connections, delivery, expire, ping, subscribe, unknown, unsubscribe
from lambdas.live.address import Address
from lambdas.live.events import Event
from lambdas.live.models import Channel, Connection, Subscription
from lambdas.live.store import LEASE, now
from lambdas.rest.problems import Problem
from tests.live.events import batch, event

READS = {"things": ""}
PATIENCE = connections.PATIENCE


@pytest.fixture
def client(api, store):
    """A client that is connected: client("c1").subscribe("/things")."""

    class Client:
        def __init__(self, name, *, reads=READS, lasts=timedelta(hours=1)):
            self.name = name
            store.connect(store.give_ticket(reads, now() + lasts), name)
            api.open.add(name)

        def send(self, handler, text):
            body = text if isinstance(text, str) else json.dumps(text)
            return handler.handler({"requestContext": {"connectionId": self.name}, "body": body}, None)

        def subscribe(self, to, after=None):
            self.send(subscribe, {"action": "subscribe", "to": to, "after": after})
            return self

        @property
        def messages(self):
            return api.messages(self.name)

        @property
        def changes(self):
            return api.changes(self.name)

    return Client


def tell(*events):
    return broadcast.handler(batch(*events), None)["batchItemFailures"]


def ids(*events):
    return [one["id"] for one in events]


def metrics(log):
    """The counts that were written into the log, all but the milliseconds: a few, or some hundred."""
    found = [line for line in log() if "_aws" in line]
    assert all(1 < took < 60_000 for line in found for took in line.get("FanOutMs", ()))
    declared = [(one["Name"], line) for line in found for one in line["_aws"]["CloudWatchMetrics"][0]["Metrics"]]
    return {name: line[name] for name, line in declared if name != "FanOutMs"}


def test_subscribers_receive_changes_after_they_subscribed(client):
    before, first, second = event(), event(), event()
    tell(before)
    one = client("c1").subscribe("/things")

    tell(first, second)

    assert [message["type"] for message in one.messages] == ["subscribed", "change", "change"]
    assert one.changes == ids(first, second)
    assert one.messages[1]["event"] == first
    assert [message["position"] for message in one.messages] == sorted(message["position"] for message in one.messages)


def test_a_subscriber_of_an_item_receives_the_changes_of_that_item(client):
    mine, other = event("1"), event("2")
    one, odd = client("c1").subscribe("/things/1"), client("c2").subscribe("/things/1/2")

    tell(mine, other, event("1/2", id="with a slash"))

    assert (one.changes, odd.changes) == (ids(mine), ["with a slash"])
    assert {message["to"] for message in one.messages} == {"/things/1"}


def test_with_a_position_what_was_missed_comes_again_and_nothing_else(client, rows):
    one = client("c1").subscribe("/things")
    first, *missed = (event(str(number)) for number in range(delivery.BATCH + 10))
    tell(first)
    last = one.messages[-1]["position"]
    for chunk in range(0, len(missed), 30):
        tell(*missed[chunk : chunk + 30])

    again = client("c2").subscribe("/things", after=last)
    item = client("c3").subscribe("/things/7", after=last)

    assert again.changes == ids(*missed)
    assert item.changes == [missed[6]["id"]]
    assert [row for row in rows("subscription") if "position" in row] == []  # nobody has to be sent more than others


@pytest.mark.parametrize("wrong", ["0000000000001-000000000000", "9999999999999-000000000001", "past the head"])
def test_a_position_that_the_log_does_not_know_is_answered_with_one_resync(client, store, wrong):
    tell(event())
    channel = store.open('["things"]')
    one = client("c1").subscribe("/things", after=str(channel.at(99)) if wrong == "past the head" else wrong)

    told = event()
    tell(told)

    assert [message["type"] for message in one.messages] == ["resync", "change"]
    assert one.messages[0] == {"type": "resync", "to": "/things", "position": str(channel.at(channel.head))}
    assert one.changes == ids(told)


def test_changes_that_have_left_the_log_are_answered_with_one_resync(client, store):
    tell(*(event() for _ in range(3)))
    channel = store.open('["things"]')
    gone = store.log(channel.name, channel.at(0), channel.at(2))
    store.entries.batch_delete([(one.hash, one.sort) for one in gone])

    late, in_time = client("c1"), client("c2")
    late.subscribe("/things", after=str(channel.at(1)))
    in_time.subscribe("/things", after=str(channel.at(2)))

    assert [message["type"] for message in late.messages] == ["resync"]
    assert [message["type"] for message in in_time.messages] == ["subscribed", "change"]


def test_more_than_a_replay_holds_is_answered_with_a_resync(client, store):
    one = client("c1").subscribe("/things")
    channel = store.open('["things"]')
    store.channels.update((channel.hash, channel.sort), Channel.head.set(delivery.MAX_REPLAY + 1))

    one.subscribe("/things", after=str(channel.at(0)))

    assert one.messages[-1]["type"] == "resync"


def test_changes_that_left_the_log_before_they_were_sent_become_a_resync(client, store):
    one = client("c1").subscribe("/things")
    store.append('["things"]', [*map(delivery_event, (event(), event()))])
    channel = store.open('["things"]')
    store.entries.batch_delete(
        [(each.hash, each.sort) for each in store.log(channel.name, channel.at(0), channel.at(1))]
    )

    last = event()
    tell(last)
    tell(event(id="later"))

    assert [message["type"] for message in one.messages] == ["subscribed", "resync", "change"]
    assert one.changes == ["later"]


def delivery_event(given):
    return Event.read(json.dumps(given))


def test_changes_of_owned_items_are_sent_to_their_owner_alone(client):
    ann, ben = client("c1", reads={"notes": "ann"}), client("c2", reads={"notes": "ben"})
    ann.subscribe("/notes")
    ben.subscribe("/notes").subscribe("/notes/1")
    secret = event("1", resource="notes", owner="ann")

    tell(secret)

    assert (ann.changes, ben.changes) == (ids(secret), [])


def test_a_collection_that_the_ticket_does_not_name_is_refused_with_those_it_does(client):
    one = client("c1").subscribe("/notes")

    (message,) = one.messages
    assert (message["type"], message["problem"]["status"]) == ("error", 403)
    assert "/notes" in message["problem"]["detail"]
    assert message["problem"]["possible"] == ["/things"]


def test_queue_messages_that_come_twice_or_late_change_nothing(client, store):
    one = client("c1").subscribe("/things")
    first, second, third = event(), event(), event()

    tell(first, second)
    tell(first)
    tell(third)
    tell(second, third)

    assert one.changes == ids(first, second, third)
    assert store.open('["things"]').sent == 3


def test_an_unsubscribed_client_receives_no_more_changes(client, rows):
    one = client("c1").subscribe("/things")

    for _ in range(2):  # the second time, there is none
        one.send(unsubscribe, {"action": "unsubscribe", "to": "/things"})
    tell(event())

    assert (one.messages[1:], rows("subscription")) == ([], [])


def test_a_connection_that_is_gone_is_forgotten_and_holds_up_nobody(client, api, rows, store):
    one, _, half_forgotten = (client(name).subscribe("/things") for name in ("c1", "c2", "c3"))
    api.open &= {one.name}
    store.connections.delete(store.connection(half_forgotten.name))
    told = event()

    assert tell(told) == []

    assert one.changes == ids(told)
    assert [row["connection"]["S"] for row in rows("subscription")] == ["c1"]
    assert [row["hash"]["S"] for row in rows("connection")] == ["connection c1"]


def test_throttled_calls_are_made_again(client, api):
    one = client("c1").subscribe("/things")
    api.answers["c1"] = [429, 500, 429]
    told = event()

    tell(told)

    assert (one.changes, api.closed) == (ids(told), [])


@pytest.mark.timed
def test_a_stalled_connection_is_closed_and_resumes_where_it_was(client, api):
    fast, throttled, silent = (client(f"c{number}").subscribe("/things") for number in (1, 2, 3))
    last = silent.messages[-1]["position"]
    api.answers |= {throttled.name: [429] * 99, silent.name: [0]}
    first, second = event(), event()

    began = time.monotonic()
    tell(first)
    took = time.monotonic() - began
    tell(second)

    assert took < 2 * PATIENCE + 1
    assert (fast.changes, {*api.closed}) == (ids(first, second), {throttled.name, silent.name})
    assert client("c4").subscribe("/things", after=last).changes == ids(first, second)


def test_a_subscription_ends_with_the_token_of_its_ticket(client, api, store, rows, log):
    one = client("c1", lasts=timedelta(seconds=-1))
    row = store.connection("c1")
    store.connections.update((row.hash, row.sort), Connection.ends.set(now() + timedelta(hours=1)))
    one.subscribe("/things")
    (subscription,) = store.subscribers('["things"]')
    key = (subscription.hash, subscription.sort)
    store.subscriptions.update(key, Subscription.ends.set(now() - timedelta(seconds=1)))

    tell(event())

    assert (one.changes, api.closed) == ([], ["c1"])
    assert rows("connection", "subscription") == []
    assert metrics(log)["ConnectionsClosed"] == [1]


@pytest.mark.parametrize("handler", [subscribe, unsubscribe, ping, unknown], ids=lambda one: one.__name__)
def test_a_message_after_the_token_ended_closes_the_connection(client, api, rows, handler):
    one = client("c1", lasts=timedelta(seconds=-1))

    one.send(handler, {"action": handler.__name__.rpartition(".")[2], "to": "/things"})

    assert (one.messages, api.closed, rows("connection")) == ([], ["c1"], [])


def test_what_is_sent_and_what_is_closed_are_counted(client, api, log):
    client("c1").subscribe("/things")
    client("c2").subscribe("/things")
    api.open.discard("c2")
    ended = client("c3", lasts=timedelta(seconds=-1))

    tell(event())
    assert metrics(log) == {"FramesSent": [1], "ConnectionsGone": [1], "ConnectionsClosed": [0]}
    expire.handler({}, None)
    assert metrics(log) == {"ConnectionsClosed": [1]}
    expire.handler({}, None)
    assert (metrics(log), api.closed) == ({}, [ended.name])


def test_every_minute_the_connections_whose_token_ended_are_closed_and_no_others(client, api, rows):
    ended, lasting, dead = (client(f"c{name}", lasts=timedelta(minutes=name)) for name in (-1, 60, -2))
    lasting.subscribe("/things")
    api.open.discard(dead.name)

    expire.handler({}, None)

    assert {*api.closed} == {ended.name, dead.name}
    assert api.open == {lasting.name}
    assert len(rows("connection")) == len(rows("ending")) == 1


def test_an_end_that_could_not_be_brought_about_is_tried_again_and_holds_up_no_other(client, api, rows):
    held, _ = (client(f"c{number}", lasts=timedelta(minutes=-number)) for number in (2, 1))
    api.stuck.add(held.name)

    with pytest.raises(Exception, match="500"):
        expire.handler({}, None)
    assert (api.open, len(rows("ending"))) == ({held.name}, 1)
    expire.handler({}, None)

    assert (api.open, rows("connection", "ending")) == (set(), [])


@pytest.mark.parametrize(
    ("handler", "text", "kind"),
    [
        (unknown, "nonsense", "malformed"),
        (unknown, "[" * 5_000, "malformed"),
        (unknown, "[]", "malformed"),
        (unknown, '{"action": "dance"}', "invalid"),
        (subscribe, '{"action": "subscribe"}', "invalid"),
        (subscribe, '{"action": "subscribe", "to": "things"}', "invalid"),
        (subscribe, '{"action": "subscribe", "to": "/things", "after": "yesterday"}', "invalid"),
        (subscribe, '{"action": "subscribe", "to": "/things", "also": 1}', "invalid"),
        (unsubscribe, '{"action": "unsubscribe", "to": null}', "invalid"),
        (ping, json.dumps({"action": "ping", "pad": "x" * 40_000}), "too-large"),
        (unknown, json.dumps({"action": "\U0001f600" * 7_900}, ensure_ascii=False), "invalid"),
        (ping, json.dumps({"\U0001f600" * (200 + one): 1 for one in range(30)}, ensure_ascii=False), "invalid"),
        (subscribe, json.dumps({"action": "subscribe", "to": "/" + "a" * 32_000}), "forbidden"),
        (subscribe, json.dumps({"action": "subscribe", "to": "/things/" + "\U0001f600" * 1_024}), "invalid"),
        (subscribe, '{"action": "subscribe", "to": "/things/\\ud800"}', "invalid"),
    ],
    ids=count(),
)
def test_a_wrong_message_is_answered_with_a_problem_and_the_connection_stays(client, api, handler, text, kind):
    one = client("c1")

    one.send(handler, text)
    one.send(ping, {"action": "ping"})

    error, pong = one.messages
    assert (error["type"], error["problem"]["type"]) == ("error", Problem(kind).summary["type"])
    assert (pong, api.closed) == ({"type": "pong"}, [])
    assert max(len(frame) for frame in api.frames["c1"]) <= 32 * 1024


def test_an_item_with_the_longest_id_is_followed(client):
    one, id = client("c1").subscribe(f"/things/{'i' * 1_024}"), "i" * 1_024  # noqa: A001

    told = event(id, text="x" * 27_000)
    tell(told)

    assert one.changes == ids(told)


def test_a_subscription_beyond_the_limit_is_refused(client):
    one = client("c1")
    for number in range(51):
        one.subscribe(f"/things/{number}")

    *rest, last = one.messages
    assert {message["type"] for message in rest} == {"subscribed"}
    assert (last["type"], last["problem"]["detail"]) == ("error", "A connection may have at most 50 subscriptions.")


def test_a_change_too_large_for_a_frame_is_sent_without_its_images(client):
    one = client("c1").subscribe("/things")
    large = event(text="ü" * 20_000)

    tell(large)

    (told,) = [message["event"] for message in one.messages if message["type"] == "change"]
    assert told == {**large, "old": None, "new": None, "complete": False}


def test_no_frame_is_larger_than_api_gateway_takes(client, api):
    one = client("c1").subscribe("/things")
    events = [event(str(number), text="x" * random.Random(number).randrange(27_000)) for number in range(10)]

    tell(*events)

    assert one.changes == ids(*events)
    assert max(len(frame.encode()) for frame in api.frames["c1"]) <= 32 * 1024
    assert len(api.frames["c1"]) < 10


def test_an_invalid_queue_message_fails_with_those_behind_it_in_its_group(client):
    one = client("c1").subscribe("/things")
    first, second, behind = event("1"), event("1"), event("2")
    broken = {"resource": "things", "key": {"id": "2"}}

    failed = tell(first, broken, "poison", second, behind)

    assert [one["itemIdentifier"] for one in failed] == ["message-1", "message-2", "message-4"]
    assert one.changes == ids(first, second)


def test_what_a_crash_left_in_the_log_is_sent_with_the_next_change(client, api):
    one, item = client("c1").subscribe("/things"), client("c2").subscribe("/things/1")
    api.answers["c1"] = [403]
    lost, told = event("1"), event("2")
    with pytest.raises(Exception, match="Forbidden"):
        tell(lost)

    tell(told)

    assert (one.changes, item.changes[-1:]) == (ids(lost, told), ids(lost))


def test_another_sender_takes_over_after_a_crash(client, store):
    one = client("c1").subscribe("/things")
    first, second = event(), event()
    store.append('["things"]', [delivery_event(first)])
    held = store.take(store.open('["things"]'), "who was killed")
    until = held.held_until - LEASE + 500
    store.channels.update((held.hash, held.sort), Channel.held_until.set(until))

    assert tell(second) == []

    assert one.changes == ids(first, second)


def test_two_concurrent_senders_may_repeat_changes_and_skip_none(client, store):
    one = client("c1").subscribe("/things")
    events = [event(str(number)) for number in range(60)]
    store.append('["things"]', [*map(delivery_event, events[:30])])
    stale = store.take(store.open('["things"]'), "stale")
    store.channels.update((stale.hash, stale.sort), Channel.held_until.set(1))

    tell(*events[30:])
    delivery.Delivery(store, 0)._send_all(stale)

    assert [id for id in dict.fromkeys(one.changes)] == ids(*events)  # noqa: A001, C416


@pytest.mark.timed
@pytest.mark.parametrize("seed", [0, *(pytest.param(one, marks=pytest.mark.thorough) for one in range(1, 12))])
def test_a_client_that_subscribes_during_writes_gets_every_change_in_order(client, api, seed):
    chance = random.Random(seed)
    first = client("c0").subscribe("/things")
    start = first.messages[0]["position"]
    events = [event(str(chance.randrange(3))) for _ in range(30)]
    waiting = [*events]

    def write():
        if waiting and chance.random() < 0.6:
            tell(*(waiting.pop(0) for _ in range(min(len(waiting), chance.randrange(1, 4)))))

    write()
    api.meanwhile = write  # whenever a frame arrives somewhere, before its sender goes on
    clients = [client(f"c{number + 1}").subscribe("/things", after=start) for number in range(8)]
    api.meanwhile = lambda: None
    tell(*events)  # as the queue does with what is left, and with what failed

    for one in [first, *clients]:
        told = one.changes
        if one.name in api.closed:  # on a busy machine, what happened meanwhile took longer than a connection may
            last = max((message["position"] for message in one.messages), default=start)
            told += client(f"{one.name} again").subscribe("/things", after=last).changes
        assert [*dict.fromkeys(told)] == ids(*events)


def test_a_broadcast_continues_a_subscription_whose_handler_died(client, store):
    one = client("c1")
    first, second, third = event(), event(), event()
    tell(first)
    channel = store.open('["things"]')
    store.subscribe(store.connection("c1"), Address("things"), channel.at(0))

    tell(second)
    tell(third)

    assert one.changes == ids(first, second, third)
