"""Every function of live changes needs each of its permissions: without one, what it does fails."""

import json
import time
from contextlib import suppress
from datetime import UTC, datetime, timedelta
from itertools import count

import pytest

from dynamodel import NotFound
from lambdas.live.address import Address
from lambdas.live.models import Connection, Ending, Subscription
from lambdas.live.store import ending_key, subscription_key
from stacks.live.live import PERMISSIONS
from tests.live.events import event
from tests.live.listener import Listener, Refused
from tests.live.rows import ending, left
from tests.support.roles import of

CASES = [
    (function, permission)
    for function, (actions, methods) in PERMISSIONS.items()
    for permission in (*actions, *(f"{method}/@connections" for method in methods))
]
NUMBERS = count()
SOON = 4  # seconds


class World:
    """Does what the functions are for, and fails unless it is done."""

    def __init__(self, door, give_ticket, rows, send, invoke):
        self.door, self.give_ticket, self.rows, self.send, self.invoke = door, give_ticket, rows, send, invoke
        self.opened = []

    def open(self, ends=timedelta(hours=1)):
        """A connection with its row, and a name of a collection that it alone may read."""
        name, since = f"things{time.time_ns()}{next(NUMBERS)}", datetime.now(UTC) + ends
        one = Listener(self.door, ticket=self.give_ticket({name: ""}, ends=ends), patience=SOON)
        self.opened.append(one)
        (row,) = [row for row in ending(self.rows, since) if name in row.reads]
        return one, row, name

    def until(self, one, enough):
        """Wait until a client was told enough, or that a function failed."""
        one.until(lambda: enough() or failed(one))
        assert enough(), failed(one)

    def gone(self, *rows, after=None):
        """Wait until the rows are, or the client after whose message they should be is told that a function failed."""
        end = time.monotonic() + SOON
        while left := [row for row in rows if self.rows(type(row)).get((row.hash, row.sort), consistent=True)]:
            assert time.monotonic() < end, left
            assert not (after and failed(after)), left
            time.sleep(0.1)

    def subscribed(self, row, name, ends):
        """A subscription, as `subscribe` leaves it."""
        self.rows(Connection).update((row.hash, row.sort), Connection.to.add({f"/{name}"}))
        key = subscription_key(row, Address(name))
        made = Subscription(
            hash=key[0],
            sort=key[1],
            connection=row.id,
            to=f"/{name}",
            ends=ends,
            expires=ends + timedelta(minutes=10),
        )
        return self.rows(Subscription).create(made)

    def dead(self, *names):
        """The rows of a connection that ended without a word: nobody but the function under test deletes them."""
        now, number = datetime.now(UTC), next(NUMBERS)
        row = Connection(
            hash=f"connection dead{number}-{time.time_ns()}",
            reads=dict.fromkeys(names, ""),
            ends=now,
            expires=now + timedelta(minutes=10),
        )
        self.rows(Connection).create(row)
        return row, *(self.subscribed(row, name, now + timedelta(hours=1)) for name in names)

    def expire(self):
        row, subscription = self.dead("things")
        hash_key, sort = ending_key(row)
        self.rows(Ending).put(Ending(hash=hash_key, sort=sort, expires=row.expires))
        one, *_ = self.open(ends=timedelta(seconds=0))
        time.sleep(1)
        self.invoke("expire", {})
        self.gone(row, subscription)
        self.until(one, lambda: one.of("closed"))
        assert [*self.rows(Ending).iterate_scan(consistent=True)] == []

    def ended(self, function, action):
        """A message after the token's end closes the connection and leaves no row."""
        row, subscription = self.dead("things")
        self.invoke(function, {"requestContext": {"connectionId": row.id}, "body": "{}"})
        self.gone(row, subscription)
        one, *_ = self.open(ends=timedelta(seconds=0))
        one.send({"action": action, "to": "/things"})
        self.until(one, lambda: one.of("closed"))

    def ticket(self):
        self.door.ticket()

    def connect(self):
        ticket = self.give_ticket({"things": ""})
        self.opened.append(Listener(self.door, ticket=ticket, patience=SOON))
        with pytest.raises(Refused):
            self.door.open(ticket)

    def disconnect(self):
        gone, subscribed = self.dead("things")
        self.invoke("disconnect", {"requestContext": {"connectionId": gone.id}})
        self.gone(gone, subscribed)
        one, row, name = self.open()
        subscription = self.subscribed(row, name, row.ends)
        one.close()
        self.gone(row, subscription)

    def subscribe(self):
        self.ended("subscribe", "subscribe")
        one, _, name = self.open()
        one.subscribe(f"/{name}", waits=False)
        self.until(one, lambda: one.of("subscribed"))
        start = one.position
        self.send(event(resource=name))
        self.until(one, lambda: one.changes)
        one.position = start
        one.subscribe(f"/{name}", waits=False)
        self.until(one, lambda: len(one.of("change")) == 2)

    def unsubscribe(self):
        self.ended("unsubscribe", "unsubscribe")
        one, row, name = self.open()
        subscription = self.subscribed(row, name, row.ends)
        one.send({"action": "unsubscribe", "to": f"/{name}"})
        self.gone(subscription, after=one)
        one.send({"action": "unsubscribe", "to": "/others"})
        self.until(one, lambda: one.of("error"))

    def ping(self):
        self.ended("ping", "ping")
        one, *_ = self.open()
        one.send({"action": "ping"})
        self.until(one, lambda: one.of("pong"))

    def unknown(self):
        self.ended("unknown", "dance")
        one, *_ = self.open()
        one.send("nonsense")
        self.until(one, lambda: one.of("error"))
        assert one.of("error")[0]["problem"]["status"] == 400

    def broadcast(self):
        one, row, name = self.open()
        self.subscribed(row, name, row.ends)
        self.send(event(resource=name))
        one.until(lambda: one.changes)
        late, ended, _ = self.open()
        self.subscribed(ended, name, datetime.now(UTC))
        dead = self.dead(name, f"{name}s")
        self.send(event(resource=name))
        late.until(lambda: late.of("closed"))
        self.gone(*dead)


def failed(one):
    """Messages that say to a client that a function failed: an error frame, or the emulator's own words."""
    return one.of("no message") + [each for each in one.of("error") if each["problem"]["status"] >= 500]


@pytest.fixture(scope="module", autouse=True)
def forget(live_rows):
    """Delete what functions without a permission have left: other tests count what is left over."""
    yield
    for row in left(live_rows):
        with suppress(NotFound):  # a connection that closes just now takes its rows along
            live_rows(type(row)).delete((row.hash, row.sort))


@pytest.fixture
def world(door, give_ticket, live_rows, send, deployed, stack):
    functions = deployed.client("lambda")

    def invoke(function, payload):
        name = stack("AWS::Lambda::Function", f"Live{function.capitalize()}Function")
        reply = functions.invoke(FunctionName=name, Payload=json.dumps(payload))
        assert "FunctionError" not in reply

    made = World(door, give_ticket, live_rows, send, invoke)
    yield made
    for one in made.opened:
        one.close()


@pytest.fixture
def take(deployed, stack):
    """Take a permission from a function's role for a while."""
    iam, before = deployed.client("iam"), []

    def take(function, permission):
        role = stack("AWS::IAM::Role", f"Live{function.capitalize()}Role")
        document = iam.get_role_policy(RoleName=role, PolicyName="Operation")["PolicyDocument"]
        before.append((role, document))
        statements = [lesser for one in of(document) if (lesser := without(one, permission))]
        assert statements != of(document)
        put(role, {**document, "Statement": statements})

    def put(role, document):
        iam.put_role_policy(RoleName=role, PolicyName="Operation", PolicyDocument=json.dumps(document))

    yield take
    for role, document in before:
        put(role, document)


def without(statement, permission):
    """The statement without an action, or without a method of the management API; nothing if nothing is left."""
    actions, resources = (
        [one] if isinstance(one, str) else one for one in (statement["Action"], statement["Resource"])
    )
    actions = [one for one in actions if one != permission]
    resources = [one for one in resources if permission not in one]
    return {**statement, "Action": actions, "Resource": resources} if actions and resources else None


@pytest.mark.parametrize("function", PERMISSIONS)
def test_with_all_of_its_permissions_a_function_does_what_it_is_for(world, function):
    getattr(world, function)()


@pytest.mark.parametrize(("function", "permission"), CASES, ids=str)
def test_without_one_of_its_permissions_it_does_not(world, take, function, permission):
    take(function, permission)

    with pytest.raises((AssertionError, Refused)):
        getattr(world, function)()
