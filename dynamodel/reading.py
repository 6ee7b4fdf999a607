"""Reading the items of a model: by key, in batches, in order of an index, or all of them."""

from collections.abc import AsyncIterator, Awaitable, Callable, Container, Iterable, Iterator, Mapping, Sequence
from copy import copy
from typing import Any, Self, TypedDict, Unpack

from botocore.exceptions import ClientError

from . import batch
from .attributes import Index, now
from .codec import Item, Value
from .cursor import seal, unseal
from .errors import NotFound, NotSupported, TooLarge, Unprocessed, Unreadable
from .expressions import Aliases, Condition, Path, all_of
from .model import Model
from .operations import Client, Operation, Plan, Request, operation
from .query import Listing, Page, QueryTarget, choose, parameters
from .schema import RESERVED, Schema
from .transaction import TRANSACTION_ACTIONS, refusal, retried, transaction_error


class PageOptions(TypedDict, total=False):
    """The options of a page.

    filter: applied by DynamoDB to what was read; fields: the attributes to read (others are then not there)
    limit: items on the page (100); cursor: that of the page before; consistent: see all completed writes
    most_requests: how often (per shard) to read on for a page that a filter leaves short (10)
    """

    filter: Condition | None
    fields: Iterable[Path[Any]]
    limit: int
    cursor: str | None
    consistent: bool
    most_requests: int


class Order(TypedDict, total=False):
    """The index to read, if several serve: `index` itself, or the one that sorts by `order_by`; and its direction."""

    index: Index | None
    order_by: Path[Any] | None
    descending: bool


class QueryOptions(Order, PageOptions, total=False):
    """The options of a query: those of an order and of a page."""


class Reader[M: Model]:
    """The reading half of a table.

    client: `boto3.client("dynamodb")`. secret: signs cursors; without one they are signed with the table's name, which
    keeps them bound to their query, and lets those who know the name start the same query elsewhere, no more.
    related: the tables of the models that this one's references are of, and of those that refer to it.
    A key, wherever one is asked for, is the value of the hash key, a pair (hash key, sort key), or an item.
    """

    def __init__(
        self,
        model: type[M],
        client: Client,
        name: str,
        *,
        secret: bytes | None = None,
        related: Mapping[type[Model], str] | None = None,
    ) -> None:
        self.model, self.client, self.name, self.related = model, client, name, dict(related or {})
        self.schema: Schema[M] = model.schema
        self.secret = secret or name.encode()
        self.owner: Value | None = None
        self.shows_expired = False

    def owned_by(self, owner: str) -> Self:
        """Return a view of the table for one owner: new items are theirs, and items of others do not exist in it.

        Args:
            owner: the name of the owner.

        Raises:
            TypeError: the model declares no owner(), or the name is empty.
        """
        if not self.schema.owner or not owner:
            raise TypeError(
                f"{self.schema.name} declares no owner()" if owner else "the name of an owner must not be empty"
            )
        view = copy(self)
        view.owner = self.schema.owner.encode(owner)
        return view

    def with_expired(self) -> Self:
        """Return the table with the items that have expired, and that DynamoDB has not deleted yet."""
        view = copy(self)
        view.shows_expired = True
        return view

    @operation
    def get(self, key: Any, *, consistent: bool = False, fields: Iterable[Path[Any]] = ()) -> Plan[M | None]:
        """Read the item at a key.

        Args:
            key: the key of the item.
            consistent: see all completed writes.
            fields: the attributes to read; the item has no others then.

        Returns:
            The item, or None.

        Raises:
            Invalid: no key has such a value.
            Unreadable: the stored item does not fit the model.
        """
        fields = _whole(fields)
        reply = yield self._get(key, consistent, fields)
        return self.decode_visible(reply.get("Item"), self._names(fields))

    @operation
    def get_one(self, key: Any, *, consistent: bool = False, fields: Iterable[Path[Any]] = ()) -> Plan[M]:
        """Read the item at a key, as `get` does.

        Raises:
            NotFound: no item has the key.
            Invalid, Unreadable: as `get` does.
        """
        item = yield from self.get.plan(key, consistent=consistent, fields=fields)
        if item is None:
            raise NotFound(key)
        return item

    @operation
    def batch_get(
        self, keys: Iterable[Any], *, consistent: bool = False, fields: Iterable[Path[Any]] = ()
    ) -> Plan[batch.Fetched[M]]:
        """Read the items at any number of keys.

        Args:
            keys: the keys of the items; a repeated one is read once.
            consistent: see all completed writes.
            fields: the attributes to read; the item has no others then.

        Returns:
            The items found, in the order of their keys, the keys that DynamoDB did not process in ten attempts, and
            an error for each item that cannot be read.

        Raises:
            Invalid: as `get` does.
        """
        given = {repr(place): (place, key) for key in keys for place in [self.schema.key(key)]}
        fields, found = _whole(fields), {}
        common = self._projection(fields) | _strong(consistent)

        def request(chunk: list[Any]) -> Request:
            return Request(self.client, "BatchGetItem", {"RequestItems": {self.name: {"Keys": chunk, **common}}})

        def returned(reply: Any) -> list[Any]:
            for raw in reply["Responses"].get(self.name, []):
                found[repr({name: raw[name] for name, _ in self.schema.keys})] = raw
            return reply.get("UnprocessedKeys", {}).get(self.name, {}).get("Keys", [])  # type: ignore[no-any-return]

        left = yield from batch.in_batches([place for place, _ in given.values()], batch.GETS, request, returned)
        raws = [found[name] for name in given if name in found and self.is_visible(found[name])]
        items, unreadable = self._read_all(raws, self._names(fields))
        return batch.Fetched(items, [given[repr(place)][1] for place in left], unreadable)

    @operation
    def populate[O: Model](self, items: Iterable[O], reference: Path[Any]) -> Plan[list[tuple[O, M | None]]]:
        """Pair items with those of this table that they refer to, in one batch: `users.populate(posts, Post.by)`.

        Args:
            items: items of any model.
            reference: the path, in those items, of a key of this table.

        Returns:
            Pairs of an item and the one it refers to, None if there is none.

        Raises:
            Unprocessed: DynamoDB did not process some of the keys in ten attempts.
            ExceptionGroup: of an Unreadable for each item referred to that cannot be read.
        """
        items = list(items)
        keys = [_referred(reference, item) for item in items]
        fetched = yield from self.batch_get.plan({key for key in keys if key is not None})
        if fetched.unprocessed:
            raise Unprocessed(fetched.unprocessed)
        _raise_all(fetched.unreadable)
        by_key = {self.schema.key_values(item): item for item in fetched.items}
        return [(item, by_key.get((key,))) for item, key in zip(items, keys, strict=True)]

    @operation
    def query(self, *conditions: Condition, **options: Unpack[QueryOptions]) -> Plan[Page[M]]:
        """Read a page of the items that meet the conditions, in order of the sort key.

        Args:
            *conditions: those of one key: equality on its hash, at most a range on its sort attribute. Table or index
                is chosen by them, and by `order_by` where several serve; without any, a sharded index serves.
            **options: those of QueryOptions. All else goes into `filter`, which works on what was read: a page that
                `most_requests` leave short still has a cursor.

        Returns:
            The page, with the cursor of the next, and an error for each item that cannot be read.

        Raises:
            NoIndex: no key serves the conditions; the message lists the known ones.
            NotSupported: the filter is on a key, or the read is a consistent one of a global index.
            InvalidCursor: the cursor is not of this query.
            Invalid: as `get` does.
        """
        order = {"ScanIndexForward": False} if options.get("descending") else {}
        return (yield from self._page("Query", self._source(conditions, options), options, order))

    @operation
    def scan(self, *, segments: int = 1, **options: Unpack[PageOptions]) -> Plan[Page[M]]:
        """Read a page of all items, in no order. All pages together cost the reading of the whole table.

        Args:
            segments: the number of parts that are read in parallel.
            **options: those of PageOptions.

        Returns:
            The page, with the cursor of the next, and an error for each item that cannot be read.

        Raises:
            InvalidCursor: as `query` does.
        """
        lanes = [{"Segment": n, "TotalSegments": segments} for n in range(segments)] if segments > 1 else [{}]
        return (yield from self._page("Scan", QueryTarget(self.schema, self.schema.primary), options, {}, lanes))

    @operation
    def count(
        self,
        *conditions: Condition,
        filter: Condition | None = None,  # noqa: A002  # DynamoDB's word
        **order: Unpack[Order],
    ) -> Plan[int]:
        """Count the items that meet the conditions; reads, and costs, as much as listing them.

        Args:
            *conditions: as those of `query`.
            filter: applied by DynamoDB to what was read.
            **order: the index to count in.

        Raises:
            NoIndex, Invalid: as `query` does.
        """
        source, total = self._source(conditions, order), 0
        source.check_options(filter, None)
        visible = all_of([filter, self._not_expired(), self._tagged()])
        read, options = (source.keys, {}) if source.strict else ((), {"Select": "COUNT"})
        lanes = [parameters(self.name, source, shard, visible, read, **options) for shard in source.shards]
        waiting = [] if source.empty else lanes
        while waiting:
            replies = yield tuple(Request(self.client, "Query", lane) for lane in waiting)
            for reply in replies:
                total += sum(map(source.is_within, reply["Items"])) if source.strict else reply["Count"]
            starts = [(lane, reply.get("LastEvaluatedKey")) for lane, reply in zip(waiting, replies, strict=True)]
            waiting = [lane | {"ExclusiveStartKey": start} for lane, start in starts if start]
        return total

    def iterate(self, *conditions: Condition, **options: Unpack[QueryOptions]) -> Iterator[M]:
        """Iterate over all items of a query, page by page; arguments and errors are those of `query`.

        Raises:
            ExceptionGroup: after the last item, of an Unreadable for each item that cannot be read.
        """
        return _pages(lambda cursor: self.query(*conditions, **(options | cursor)))

    def iterate_scan(self, *, segments: int = 1, **options: Unpack[PageOptions]) -> Iterator[M]:
        """Iterate over all items of the table as `iterate` does; arguments are those of `scan`."""
        return _pages(lambda cursor: self.scan(segments=segments, **(options | cursor)))

    def aiterate(self, *conditions: Condition, **options: Unpack[QueryOptions]) -> AsyncIterator[M]:
        """Iterate over all items of a query, as `iterate` does, without blocking the event loop."""
        return _pages_async(lambda cursor: self.query.run_async(*conditions, **(options | cursor)))

    def aiterate_scan(self, *, segments: int = 1, **options: Unpack[PageOptions]) -> AsyncIterator[M]:
        """Iterate over all items of the table, as `iterate_scan` does, without blocking the event loop."""
        return _pages_async(lambda cursor: self.scan.run_async(segments=segments, **(options | cursor)))

    def _page(
        self, call: str, source: QueryTarget, options: Any, common: Any, lanes: Iterable[Any] = ({},)
    ) -> Plan[Page[M]]:
        fields, condition, limit = _whole(options.get("fields", ())), options.get("filter"), options.get("limit", 100)
        if limit < 1:
            raise ValueError("limit must be at least 1")
        common = common | _strong(options.get("consistent"))
        if call == "Query":
            source.check_options(condition, options.get("consistent"))
        names = [*(path.attr.stored for path in fields), *self.schema.needed] if fields else []
        requests = [
            parameters(self.name, source, n, condition, names, **common, **lane)
            for n in source.shards
            for lane in lanes
        ]
        query = requests[0] if not names and requests[0].keys().isdisjoint(("Segment",)) else None
        identity = [len(requests), query or parameters(self.name, source, 0, condition, (), **common)]
        cursor = options.get("cursor")
        start = unseal(cursor, identity, self.secret) if cursor is not None else None
        listing = Listing(
            self.client, call, [] if source.empty else requests, source, "ScanIndexForward" in common, self.is_visible
        )
        raws, end = yield from listing.read(limit, start, options.get("most_requests", 10))
        items, unreadable = self._read_all(raws, source.read(fields))
        return Page(items, None if end is None else seal(end, identity, self.secret), unreadable)

    def _source(self, conditions: Iterable[Condition], options: Any) -> QueryTarget:
        fields = {path.attr.stored for path in options.get("fields", ())}
        mine = self._mine()  # an owner's view reads one partition, of an index that has the owner as key, or nothing
        required = conditions if mine is None else [mine, *conditions]
        return choose(self.schema, required, options.get("index"), options.get("order_by"), fields)

    def _get(self, key: Any, consistent: bool, fields: Iterable[Path[Any]]) -> Request:
        return Request(self.client, "GetItem", self._at(key) | self._projection(fields) | _strong(consistent))

    def _at(self, key: Any) -> dict[str, Any]:
        return {"TableName": self.name, "Key": self.schema.key(key)}

    def _projection(self, fields: Iterable[Path[Any]]) -> dict[str, Any]:
        aliases = Aliases()
        names = [aliases.name(path.attr.stored) for path in fields]
        names += map(aliases.name, [*(name for name, _ in self.schema.keys), *self.schema.needed]) if names else []
        return aliases.parameters(ProjectionExpression=", ".join(dict.fromkeys(names)))

    def _names(self, fields: Iterable[Path[Any]]) -> set[str] | None:
        return QueryTarget(self.schema, self.schema.primary).read(fields)

    def _read(self, raw: Item, names: Container[str] | None = None) -> M:
        item = self.schema.decode(raw, names)
        item.after_read()
        return item

    def _read_all(self, raws: Iterable[Item], names: Container[str] | None) -> tuple[list[M], tuple[Unreadable, ...]]:
        items, unreadable = list[M](), list[Unreadable]()
        for raw in raws:
            try:
                items.append(self._read(raw, names))
            except Unreadable as error:
                unreadable.append(error)
        return items, tuple(unreadable)

    def decode_visible(self, raw: Item | None, names: Container[str] | None = None) -> M | None:
        """Return the item that a reply of DynamoDB holds, or None if it is not visible here.

        Args:
            raw: the stored item.
            names: the stored names that were read, if not all.

        Raises:
            Unreadable: the stored item does not fit the model.
        """
        return self._read(raw, names) if raw and self.is_visible(raw) else None

    def is_visible(self, raw: Item) -> bool:
        """Return whether a stored item is of this model and owner, not expired, and not a record of this package."""
        schema = self.schema
        if self.owner and schema.owner and raw.get(schema.owner.stored) != self.owner:
            return False
        if self._is_expired(raw):
            return False
        if schema.by_tag and raw.get(str(schema.tag_field), {}).get("S") not in schema.by_tag:
            return False
        begins = str(raw.get(schema.keys[0][0], {}).get("S")).startswith
        return begins(schema.prefix) if schema.prefix else not begins(RESERVED)

    def _is_expired(self, raw: Item) -> bool:
        ttl = self.schema.ttl
        if ttl is None or self.shows_expired or ttl.stored not in raw:
            return False
        return float(raw[ttl.stored]["N"]) <= now().timestamp()

    def _mine(self) -> Condition | None:
        return Condition("=", self.schema.owner.path, self.owner) if self.owner and self.schema.owner else None

    def _not_expired(self) -> Condition | None:
        ttl = self.schema.ttl
        return ttl.path.missing() | (ttl.path > now()) if ttl and not self.shows_expired else None

    def _tagged(self) -> Condition | None:
        tags: list[Value] = [{"S": tag} for tag in sorted(self.schema.by_tag)]
        return Condition("IN", self.schema.tag_field, *tags) if tags else None


def _referred(reference: Path[Any], item: Model) -> Any:
    try:
        return reference.of(item)
    except (AttributeError, LookupError, TypeError):  # the path leads through something that is not there
        return None


def _whole(fields: Iterable[Path[Any]]) -> tuple[Path[Any], ...]:
    fields = tuple(fields)
    for path in fields:
        if len(path.steps) > 1:
            raise NotSupported(f"fields must be whole attributes: read {path.attr.name}, which has {path.names}")
    return fields


def _strong(consistent: bool | None) -> dict[str, Any]:
    return {"ConsistentRead": True} if consistent else {}


def _pages[M: Model](page_with: Callable[[Any], Page[M]]) -> Iterator[M]:
    page, unreadable = page_with({}), list[Unreadable]()
    while True:
        yield from page.items
        unreadable += page.unreadable
        if page.cursor is None:
            return _raise_all(unreadable)
        page = page_with({"cursor": page.cursor})


async def _pages_async[M: Model](page_with: Callable[[Any], Awaitable[Page[M]]]) -> AsyncIterator[M]:
    page, unreadable = await page_with({}), list[Unreadable]()
    while True:
        for item in page.items:
            yield item
        unreadable += page.unreadable
        if page.cursor is None:
            _raise_all(unreadable)
            return
        page = await page_with({"cursor": page.cursor})


def _raise_all(unreadable: Sequence[Unreadable]) -> None:
    if unreadable:
        raise ExceptionGroup(f"{len(unreadable)} items cannot be read", unreadable)


@Operation
def transact_get(*places: tuple[Reader[Any], Any]) -> Plan[list[Any]]:
    """Read several items at one point in time.

    Args:
        *places: up to 100 pairs (table, key).

    Returns:
        The items in the order of the places, None where there is none.

    Raises:
        TooLarge: there are none, or more than 100.
        Conflict: other writers kept changing the items.
    """
    if not 0 < len(places) <= TRANSACTION_ACTIONS:
        raise TooLarge(f"{len(places)} reads; a transaction must have 1 to {TRANSACTION_ACTIONS}")
    gets = [{"Get": table.get.request(key).parameters} for table, key in places]

    def attempt_once() -> Plan[list[Any]]:
        try:
            reply = yield Request(places[0][0].client, "TransactGetItems", {"TransactItems": gets})
        except ClientError as error:
            raise transaction_error(error, refusal(error)[0].get("CancellationReasons", []), ()) from error
        return [
            table.decode_visible(one.get("Item")) for (table, _), one in zip(places, reply["Responses"], strict=True)
        ]

    return retried(attempt_once)
