"""Live changes over WebSocket, on an emulator that enforces IAM: each scenario checks itself, and has a seed."""

import json
import os
import random
import signal
import time
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta

import pytest
import requests

from lambdas.live.address import Address
from lambdas.live.models import ENDINGS, Channel, Connection, Entry, Row, Subscription
from lambdas.live.store import subscription_key
from tests.live.events import event
from tests.live.listener import Refused
from tests.live.rows import PAGE, left
from tests.support.gallery.parcels import PARCELS
from tests.support.people import signed_in
from tests.support.processes import processes

pytestmark = pytest.mark.resources(PARCELS)
CHANNEL = {"things": '["things"]'}


@pytest.fixture
def collection(resource):
    return f"/{resource.path}"


@pytest.fixture
def seed(request):
    """The seed of chance, the same at every run."""
    return random.Random(request.node.name)


@pytest.fixture
def write(call, path, new, seed):
    """Make a history: write(20) creates, changes and deletes items by chance, and returns {item: versions}."""

    def write(steps, history=None, items=4):
        history = {} if history is None else history
        for _ in range(steps):
            alive = [item for item, versions in history.items() if versions[-1]]
            if len(alive) < items or not alive:
                history[new()["id"]] = [1]
                continue
            item = seed.choice(alive)
            if seed.random() < 0.15:
                assert call("DELETE", f"{path}/{item}").status == 204
                history[item].append(0)
            else:
                answer = call("PATCH", f"{path}/{item}", {"note": str(seed.random())})
                history[item].append(answer.json["version"])
        return history

    return write


# What is told


def test_01_changes_arrive_as_they_are_published_in_order(listen, collection, call, path, new):
    one = listen(collection)
    item = new()
    changed = call("PATCH", f"{path}/{item['id']}", {"note": "new"}).json
    call("DELETE", f"{path}/{item['id']}")

    one.hears({item["id"]: [1, 2, 0]})

    told = [event for event in one.changes if event["key"]["id"] == item["id"]]
    assert [(event["old"], event["new"]) for event in told] == [(None, item), (item, changed), (changed, None)]


def test_02_a_random_history_arrives_whole(listen, collection, write):
    one = listen(collection)

    one.hears(write(30))


def test_03_a_subscriber_of_an_item_receives_nothing_else(listen, collection, call, path, new):
    all_of_them = listen(collection)
    mine, other = new(), new()
    all_of_them.hears({mine["id"]: [1], other["id"]: [1]})  # or the other subscriber is told of its creation too
    one = listen(f"{collection}/{mine['id']}")
    for item in (other, mine, other, mine):
        call("PATCH", f"{path}/{item['id']}", {"note": str(random.random())})

    all_of_them.hears({mine["id"]: [1, 2, 3], other["id"]: [1, 2, 3]})
    one.hears({mine["id"]: [2, 3], other["id"]: []})


def test_04_without_a_position_only_later_changes_are_sent(listen, collection, write):
    first = listen(collection)
    first.hears(write(5))
    second = listen(collection)

    later = write(5)

    assert second.hears(later).changes == [event for event in first.hears(later).changes if event["key"]["id"] in later]


# Coming back


def test_05_coming_back_gets_exactly_what_was_missed(listen, collection, write):
    one = listen(collection)
    history = write(6)
    one.hears(history).break_off()
    told = len(one.changes)
    write(12, history)

    one.again().hears(history)

    assert len(one.changes) == told + 12
    assert one.of("resync") == []


def test_06_coming_back_to_the_end_of_the_log_gets_nothing(listen, collection, write):
    one = listen(collection).hears(write(4))
    told = len(one.messages)

    one.again().pings()

    assert [message["type"] for message in one.messages[told:] if message["type"] != "closed"] == ["subscribed", "pong"]


@pytest.mark.parametrize("wrong", ["another epoch", "past the end"])
def test_07_a_position_that_is_not_of_this_log_gets_one_resync(listen, collection, write, wrong):
    first = listen(collection).hears(write(2))
    after = "0000000000001-000000000001" if wrong == "another epoch" else f"{first.position[:13]}-999999999999"

    one = listen(collection, after=after)

    assert [message["type"] for message in one.messages] == ["resync"]
    one.hears(write(3))


def test_08_what_has_left_the_log_gets_one_resync(listen, collection, write, live_rows, resource):
    one = listen(collection)
    start = one.position
    one.hears(write(5))
    log = live_rows(Entry).query(Entry.hash == f'log ["{resource.path}"]', Entry.sort > start, consistent=True).items
    live_rows(Entry).batch_delete([(log[0].hash, log[0].sort)])

    late = listen(collection, after=start)

    assert [message["type"] for message in late.messages] == ["resync"]


def test_09_kicks_during_continuous_writing_leave_no_gap(listen, collection, write, seed):
    clients = [listen(collection) for _ in range(4)]
    history = {}
    with ThreadPoolExecutor() as pool:
        writing = pool.submit(write, 60, history)
        while not writing.done():
            seed.choice(clients).again()
        writing.result()

    for one in clients:
        one.hears(history)
        assert one.of("resync") == []


def test_10_clients_that_subscribe_during_writes_miss_no_change(listen, collection, write):
    start = listen(collection).position
    history, clients = {}, []
    with ThreadPoolExecutor() as pool:
        writing = pool.submit(write, 40, history)
        while not writing.done():
            clients.append(listen(collection, after=start))
        writing.result()

    assert len(clients) > 2
    for one in clients:
        one.hears(history)


def test_11_a_disconnect_by_the_gateway_is_like_any_other(listen, collection, write, live_rows, door):
    before = connections(live_rows)
    one = listen(collection)
    (mine,) = connections(live_rows) - before
    history = write(3)
    one.hears(history)
    management(door).delete_connection(ConnectionId=mine)
    one.until(lambda: one.of("closed"))
    write(3, history)

    one.again().hears(history)


def connections(live_rows):
    """The gateway's ids of the open connections."""
    return {row.id for row in left(live_rows) if isinstance(row, Connection)}


def management(door):
    """The management API, as the emulator's root user."""
    import boto3

    url = door.ticket()["url"].replace("ws", "http", 1)
    session = boto3.session.Session("test", "test", region_name="us-east-1")
    return session.client("apigatewaymanagementapi", endpoint_url=url, verify=door.certificate or None)


def test_12_subscribing_and_unsubscribing_at_once_ends_as_the_last_one_says(listen, collection, write, seed):
    clients = [listen() for _ in range(3)]
    last = {}
    with ThreadPoolExecutor() as pool:
        writing = pool.submit(write, 15)
        for _ in range(12):
            one = seed.choice(clients)
            last[one] = seed.choice(["subscribe", "unsubscribe"])
            one.send({"action": last[one], "to": collection})
        writing.result()
    for one in clients:
        one.pings()

    told = {one: len(one.changes) for one in clients}
    history = write(3)

    watcher = listen(collection)
    watcher.hears(write(1))
    for one in clients:
        if last.get(one) == "subscribe":
            one.hears(history)
        else:
            assert len(one.changes) == told[one]


# The queue


def test_13_queue_messages_that_come_twice_or_late_are_sent_once(listen, give_ticket, send, seed):
    one = listen("/things", ticket=give_ticket({"things": ""}))
    events = [event(str(seed.randrange(3))) for _ in range(12)]
    for number, each in enumerate(events):
        send(each)
        if seed.random() < 0.5:
            send(*seed.sample(events[: number + 1], k=min(3, number + 1)))

    one.until(lambda: len(one.changes) >= 12).pings()

    assert one.changes == events
    assert len({message["position"] for message in one.of("change")}) == 12


def test_14_broadcasts_at_the_same_time_lose_nothing(listen, give_ticket, send):
    one = listen("/things", ticket=give_ticket({"things": ""}))
    lanes = [[event(f"{lane}") for _ in range(6)] for lane in range(3)]
    with ThreadPoolExecutor() as pool:
        [*pool.map(lambda lane: [send(each) for each in lane], lanes)]

    one.until(lambda: len(one.changes) >= 18)

    for lane in lanes:
        assert [each for each in one.changes if each in lane] == lane


def test_15_an_invalid_queue_message_fails_alone(listen, give_ticket, send):
    one = listen("/things", ticket=give_ticket({"things": ""}))
    first, second = event(), event()

    failed = send(first, "poison", second)

    assert failed == [{"itemIdentifier": "message-1"}]
    one.until(lambda: len(one.changes) == 2)


def test_16_poison_in_the_queue_stops_nobody(listen, collection, write, deployed, stack):
    one = listen(collection)
    group = {"MessageGroupId": "poison", "MessageDeduplicationId": str(random.random())}
    deployed.client("sqs").send_message(QueueUrl=stack("AWS::SQS::Queue", "Queue"), MessageBody="poison", **group)

    one.hears(write(5))


@pytest.fixture
def impatient(deployed, stack):
    """Let what a killed function had in work come again after three seconds: on a stage, after thirty."""
    sqs, queue = deployed.client("sqs"), stack("AWS::SQS::Queue", "Queue")
    before = sqs.get_queue_attributes(QueueUrl=queue, AttributeNames=["VisibilityTimeout"])["Attributes"]
    sqs.set_queue_attributes(QueueUrl=queue, Attributes={"VisibilityTimeout": "3"})
    yield
    sqs.set_queue_attributes(QueueUrl=queue, Attributes=before)


@pytest.mark.usefixtures("impatient")
def test_17_a_broadcast_that_is_killed_loses_nothing(listen, collection, write, deployed, stack):
    broadcast = stack("AWS::Lambda::Function", "Broadcast")
    clients = [listen(collection, patience=60) for _ in range(3)]
    history = write(3)
    clients[0].until(lambda: clients[0].changes)
    killed = kill_workers(deployed.emulator, broadcast)
    write(6, history)
    killed += kill_workers(deployed.emulator, broadcast)
    write(6, history)

    assert killed
    for one in clients:
        one.hears(history)


def kill_workers(emulator, function):
    """Kill the processes that run a function, whatever they do; return how many there were."""
    parent, _ = emulator.noted()
    found = [pid for pid, its_parent, command in processes() if its_parent == parent and function in command]
    for pid in found:
        os.kill(pid, signal.SIGKILL)
    return len(found)


def test_18_what_is_in_the_log_and_was_not_sent_is_sent_with_the_next_change(listen, give_ticket, send, live_rows):
    one = listen("/things", ticket=give_ticket({"things": ""}))
    lost = [event(str(number)) for number in range(3)]
    channel = live_rows(Channel).get_one(('channel ["things"]', "-"), consistent=True)
    append(live_rows, channel, lost)  # as one does that is killed before it sends
    told = event()

    send(told)

    one.until(lambda: len(one.changes) >= 4)
    assert one.changes == [*lost, told]


def append(live_rows, channel, events):
    expires = datetime.now(UTC) + timedelta(hours=1)
    for number, each in enumerate(events, start=channel.head + 1):
        sort, text = str(channel.at(number)), json.dumps(each)
        live_rows(Entry).create(
            Entry(hash='log ["things"]', sort=sort, item=each["key"]["id"], event=text, expires=expires)
        )
    live_rows(Channel).update((channel.hash, channel.sort), Channel.head.set(channel.head + len(events)))


def test_19_the_lease_of_who_was_killed_ends(listen, give_ticket, send, live_rows):
    one = listen("/things", ticket=give_ticket({"things": ""}))
    key, until = ('channel ["things"]', "-"), int((time.time() + 1) * 1000)
    live_rows(Channel).update(key, Channel.holder.set("killed"), Channel.held_until.set(until))
    told = event()

    assert send(told) == []

    assert one.until(lambda: one.changes).changes == [told]


# Who is told


def test_20_a_ticket_opens_one_connection_once(door, listen, collection, write):
    ticket = door.ticket()
    one = listen(collection, ticket=ticket)

    with pytest.raises(Refused) as refused:
        door.open(ticket)

    assert refused.value.status == 403
    one.hears(write(1))


@pytest.mark.parametrize("forged", ["", "x" * 43, "../connection", "ticket"])
def test_21_forged_tickets_open_nothing(door, forged):
    with pytest.raises(Refused) as refused:
        door.open({**door.ticket(), "ticket": forged})

    assert refused.value.status == 403


def test_22_an_expired_ticket_opens_nothing(door, give_ticket):
    with pytest.raises(Refused):
        door.open(give_ticket({"things": ""}, expires=timedelta(seconds=-1)))


def test_23_changes_of_owned_items_are_sent_to_their_owner_alone(listen, give_ticket, send):
    ann, ben = (listen("/notes", ticket=give_ticket({"notes": name})) for name in ("ann", "ben"))
    ben.subscribe("/notes/1")
    hers, his = event("1", resource="notes", owner="ann"), event("1", resource="notes", owner="ben")

    send(hers, his)

    ann.until(lambda: ann.changes)
    ben.until(lambda: len(ben.of("change")) >= 2)
    assert (ann.changes, ben.changes) == ([hers], [his])


def test_24_nothing_is_sent_after_the_token_of_the_ticket_ended(listen, give_ticket, send):
    one = listen("/things", ticket=give_ticket({"things": ""}, ends=timedelta(seconds=2)))
    before, after = event(), event()
    send(before)
    one.until(lambda: one.changes)
    time.sleep(2)

    send(after)

    one.until(lambda: one.of("closed"))
    assert one.changes == [before]


def test_25_a_message_after_the_token_ended_closes_the_connection(listen, give_ticket):
    one = listen(ticket=give_ticket({"things": ""}, ends=timedelta(seconds=0)))

    one.send({"action": "ping"})

    one.until(lambda: one.of("closed"))
    assert one.of("pong") == []


def test_26_an_idle_connection_ends_with_the_token_too(listen, give_ticket, expire, live_rows):
    ends = timedelta(seconds=1)
    ended, lasting = (listen("/things", ticket=give_ticket({"things": ""}, ends)) for ends in (ends, 60 * ends))
    time.sleep(2)

    expire()

    ended.until(lambda: ended.of("closed"))
    lasting.pings()
    nothing_is_left(lambda: [row for row in left(live_rows) if row.hash == ENDINGS and row.sort < str(time.time())])


def test_27_with_a_token_each_caller_receives_changes_of_their_own_items(deployed, door, listen):
    ann, ben = (signed_in(deployed)["access_token"] for _ in range(2))
    hers, his, nobodys = (listen("/letters", ticket=door.ticket(token)) for token in (ann, ben, None))

    written = [letter(door, token, text) for token, text in ((ann, "a"), (ben, "b"), (ann, "c"))]

    assert [one["new"] for one in hers.until(lambda: len(hers.changes) > 1).changes] == [written[0], written[2]]
    assert [one["new"] for one in his.until(lambda: his.changes).changes] == [written[1]]
    assert [error["problem"]["status"] for error in nobodys.of("error")] == [403]


def letter(door, token, text):
    """Write a letter by a token."""
    headers = {"Authorization": f"Bearer {token}"}
    answer = requests.post(f"{door.url}/letters", json={"text": text}, headers=headers, verify=door.certificate)
    assert answer.status_code == 201, answer.text
    return answer.json()


def test_28_a_collection_that_the_ticket_does_not_name_is_refused(listen, collection):
    one = listen("/secrets")

    (error,) = one.of("error")
    assert error["problem"]["status"] == 403
    assert collection in error["problem"]["possible"]


# What is sent


def test_29_malformed_and_oversized_frames_are_answered_and_end_nothing(listen, collection, write, seed):
    one = listen(collection)
    wrong = ["", "nonsense", "[]", "null", '{"action": 1}', '{"action": "dance"}', '{"action": "subscribe"}']
    wrong += [
        '{"action": "subscribe", "to": "things"}',
        '{"action": "subscribe", "to": "/x", "after": "y"}',
        "\u2603" * 9,
    ]
    wrong += [json.dumps({"action": "ping", "pad": "x" * 40_000})]
    seed.shuffle(wrong)
    for text in wrong:
        one.send(text)

    one.until(lambda: len(one.of("error")) == len(wrong)).pings()

    statuses = {error["problem"]["status"] for error in one.of("error")}
    assert statuses == {400, 413}
    one.hears(write(2))


def test_30_a_change_too_large_for_a_frame_is_sent_without_its_images(listen, give_ticket, send):
    one = listen("/things", ticket=give_ticket({"things": ""}))
    large = event(text="x" * 40_000)

    send(large)

    one.until(lambda: one.changes)
    assert one.changes == [{**large, "old": None, "new": None, "complete": False}]


def test_31_a_slow_reader_holds_up_nobody_and_gets_all(listen, collection, write):
    slow, fast = listen(reads=False), listen(collection)
    slow.send({"action": "subscribe", "to": collection})
    time.sleep(0.5)
    history = write(25)
    fast.hears(history)

    slow.read()

    slow.hears(history)


# What is left


def test_32_connections_that_died_without_a_word_are_forgotten_with_the_next_change(
    listen, collection, write, live_rows, resource
):
    ends = datetime.now(UTC) + timedelta(hours=1)
    for number in range(5):
        keys = {"ends": ends, "expires": ends}
        row = live_rows(Connection).create(
            Connection(hash=f"connection dead-{number}", reads={resource.path: ""}, to={collection}, **keys)
        )
        channel, sort = subscription_key(row, Address(resource.path))
        live_rows(Subscription).create(Subscription(hash=channel, sort=sort, connection=row.id, to=collection, **keys))

    listen(collection).hears(write(1))

    nothing_is_left(lambda: [row for row in left(live_rows) if "dead-" in str(row)])


def nothing_is_left(look):
    end = time.monotonic() + 10
    while rest := look():
        assert time.monotonic() < end, rest
        time.sleep(0.2)


def test_33_nothing_is_left_of_connections_that_closed(live_rows):
    nothing_is_left(lambda: left(live_rows))
    assert {row.schema.tag for row in live_rows(Row).iterate_scan(limit=PAGE)} <= {
        "ticket",
        "channel",
        "change",
        "seen",
    }
