"""Delivery of a channel's log to its subscribers: in order, without gaps, whoever crashes in between.

`Channel.sent` moves only after every subscription was sent all up to there, or its connection was closed. So whoever
sends begins at or before what a subscription has, and sends a run without holes: two who send at once, or one who
repeats what a crashed one began, cause repetitions and never a gap or another order. The lease only saves repetitions.
A subscription that catches up has a position of its own until it has what all others have.
"""

import time
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from uuid import uuid4

from lambdas.live import connections, frames
from lambdas.live.models import Channel, Entry, Subscription
from lambdas.live.position import Position
from lambdas.live.store import Store, now

BATCH = 100  # changes that are sent at a time
MAX_REPLAY = 2_000  # changes that are sent to one that comes back; past that, reading the collection again is cheaper


class Late(Exception):
    """Another invocation is sending, and did not reach these changes in time."""


class Lost(Exception):
    """Entries that would have to be sent are not in the log any more."""


class Delivery:
    """Sends changes to the subscribers of channels."""

    def __init__(self, store: Store, deadline: float) -> None:
        """Store the table, and the time of the monotonic clock until which to wait for another sender."""
        self.store, self.deadline, self.holder = store, deadline, str(uuid4())
        self.sent = self.gone = self.closed = 0  # frames; connections that were not there; that we closed

    def deliver(self, channel: str, until: int) -> None:
        """Return when all up to this number was sent, by this invocation or by another. Raises Late."""
        while (found := self.store.open(channel)).sent < until:
            if held := self.store.take(found, self.holder):
                self._send_all(held)
            elif time.monotonic() > self.deadline:
                raise Late(channel)
            else:
                time.sleep(0.1)

    def _send_all(self, held: Channel) -> None:
        channel: Channel | None = held
        try:
            while channel and channel.sent < channel.head:
                channel = self._send_batch(channel)
        finally:
            self.store.release(held)

    def _send_batch(self, channel: Channel) -> Channel | None:
        """Send the next changes; return the channel as it is afterwards, None if the lease was lost."""
        try:
            entries = run(self.store, channel, channel.at(channel.sent))
            end = channel.sent + len(entries)
        except Lost:
            entries, end = [], channel.head
        subscriptions = [*self.store.subscribers(channel.name)]
        plans: dict[str, list[str]] = {}
        shared = {each.to: [*self._frames(channel, each, entries, end)] for each in subscriptions if not each.position}
        ended = {each.connection for each in subscriptions if each.ends <= now()}
        for each in subscriptions:
            if each.connection not in ended:
                plans.setdefault(each.connection, []).extend(
                    self._frames(channel, each, entries, end) if each.position else shared[each.to]
                )
        self._send_plans(plans, subscriptions, ended)
        advanced = self.store.advance(channel, end)
        for each in subscriptions if advanced else ():
            if each.position and each.position < str(channel.at(end)) and each.connection in plans:
                self.store.caught_up((each.hash, each.sort), channel.at(end))
        return advanced

    def _frames(self, channel: Channel, to: Subscription, entries: Sequence[Entry], end: int) -> Iterator[str]:
        """Return the frames of a subscription for the batch, and for earlier changes if it still catches up."""
        try:
            if to.position and (start := Position.parse(to.position)) < channel.at(channel.sent):
                entries = [*replay(self.store, channel, start, channel.at(end))]
            if not entries:
                raise Lost
        except Lost:
            return iter([frames.resync(to.to, channel.at(end))])
        news = [entry for entry in entries if entry.sort > (to.position or "") and to.item in ("", entry.item)]
        return frames.changes(to.to, news)

    def _send_plans(self, plans: dict[str, list[str]], subscriptions: Sequence[Subscription], ended: set[str]) -> None:
        """Send to all connections at once, to each in order; forget those that are gone, close those that must end."""
        with ThreadPoolExecutor(connections.WORKERS) as pool:
            gone = {connection for connection in pool.map(self._send_to, plans, plans.values()) if connection}
            [*pool.map(self._close, ended)]
        for each in subscriptions:
            if each.connection in gone | ended:
                self.store.drop(each)
        for connection in sorted(gone | ended):
            self.store.forget(connection)
        self.gone += len(gone)

    def _send_to(self, connection: str, plan: Sequence[str]) -> str | None:
        """Send a connection its frames; return it if it is not there any more."""
        try:
            for frame in plan:
                connections.send(connection, frame)
                self.sent += 1
        except connections.Gone:
            return connection
        except connections.TooSlow:
            self._close(connection)
            return connection
        return None

    def _close(self, connection: str) -> None:
        connections.close(connection)
        self.closed += 1


def run(store: Store, channel: Channel, after: Position) -> list[Entry]:
    """Return the next changes after a position, a batch at most. Raises Lost unless they are there without a hole."""
    entries = store.log(channel.name, after, channel.at(channel.head), limit=BATCH)
    expected = [str(after.at(after.number + place)) for place in range(1, len(entries) + 1)]
    if not entries or [entry.sort for entry in entries] != expected:
        raise Lost
    return entries


def replay(store: Store, channel: Channel, after: Position, until: Position) -> Iterator[Entry]:
    """Iterate over the changes after a position up to another. Raises Lost, at the latest where one is missing."""
    if after.epoch != until.epoch or not 0 <= until.number - after.number <= MAX_REPLAY:
        raise Lost
    while after < until:
        for entry in run(store, channel, after):
            after = Position.parse(entry.sort)
            if after <= until:
                yield entry
