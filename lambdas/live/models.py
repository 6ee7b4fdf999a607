"""The rows of the live table. None of them is data to be kept: each has a time after which DynamoDB deletes it."""

from datetime import datetime, timedelta

from dynamodel import Attr, Model, attr, key, sort_key, ttl, version
from lambdas.live.position import Position
from lambdas.rest.resource import EXPIRES

ONLY = "-"  # the sort key of a row that is alone under its hash key
ENDINGS = "endings"  # the hash key of all of them
MAX_SUBSCRIPTIONS = 50  # of a connection; a transaction takes 100 writes
TICKET_LASTS = timedelta(seconds=60)
CONNECTION_LASTS = timedelta(hours=2)  # what API Gateway allows
GRACE = timedelta(minutes=10)  # rows outlive their connection, so that whoever finds them can close it
LOG_LASTS = timedelta(hours=1)
CHANNEL_LASTS = timedelta(hours=24)  # without a change; longer than the log and any connection


class Row(Model, tag_field="kind"):
    """A row of the table, found by two keys."""

    hash: Attr[str] = key()
    sort: Attr[str] = sort_key(default=ONLY)
    expires: Attr[datetime] = ttl(stored=EXPIRES)


class Ticket(Row, tag="ticket"):
    """The right to open one connection. `hash` is a digest: a reader of the table cannot connect."""

    reads: Attr[dict[str, str]] = attr()  # by path of a collection: the owner whose items are meant, or nothing
    ends: Attr[datetime] = attr()  # when the caller's token does


class Connection(Row, tag="connection"):
    """An open connection, and the subscriptions it has."""

    reads: Attr[dict[str, str]] = attr()
    ends: Attr[datetime] = attr()
    to: Attr[set[str]] = attr(default_factory=set, max_length=MAX_SUBSCRIPTIONS)
    version: Attr[int] = version()

    @property
    def id(self) -> str:
        """API Gateway's id of the connection."""
        return self.hash.partition(" ")[2]


class Subscription(Row, tag="subscription"):
    """One connection's subscription: under its channel, so that one query finds all subscribers of a change."""

    connection: Attr[str] = attr()
    to: Attr[str] = attr()
    item: Attr[str] = attr(default="")  # the id of the only item meant
    ends: Attr[datetime] = attr()
    position: Attr[str | None] = attr(default=None)  # while it catches up: all up to here was sent; then nothing


class Ending(Row, tag="ending"):
    """The end of a connection's token; all under one hash key. `sort` is its second and the connection."""

    @property
    def connection(self) -> str:
        """API Gateway's id of the connection."""
        return self.sort.partition(" ")[2]


class Channel(Row, tag="channel"):
    """A collection (of one owner, where items have owners): how far its log reaches, and how far it was sent."""

    epoch: Attr[int] = attr()
    head: Attr[int] = attr(default=0)  # the number of the last change in the log
    sent: Attr[int] = attr(default=0)  # up to here every subscriber was sent what is theirs
    holder: Attr[str] = attr(default="")  # the invocation that sends now
    held_until: Attr[int] = attr(default=0)  # milliseconds of the clock

    @property
    def name(self) -> str:
        """The name that subscriptions and log are found by."""
        return self.hash.partition(" ")[2]

    def at(self, number: int) -> Position:
        """The position of a change."""
        return Position(self.epoch, number)


class Entry(Row, tag="change"):
    """A change in a channel's log; `sort` is its position."""

    item: Attr[str] = attr()
    event: Attr[str] = attr()  # JSON, as it is sent


class Seen(Row, tag="seen"):
    """The mark of an event that is in the log: a queue may deliver it again."""
