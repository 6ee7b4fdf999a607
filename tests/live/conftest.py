"""The management API as a server in this process and the live table on moto; connections to a deployed stack."""

import json
import random
import time
from collections import defaultdict
from datetime import UTC, datetime, timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest

from dynamodel import Table
from lambdas.live import connections
from lambdas.live.models import Row, Ticket
from lambdas.live.store import Store, digest
from lambdas.runtime.environment import Environment
from tests.live.events import batch
from tests.live.listener import Door, Listener
from tests.support.serving import serving


class Gateway(ThreadingHTTPServer):
    """Takes frames for the connections that are open; `answers` holds statuses to give first, 0 for none in time."""

    daemon_threads = True
    request_queue_size = 128

    def __init__(self):
        super().__init__(("127.0.0.1", 0), Call)
        self.open, self.answers, self.closed = set(), defaultdict(list), []
        self.frames, self.stuck = defaultdict(list), set()  # what is not closed at the first call
        self.meanwhile = lambda: None  # happens after a frame has arrived, before its sender learns of it

    def let_happen(self):
        """Do what is to happen meanwhile; what that sends does not start it again."""
        meanwhile, self.meanwhile = self.meanwhile, lambda: None
        meanwhile()
        self.meanwhile = meanwhile

    def messages(self, connection):
        """The messages that a client received, in order."""
        return [json.loads(line) for frame in self.frames[connection] for line in frame.splitlines()]

    def changes(self, connection):
        """The ids of the events that a client got, in order."""
        return [one["event"]["id"] for one in self.messages(connection) if one["type"] == "change"]


class Call(BaseHTTPRequestHandler):
    """One call of the management API."""

    def do_POST(self):
        connection = self.path.rpartition("/")[2]
        frame = self.rfile.read(int(self.headers["Content-Length"])).decode()
        status = 200 if connection in self.server.open else 410
        if planned := self.server.answers[connection]:
            status = planned.pop(0)
        if status == 0:
            time.sleep(connections.PATIENCE + 1)
        if status == 200:
            self.server.frames[connection].append(frame)
            self.server.let_happen()
        self.answer(status or 500)

    def do_DELETE(self):
        connection = self.path.rpartition("/")[2]
        if connection in self.server.stuck:
            self.server.stuck.discard(connection)
            self.answer(500)
            return
        self.server.closed.append(connection)
        status = 204 if connection in self.server.open else 410
        self.server.open.discard(connection)  # before the answer, after which a test looks
        self.answer(status)

    def answer(self, status):
        errors = {410: "GoneException", 429: "LimitExceededException", 403: "ForbiddenException"}
        self.send_response(status)
        if status in errors:
            self.send_header("x-amzn-ErrorType", errors[status])
        self.send_header("Content-Length", "0")
        self.end_headers()

    def log_message(self, *_):
        pass


@pytest.fixture
def api(monkeypatch):
    """The management API."""
    with serving(Gateway()) as server:
        monkeypatch.setenv("LIVE_URL", f"http://127.0.0.1:{server.server_port}/stage")
        connections.client.cache_clear()
        yield server
        connections.client.cache_clear()


@pytest.fixture
def rows(dynamodb, monkeypatch):
    """The rows of the live table: rows("connection") returns those of a kind."""
    dynamodb.create_table(**Row.schema.create_table("live"))
    monkeypatch.setenv("TABLE_NAME", "live")

    def rows(*kinds):
        return [one for one in dynamodb.scan(TableName="live")["Items"] if one["kind"]["S"] in kinds]

    return rows


@pytest.fixture
def store(rows):  # noqa: ARG001 - makes the table
    """The live table."""
    return Store(Environment.read())


@pytest.fixture(scope="module")
def door(deployed):
    return Door(deployed)


@pytest.fixture(scope="module")
def stack(deployed):
    """The resources of the live changes, by the ends of their logical ids."""
    found = deployed.resources()

    def named(kind, part):
        (one,) = [
            each.physical_id
            for each in found
            if each.kind == kind and part in each.logical_id and "Live" in each.logical_id
        ]
        return one

    return named


@pytest.fixture(scope="module")
def live_rows(deployed, stack):
    """The live table, as rows of a model: live_rows(Connection)."""
    name, database = stack("AWS::DynamoDB::Table", "Table"), deployed.client("dynamodb")
    return lambda model: Table(model, database, name)


@pytest.fixture(scope="module")
def send(deployed, stack):
    """Hand messages to the function as the queue would: send(event(), ...)."""
    functions, name = deployed.client("lambda"), stack("AWS::Lambda::Function", "Broadcast")

    def invoke(*events):
        reply = functions.invoke(FunctionName=name, Payload=json.dumps(batch(*events)))
        answer = json.loads(reply["Payload"].read())
        assert "FunctionError" not in reply, answer
        return answer["batchItemFailures"]

    return invoke


@pytest.fixture
def expire(deployed, stack):
    """Start what a schedule starts each minute, by the schedule's own target."""
    scheduler = deployed.client("scheduler")
    declared = scheduler.get_schedule(Name=stack("AWS::Scheduler::Schedule", "Schedule"))
    assert declared["ScheduleExpression"] == "rate(1 minute)"

    def start():
        scheduler.create_schedule(
            Name=f"now-{random.getrandbits(32)}",
            ScheduleExpression=f"at({datetime.now(UTC):%Y-%m-%dT%H:%M:%S})",
            FlexibleTimeWindow={"Mode": "OFF"},
            Target=declared["Target"],
            ActionAfterCompletion="DELETE",
        )

    return start


@pytest.fixture
def give_ticket(live_rows, door):
    """A ticket as the function makes one, for collections that are not there and tokens that end."""

    def give(reads, ends=timedelta(hours=1), expires=timedelta(minutes=1)):
        secret, now = f"secret-{random.getrandbits(64)}", datetime.now(UTC)
        row = Ticket(hash=f"ticket {digest(secret)}", reads=reads, ends=now + ends, expires=now + expires)
        live_rows(Ticket).create(row)
        return {**door.ticket(), "ticket": secret}

    return give


@pytest.fixture
def listen(door):
    """Open connections that are closed at the end: listen("/things")."""
    opened = []

    def listen(to=None, **options):
        opened.append(Listener(door, to, **options))
        return opened[-1]

    yield listen
    for one in opened:
        one.close()
