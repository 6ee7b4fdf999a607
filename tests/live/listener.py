"""A client of live changes that stores and checks all messages."""

import json
import threading
import time
from contextlib import suppress

import requests
from websockets.exceptions import ConnectionClosed, InvalidStatus
from websockets.sync.client import connect

from tools.dev.listen import trust

PATIENCE = 20  # seconds until what is waited for counts as lost


class Refused(Exception):
    """The handshake was refused: `status` says how."""

    def __init__(self, status):
        self.status = status
        super().__init__(status)


class Door:
    """The place where connections are opened: the API of a deployed stack."""

    def __init__(self, deployed):
        self.url = deployed.url
        self.certificate = deployed.emulator and deployed.emulator.certificate

    def ticket(self, token=None):
        with requests.Session() as session:
            session.trust_env = False
            url, headers = ("/live/token", {"Authorization": f"Bearer {token}"}) if token else ("/live", {})
            answer = session.post(self.url + url, headers=headers, verify=self.certificate or True, timeout=30)
        assert answer.status_code == 201, answer.text
        return answer.json()

    def open(self, ticket):
        """Open a connection. Raises Refused."""
        tls = trust(self.certificate or None) if ticket["url"][:3] == "wss" else None
        url = f"{ticket['url']}?ticket={ticket['ticket']}"
        options = {"proxy": None, "open_timeout": 15, "close_timeout": 2, "max_size": 2**20, "legacy": True}
        try:
            return connect(url, ssl=tls, **options)
        except InvalidStatus as refused:
            raise Refused(refused.response.status_code) from None


class Listener:
    """One connection at a time; a broken one is opened again, and goes on from the last position."""

    def __init__(self, door, to=None, *, ticket=None, after=None, reads=True, patience=PATIENCE):
        self.door, self.to, self.position = door, to, after
        self.patience = patience
        self.messages, self.changed = [], threading.Condition()
        self.socket = door.open(ticket or door.ticket())
        if reads:
            self.read()
        if to:
            self.subscribe(to)

    def read(self):
        threading.Thread(target=self._read, args=[self.socket], daemon=True).start()

    def _read(self, socket):
        with suppress(ConnectionClosed):
            for frame in socket:
                with self.changed:
                    for line in frame.splitlines():
                        self._take(json.loads(line) if line[:1] == "{" else {"type": "no message", "text": line})
                    self.changed.notify_all()
        with self.changed:
            self.messages.append({"type": "closed"})
            self.changed.notify_all()

    def _take(self, message):
        self.messages.append(message)
        if "position" in message:
            self.position = max(self.position or "", message["position"])

    def send(self, message):
        with suppress(ConnectionClosed):
            self.socket.send(message if isinstance(message, str) else json.dumps(message))

    def subscribe(self, to, *, waits=True):
        before = len(self.of("subscribed", "resync", "error"))
        self.send({"action": "subscribe", "to": to, **({"after": self.position} if self.position else {})})
        if waits:
            self.until(lambda: len(self.of("subscribed", "resync", "error")) > before)
        return self

    def again(self):
        """Break the connection and come back."""
        self.break_off()
        self.socket = self.door.open(self.door.ticket())
        self.read()
        return self.subscribe(self.to)

    def break_off(self):
        """End without a closing handshake."""
        with suppress(OSError):
            self.socket.socket.shutdown(2)

    def close(self):
        with suppress(Exception):
            self.socket.close()

    def of(self, *types):
        return [message for message in self.messages if message["type"] in types]

    @property
    def changes(self):
        """The events, each once, in the order in which they first came."""
        return [*{message["event"]["id"]: message["event"] for message in self.of("change")}.values()]

    def versions(self, item):
        """The versions of an item that it was told of: 0 for its deletion."""
        events = [event for event in self.changes if event["key"]["id"] == item]
        return [event["new"]["version"] if event["new"] else 0 for event in events]

    def until(self, enough):
        """Wait until it was told enough."""
        end = time.monotonic() + self.patience
        with self.changed:
            while not enough():
                left = end - time.monotonic()
                assert left > 0, f"not enough: {self.messages[-5:]}"
                self.changed.wait(left)
        return self

    def hears(self, history):
        """Wait until it was told all of a history, {item: versions}, and check that it was told nothing else of it."""
        self.until(lambda: all(len(self.versions(item)) >= len(versions) for item, versions in history.items()))
        assert {item: self.versions(item) for item in history} == history
        positions = [
            message["position"] for message in {m["event"]["id"]: m for m in reversed(self.of("change"))}.values()
        ]
        assert sorted(set(positions)) == sorted(positions)
        return self

    def pings(self):
        """Wait until all that it sent before was handled."""
        before = len(self.of("pong"))
        self.send({"action": "ping"})
        return self.until(lambda: len(self.of("pong")) > before)
