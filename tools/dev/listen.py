"""Changes of live resources in the terminal (`make listen`): an example of a client, in Python."""

import json
import random
import ssl
import time
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import requests
from websockets.exceptions import ConnectionClosed, WebSocketException
from websockets.sync.client import connect

from tools.problem import Problem

IDLE = 300.0  # seconds without a message, until a ping keeps the connection open
ANSWERS_WITHIN = 10.0


@dataclass
class Client:
    """A client that follows a collection or an item, and resumes after a broken connection."""

    tickets: str  # the URL that issues tickets: POST /live, or /live/token
    to: str  # /{resource}, or /{resource}/{id}
    token: str = ""  # an access token, where the list of the collection needs one
    position: str | None = None
    longest_pause: float = 30.0  # seconds between attempts to connect

    def follow(self) -> Iterator[dict[str, Any]]:
        """Yield every change once, in order per item; {"type": "resync"} where changes were missed for good."""
        failures = 0
        while True:
            try:
                for message in self._connection():
                    failures = 0
                    yield from self._new(message)
            except (OSError, WebSocketException, requests.RequestException):
                pass  # try again
            pause = min(self.longest_pause, 0.5 * 2**failures)
            failures += 1
            time.sleep(pause * random.uniform(0.5, 1))  # noqa: S311 - jitter

    def _connection(self) -> Iterator[dict[str, Any]]:
        """Yield the messages of one connection."""
        url = self._ticket_url()
        with connect(url, ssl=trust() if url.startswith("wss") else None) as socket:
            after = {"after": self.position} if self.position else {}
            socket.send(json.dumps({"action": "subscribe", "to": self.to, **after}))
            patience = ANSWERS_WITHIN
            while True:
                try:
                    frame = socket.recv(patience)
                except TimeoutError:
                    if patience == ANSWERS_WITHIN:
                        return
                    socket.send(json.dumps({"action": "ping"}))
                    patience = ANSWERS_WITHIN
                    continue
                except ConnectionClosed:
                    return
                patience = IDLE
                for message in map(json.loads, str(frame).splitlines()):  # a frame holds one or several, a line each
                    if "type" not in message:
                        return  # API Gateway's own words: a function failed
                    yield message

    def _ticket_url(self) -> str:
        """Get a ticket, which opens one connection."""
        headers = {"Authorization": f"Bearer {self.token}"} if self.token else {}
        answer = requests.post(self.tickets, headers=headers, timeout=10)
        if answer.status_code in (401, 403, 404):
            raise Problem(f"No ticket for live changes: {answer.status_code} {answer.text}")
        answer.raise_for_status()
        ticket = answer.json()
        return f"{ticket['url']}?ticket={ticket['ticket']}"

    def _new(self, message: dict[str, Any]) -> Iterator[dict[str, Any]]:
        """Yield changes that the caller has not received, and record the position."""
        if message["type"] == "error":
            raise Problem(f"{self.to} cannot be followed: {reason(message['problem'])}")
        last, self.position = self.position or "", max(self.position or "", message.get("position", ""))
        if message["type"] == "resync":
            yield {"type": "resync"}
        elif message["type"] == "change" and message["position"] > last:
            yield message["event"]


def trust(authority: str | None = None) -> ssl.SSLContext:
    """Return the settings of TLS for a connection that one thread writes to while another one reads.

    Without TLS 1.3, whose servers send tickets after the handshake: of what was written just while a thread read these,
    nothing was sent (python/cpython#143756), and one opening of a WebSocket in some hundred was never answered.
    """
    context = ssl.create_default_context(cafile=authority)
    context.maximum_version = ssl.TLSVersion.TLSv1_2
    return context


def reason(problem: dict[str, Any]) -> str:
    """Return what is wrong, in a line."""
    wrong = [f"{one['pointer']}: {one['detail']}" for one in problem.get("errors", ())]
    possible = [f"Possible: {', '.join(problem['possible'])}"] if "possible" in problem else []
    return " ".join([problem.get("detail", problem["title"]), *wrong, *possible])


def line(event: dict[str, Any]) -> str:
    """Return a change in one line."""
    if event["type"] == "resync":
        return "changes were missed: read the collection again"
    key = "/".join(map(str, event["key"].values()))
    old, new = event["old"] or {}, event["new"] or {}
    changed = {name: new.get(name) for name in sorted(old | new) if old.get(name) != new.get(name)}
    return f"{event['occurred_at']} {event['type']} {key} {json.dumps(changed) if new else ''}".rstrip()
