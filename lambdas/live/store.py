"""The live table: tickets, connections with their subscriptions, and each channel's log of changes."""

import hashlib
import secrets
import time
from collections.abc import Iterator, Sequence
from contextlib import suppress
from datetime import UTC, datetime

from dynamodel import AlreadyExists, Change, Condition, ConditionFailed, NotFound, TransactionFailed, transact
from lambdas.live.address import Address
from lambdas.live.events import Event, channel_name
from lambdas.live.models import (
    CHANNEL_LASTS,
    CONNECTION_LASTS,
    ENDINGS,
    GRACE,
    LOG_LASTS,
    ONLY,
    TICKET_LASTS,
    Channel,
    Connection,
    Ending,
    Entry,
    Seen,
    Subscription,
    Ticket,
)
from lambdas.live.position import Position
from lambdas.runtime.environment import Environment
from lambdas.runtime.tables import table

LEASE = 5_000  # milliseconds: longer than sending to everybody takes, shorter than a tolerable wait after a crash


class NoSuchTicket(Exception):
    """The ticket was never issued, was used before, or has expired."""


class Store:
    """The table of the live functions."""

    def __init__(self, settings: Environment) -> None:
        """Open the tables that the settings name."""
        self.tickets, self.connections = table(Ticket, settings), table(Connection, settings)
        self.subscriptions, self.channels = table(Subscription, settings), table(Channel, settings)
        self.entries, self.seen = table(Entry, settings), table(Seen, settings)
        self.endings = table(Ending, settings)

    # Tickets and connections

    def give_ticket(self, reads: dict[str, str], ends: datetime) -> str:
        """Create a ticket to read these collections until the end of the token; return its secret."""
        secret = secrets.token_urlsafe(32)
        self.tickets.create(
            Ticket(hash=f"ticket {digest(secret)}", reads=reads, ends=ends, expires=now() + TICKET_LASTS)
        )
        return secret

    def connect(self, ticket: str, connection: str) -> None:
        """Exchange a ticket for a connection, once. Raises NoSuchTicket."""
        key = (f"ticket {digest(ticket)}", ONLY)
        found = self.tickets.get(key, consistent=True)
        if found is None:
            raise NoSuchTicket
        latest = now() + CONNECTION_LASTS  # API Gateway closes it then
        ends = min(found.ends, latest)
        row = Connection(hash=f"connection {connection}", reads=found.reads, ends=ends, expires=ends + GRACE)
        hash_key, sort = ending_key(row)
        ending = [Ending(hash=hash_key, sort=sort, expires=latest + GRACE)] if ends < latest else []
        try:
            transact(
                self.tickets.delete.write(key),
                self.connections.create.write(row),
                *map(self.endings.create.write, ending),
            )
        except TransactionFailed:
            raise NoSuchTicket from None

    def connection(self, id: str) -> Connection | None:  # noqa: A002
        """Return an open connection."""
        return self.connections.get((f"connection {id}", ONLY), consistent=True)

    def forget(self, connection: str) -> None:
        """Delete a connection with its subscriptions and its end; one that is made meanwhile fails, or goes as well."""
        while row := self.connection(connection):
            with suppress(ConditionFailed, NotFound):
                self.connections.delete((row.hash, row.sort), condition=Connection.version == row.version)
                subscriptions = [subscription_key(row, Address.parse(to)) for to in sorted(row.to)]
                self.subscriptions.batch_delete([ending_key(row), *subscriptions])

    def ended(self) -> Iterator[Ending]:
        """Iterate over the ends that have come, of connections that nobody has forgotten yet."""
        return self.endings.iterate(Ending.hash == ENDINGS, Ending.sort < seconds(now()), consistent=True)

    # Subscriptions

    def subscribe(self, row: Connection, to: Address, position: Position) -> None:
        """Register a subscription that catches up from a position.

        Raises NotFound if the connection is gone by now, LimitReached if it has as many subscriptions as it may.
        """
        key = subscription_key(row, to)
        subscription = Subscription(
            hash=key[0],
            sort=key[1],
            connection=row.id,
            to=str(to),
            item=to.item,
            ends=row.ends,
            position=str(position),
            expires=row.expires,
        )
        try:
            transact(
                self.connections.update.write((row.hash, row.sort), Connection.to.add({str(to)})),
                self.subscriptions.put.write(subscription),
            )
        except TransactionFailed as failed:
            raise failed.reasons[0] or failed from None

    def unsubscribe(self, row: Connection, to: Address) -> None:
        """Delete a subscription, if it is there."""
        with suppress(TransactionFailed):
            transact(
                self.connections.update.write((row.hash, row.sort), Connection.to.discard({str(to)})),
                self.subscriptions.delete.write(subscription_key(row, to)),
            )

    def subscribers(self, channel: str) -> Iterator[Subscription]:
        """Iterate over the subscriptions of a channel, as they are now."""
        return self.subscriptions.iterate(Subscription.hash == f"subscribers {channel}", consistent=True, limit=1000)

    def caught_up(self, key: tuple[str, str], position: Position | None = None) -> None:
        """Record that a subscription was sent all up to a position; without one, that it has caught up."""
        change: Change = Subscription.position.set(str(position)) if position else Subscription.position.remove()
        with suppress(ConditionFailed, NotFound):
            self.subscriptions.update(key, change, condition=Subscription.position.exists())

    def drop(self, row: Subscription | Ending) -> None:
        """Delete a row of a connection that is gone."""
        with suppress(NotFound):
            self.subscriptions.delete((row.hash, row.sort))

    # Channels

    def open(self, name: str) -> Channel:
        """Return a channel as it is now; begin one that is not there."""
        key = (f"channel {name}", ONLY)
        found = self.channels.get(key, consistent=True)
        if found is None:
            fresh = Channel(hash=key[0], epoch=int(time.time() * 1000), expires=now() + CHANNEL_LASTS)
            with suppress(AlreadyExists):
                return self.channels.create(fresh)
            found = self.channels.get_one(key, consistent=True)
        return found

    def append(self, name: str, events: Sequence[Event]) -> int:
        """Add the events to the log that are not in it; return the number of the last one in it.

        One transaction: numbers have no holes, and a log that is read up to its head lacks nothing.
        """
        missing = {event.id: event for event in events}
        while missing:
            channel = self.open(name)
            try:
                return self._append(channel, [*missing.values()])
            except TransactionFailed as failed:
                marks = failed.reasons[1 : 1 + len(missing)]
                known = [id for id, why in zip(missing, marks, strict=True) if isinstance(why, AlreadyExists)]  # noqa: A001
                missing = {id: event for id, event in missing.items() if id not in known}  # noqa: A001
        return self.open(name).head

    def _append(self, channel: Channel, events: Sequence[Event]) -> int:
        head, expires = channel.head + len(events), now() + LOG_LASTS
        changes = (Channel.head.set(head), Channel.expires.set(now() + CHANNEL_LASTS))
        marks = (Seen(hash=f"seen {channel.name} {event.id}", expires=expires) for event in events)
        entries = (
            Entry(
                hash=f"log {channel.name}",
                sort=str(channel.at(number)),
                item=event.item,
                event=event.text,
                expires=expires,
            )
            for number, event in enumerate(events, start=channel.head + 1)
        )
        transact(
            self.channels.update.write((channel.hash, channel.sort), *changes, condition=Channel.head == channel.head),
            *(self.seen.create.write(mark) for mark in marks),
            *(self.entries.create.write(entry) for entry in entries),
        )
        return head

    def log(self, name: str, after: Position, until: Position, limit: int = 100) -> list[Entry]:
        """Return the entries after one position and up to another, the first ones if there are many."""
        within = (Entry.hash == f"log {name}", Entry.sort.between(str(after.at(after.number + 1)), str(until)))
        return self.entries.query(*within, limit=limit, consistent=True).items

    # The lease of the sender

    def take(self, found: Channel, holder: str) -> Channel | None:
        """Acquire the lease to send to a channel's subscribers; None while another holds it."""
        if found.held_until >= milliseconds() and found.holder != holder:
            return None  # those who wait only read
        mine = (Channel.held_until < milliseconds()) | (Channel.holder == holder)
        return self._hold(found.name, Channel.holder.set(holder), condition=mine)

    def advance(self, channel: Channel, number: int) -> Channel | None:
        """Record that subscribers were sent all up to a number; None if the lease was lost."""
        unchanged = (Channel.holder == channel.holder) & (Channel.sent == channel.sent)
        return self._hold(channel.name, Channel.sent.set(number), condition=unchanged)

    def release(self, channel: Channel) -> None:
        """Release the lease."""
        with suppress(ConditionFailed):
            self.channels.update(
                (channel.hash, channel.sort), Channel.held_until.set(0), condition=Channel.holder == channel.holder
            )

    def _hold(self, name: str, change: Change, *, condition: Condition) -> Channel | None:
        until = Channel.held_until.set(milliseconds() + LEASE)
        try:
            return self.channels.update((f"channel {name}", ONLY), change, until, condition=condition)
        except ConditionFailed:
            return None


def subscription_key(row: Connection, to: Address) -> tuple[str, str]:
    """Return the key of a connection's subscription; an id can be longer than a sort key may be."""
    return f"subscribers {channel_name(to.path, row.reads.get(to.path, ''))}", f"{row.id} {digest(str(to))}"


def ending_key(row: Connection) -> tuple[str, str]:
    """Return the key of a connection's end."""
    return ENDINGS, f"{seconds(row.ends)} {row.id}"


def seconds(time: datetime) -> str:
    """Return the time as text that sorts."""
    return f"{int(time.timestamp()):010}"


def digest(secret: str) -> str:
    """Return the SHA-256 digest of a text, in hexadecimal."""
    return hashlib.sha256(secret.encode()).hexdigest()


def now() -> datetime:
    """Return the time, in UTC."""
    return datetime.now(UTC)


def milliseconds() -> int:
    """Return the time, as leases have it."""
    return int(time.time() * 1000)
