"""The client of live changes behind `make listen`, on a server of this process that says what a test has planned."""

import json
import threading
from http.server import BaseHTTPRequestHandler, HTTPServer
from itertools import islice

import pytest
from websockets.sync.server import serve

from tests.support.serving import serving
from tools.dev.listen import Client
from tools.problem import Problem


class Tickets(BaseHTTPRequestHandler):
    """Gives tickets, or answers the status that is planned."""

    def do_POST(self):
        body = json.dumps({"ticket": "t", "url": self.server.to, "expires_in": 60}).encode()
        self.send_response(self.server.statuses.pop(0) if self.server.statuses else 201)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_):
        pass


@pytest.fixture
def server():
    """A server: `plans` holds the frames of each connection in turn, `asked` what was subscribed to."""
    plans, asked = [], []

    def follow(socket):
        asked.append(json.loads(socket.recv()))
        for frame in plans.pop(0):
            socket.send("\n".join(map(json.dumps, frame)))

    with serve(follow, "127.0.0.1", 0) as sockets, serving(HTTPServer(("127.0.0.1", 0), Tickets)) as tickets:
        tickets.to, tickets.statuses = f"ws://127.0.0.1:{sockets.socket.getsockname()[1]}", []
        tickets.plans, tickets.asked = plans, asked
        threading.Thread(target=sockets.serve_forever, daemon=True).start()
        yield tickets
        sockets.shutdown()


@pytest.fixture
def client(server):
    return Client(f"http://127.0.0.1:{server.server_port}/live", "/things", longest_pause=0.01)


def change(number):
    return {"type": "change", "to": "/things", "position": f"p{number}", "event": {"id": f"event-{number}"}}


SUBSCRIBED = {"type": "subscribed", "to": "/things", "position": "p0"}


def test_each_change_is_printed_once_over_connections_that_break(server, client):
    server.statuses += [500]
    server.plans += [
        [[SUBSCRIBED], [change(1), change(2)]],
        [[{"message": "Internal server error", "connectionId": "c", "requestId": "r"}]],
        [[SUBSCRIBED], [change(2), change(3)]],
    ]

    told = [event["id"] for event in islice(client.follow(), 3)]

    assert told == ["event-1", "event-2", "event-3"]
    assert [one.get("after") for one in server.asked] == [None, "p2", "p2"]


def test_lost_changes_are_reported(server, client):
    server.plans += [[[{"type": "resync", "to": "/things", "position": "p9"}], [change("9"), change("91")]]]

    assert [*islice(client.follow(), 2)] == [{"type": "resync"}, {"id": "event-91"}]


def test_a_refused_subscription_is_reported_and_not_retried(server, client):
    problem = {"title": "Not allowed.", "detail": "This connection may not read /things.", "possible": ["/others"]}
    server.plans += [[[{"type": "error", "problem": problem}]]]

    with pytest.raises(Problem, match=r"/things cannot be followed: This .* may not read /things. Possible: /others"):
        next(client.follow())


def test_a_refused_ticket_is_reported_and_not_retried(server, client):
    server.statuses += [401]

    with pytest.raises(Problem, match="No ticket for live changes: 401"):
        next(client.follow())
