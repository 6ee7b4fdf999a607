"""Every function of live changes needs each of its permissions: without one, what it does fails."""

import json
import time
from datetime import UTC, datetime, timedelta
from itertools import count

import pytest

from lambdas.live.models import Connection, Subscription
from stacks.live.live import PERMISSIONS
from tests.live.events import event
from tests.live.listener import Listener, Refused
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

    def __init__(self, door, give_ticket, rows, send):
        self.door, self.give_ticket, self.rows, self.send = door, give_ticket, rows, send
        self.opened = []

    def open(self, ends=timedelta(hours=1)):
        """A connection with its row, and a name of a collection that it alone may read."""
        name = f"things{time.time_ns()}{next(NUMBERS)}"
        one = Listener(self.door, ticket=self.give_ticket({name: ""}, ends=ends), patience=SOON)
        self.opened.append(one)
        (row,) = [row for row in self.rows(Connection).each_scanned(consistent=True) if name in row.reads]
        return one, row, name

    def gone(self, *rows):
        """Wait until the rows are."""
        end = time.monotonic() + SOON
        while left := [row for row in rows if self.rows(type(row)).get((row.hash, row.sort), consistent=True)]:
            assert time.monotonic() < end, left
            time.sleep(0.1)

    def subscribed(self, row, name, ends):
        """A subscription, as `subscribe` leaves it."""
        self.rows(Connection).update((row.hash, row.sort), Connection.to.add({f"/{name}"}))
        made = Subscription(
            hash=f'subscribers ["{name}"]',
            sort=f"{row.id} /{name}",
            connection=row.id,
            to=f"/{name}",
            ends=ends,
            expires=ends + timedelta(minutes=10),
        )
        return self.rows(Subscription).create(made)

    def ended(self, action):
        """A message after the token's end closes the connection and leaves no row."""
        one, row, name = self.open(ends=timedelta(seconds=0))
        subscription = self.subscribed(row, name, row.ends)
        one.send({"action": action, "to": f"/{name}"})
        one.until(lambda: one.of("closed"))
        self.gone(row, subscription)

    def ticket(self):
        self.door.ticket()

    def connect(self):
        ticket = self.give_ticket({"things": ""})
        self.opened.append(Listener(self.door, ticket=ticket, patience=SOON))
        with pytest.raises(Refused):
            self.door.open(ticket)

    def disconnect(self):
        one, row, name = self.open()
        subscription = self.subscribed(row, name, row.ends)
        one.close()
        self.gone(row, subscription)

    def subscribe(self):
        one, _, name = self.open()
        one.subscribe(f"/{name}")
        start = one.position
        self.send(event(resource=name))
        one.until(lambda: one.changes)
        one.position = start
        one.subscribe(f"/{name}")
        one.until(lambda: len(one.of("change")) == 2)
        self.ended("subscribe")

    def unsubscribe(self):
        one, row, name = self.open()
        subscription = self.subscribed(row, name, row.ends)
        one.send({"action": "unsubscribe", "to": f"/{name}"})
        self.gone(subscription)
        one.send({"action": "unsubscribe", "to": "/others"})
        one.until(lambda: one.of("error"))
        self.ended("unsubscribe")

    def ping(self):
        self.open()[0].pings()
        self.ended("ping")

    def unknown(self):
        one, *_ = self.open()
        one.send("nonsense")
        one.until(lambda: one.of("error"))
        assert one.of("error")[0]["problem"]["status"] == 400
        self.ended("dance")

    def broadcast(self):
        one, row, name = self.open()
        self.subscribed(row, name, row.ends)
        self.send(event(resource=name))
        one.until(lambda: one.changes)
        _, ended, _ = late = self.open()
        subscription = self.subscribed(ended, name, datetime.now(UTC))
        self.send(event(resource=name))
        late[0].until(lambda: late[0].of("closed"))
        self.gone(ended, subscription)


@pytest.fixture
def world(door, give_ticket, live_rows, send):
    made = World(door, give_ticket, live_rows, send)
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


@pytest.mark.parametrize(("function", "permission"), CASES, ids=" ".join)
def test_without_one_of_its_permissions_it_does_not(world, take, function, permission):
    take(function, permission)

    with pytest.raises((AssertionError, Refused)):
        getattr(world, function)()
