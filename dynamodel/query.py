"""Listings: which index serves a condition, and pages read from one partition, from shards or from segments."""

from collections.abc import Callable, Iterable, Iterator
from decimal import Decimal
from functools import cached_property
from operator import eq, ge, gt, le, lt
from typing import Any, NamedTuple

from .attributes import Attr, Index
from .codec import Item, Value
from .errors import InvalidCursor, NoIndex, NotSupported, Unreadable
from .expressions import Aliases, Condition, Path, all_of
from .operations import Client, Plan, Request
from .schema import HASH_BYTES, SORT_BYTES, Schema, check_key

COMPARISONS = {"=": eq, "<": lt, "<=": le, ">": gt, ">=": ge}
_LOWER, _UPPER = (">", ">="), ("<", "<=")
_KEY_OPERATORS = ("=", *_LOWER, *_UPPER, "BETWEEN", "begins_with")


class Page[M]:
    """Items in order, and the cursor of what follows: None at the end. A page with a cursor may hold no items.

    `unreadable` has an error, with the key, for each item in its place that does not fit the model.
    """

    __slots__ = ("cursor", "items", "unreadable")

    def __init__(self, items: list[M], cursor: str | None, unreadable: tuple[Unreadable, ...] = ()) -> None:
        self.items, self.cursor, self.unreadable = items, cursor, unreadable

    def __repr__(self) -> str:
        return f"Page({self.items!r}, {self.cursor!r}, {self.unreadable!r})"

    def __iter__(self) -> Iterator[M]:
        """Iterate over the items."""
        return iter(self.items)


class QueryTarget:
    """The target of a query: an index, or the table, with the conditions that its keys serve."""

    def __init__(self, schema: Schema[Any], index: Index) -> None:
        self.schema, self.index = schema, index
        self.keys = schema.positions[index.name]  # names of the attributes that make a position
        self.equal = list[Condition]()  # of the hash key's attributes, and the sort key's first ones
        self.bounds = list[Condition]()  # of the next one

    def read(self, fields: Iterable[Path[Any]]) -> set[str] | None:
        """Return the stored names that are read, if not all: the fields, or the projection of the index."""
        if fields:
            return {path.attr.stored for path in fields} | set(self.keys)
        if self.index.project == "all":
            return None
        projection = self.schema.projection(self.index)
        return set(projection if isinstance(projection, tuple) else ()) | set(self.keys)

    @property
    def shards(self) -> range:
        """The shards to read; one, where there are none."""
        return range(self.index.shards)

    def condition(self, shard: int) -> Condition | None:
        """The key condition of one shard; the sort key's bounds are joined, for DynamoDB takes one condition on it."""
        where = [Condition("=", self.index.shard_name, {"N": str(shard)})] if self.index.sharded else []
        return all_of([*where, *self.equal, *self.joined])

    @property
    def joined(self) -> list[Condition]:
        """The range, its two bounds as one BETWEEN."""
        return [_between(self.bounds)] if len(self.bounds) == 2 else self.bounds

    @property
    def empty(self) -> bool:
        """True if the range ends before it begins, which DynamoDB takes for a mistake."""
        bounds = [_order(value) for part in self.joined if len(part.operands) == 3 for value in part.operands[1:]]
        return bounds != sorted(bounds)

    def check_options(self, condition: Condition | None, consistent: bool | None) -> None:
        """Refuse a filter on a key, and a consistent read of a global index, which DynamoDB does not do."""
        where = self.index.name or "the table"
        for tested in condition.attributes() if condition is not None else ():
            if tested in (*self.index.hash, *self.index.sort):
                raise NotSupported(f"{tested.name} is a key of {where}: pass it as a condition, not in filter")
        if consistent and not self.index.local:
            raise NotSupported(f"{where} is a global index, which has no consistent reads")

    def check_operands(self) -> None:
        """Refuse values that no key may have: DynamoDB does so too, but as its own error."""
        for part in (*self.equal, *self.bounds):
            path, *values = part.operands
            for value in values:
                check_key(path.attr, value, HASH_BYTES if path.attr in self.index.hash else SORT_BYTES)

    @cached_property
    def strict(self) -> list[Condition]:
        """The bounds that BETWEEN includes, but < or > does not."""
        return [part for part in self.bounds if len(self.bounds) == 2 and part.operator in ("<", ">")]

    def is_within(self, item: Item) -> bool:
        """Return whether an item is not at one of these."""
        return all(item[part.operands[0].attr.stored] != part.operands[1] for part in self.strict)

    def start_key(self, position: Any, shard: int) -> Item:
        """Return a position as DynamoDB's start key. Raises InvalidCursor if it is not within the query.

        Cursors are signed with their query: such a position is one that somebody signed who knows the secret.
        """
        try:
            item = dict(zip(self.keys, position, strict=True))
            types = dict((*self.schema.keys, *self.schema.index_keys(self.index)))
            valid = (
                all(_is_key(value, types[name]) for name, value in item.items())
                and (not self.index.sharded or item[self.keys[0]] == {"N": str(shard)})
                and all(_holds(part, item[part.operands[0].attr.stored]) for part in (*self.equal, *self.joined))
            )
        except (TypeError, ValueError, ArithmeticError):
            valid = False
        if not valid:
            raise InvalidCursor("the cursor stands outside its query")
        return item

    def order(self, item: Item) -> list[Any]:
        """Return the position of an item in the order."""
        return [_order(item[part.stored]) for part in self.index.sort]


def choose(
    schema: Schema[Any],
    conditions: Iterable[Condition],
    index: Index | None,
    order_by: Path[Any] | None,
    fields: set[str],
) -> QueryTarget:
    """Return the first of table and indexes, as declared, whose keys serve the conditions. Raises NoIndex."""
    whole = all_of(conditions)
    parts = list(whole.parts()) if whole is not None else []
    for choice in [index] if index else [schema.primary, *schema.indexes.values()]:
        source = QueryTarget(schema, choice)
        if (index or _covers(source, fields)) and _serves(source, parts) and _ordered(source, order_by):
            source.check_operands()
            return source
    raise NoIndex(
        f"no key or index of {schema.name} serves this query; known: {', '.join(_described(schema))}. "
        "Conditions on other attributes go to filter=, and all items are read by scan()"
    )


def _described(schema: Schema[Any]) -> Iterator[str]:
    for index in (schema.primary, *schema.indexes.values()):
        by, sort = (", ".join(part.name for part in parts) for parts in (index.hash, index.sort))
        yield f"{index.name or 'table'} ({by or 'all items'}{f' by {sort}' if sort else ''})"


def _covers(source: QueryTarget, fields: set[str]) -> bool:
    held = source.read(())
    return held is None or (bool(fields) and fields <= held)


def _ordered(source: QueryTarget, order_by: Path[Any] | None) -> bool:
    """Return whether the items come in this order: those of the sort attributes before it are equal."""
    fixed = len(source.equal) - len(source.index.hash)
    return order_by is None or order_by.attr in source.index.sort[: fixed + 1]


def _serves(source: QueryTarget, parts: list[Condition]) -> bool:
    """Take the conditions that the keys serve; return if that is all of them."""
    left: dict[Any, list[Condition]] = {}
    for part in parts:
        left.setdefault(_compared(part), []).append(part)
    for attr in (*source.index.hash, *source.index.sort):
        own = left.pop(attr, [])
        if [part.operator for part in own] == ["="]:
            source.equal += own
        elif attr in source.index.hash:
            return False
        else:
            source.bounds = own
            break
    return not left and _one_range(source.bounds)


def _compared(part: Condition) -> Attr[Any] | None:
    """Return the attribute that a condition compares with values, if a key condition can say it."""
    path, *values = part.operands
    plain = isinstance(path, Path) and len(path.steps) == 1 and all(isinstance(value, dict) for value in values)
    return path.steps[0] if plain and part.operator in _KEY_OPERATORS else None


def _one_range(sort: list[Condition]) -> bool:
    if len(sort) < 2:
        return True
    lower = [part for part in sort if part.operator in _LOWER]
    upper = [part for part in sort if part.operator in _UPPER]
    return len(sort) == 2 and len(lower) == len(upper) == 1


def _between(bounds: list[Condition]) -> Condition:
    low, high = sorted(bounds, key=lambda part: part.operator in _UPPER)
    return Condition("BETWEEN", low.operands[0], low.operands[1], high.operands[1])


class PartitionCursor:
    """One partition, shard or segment on its way: what was fetched and not taken yet, and where it stands."""

    def __init__(self, parameters: dict[str, Any]) -> None:
        self.parameters = parameters
        self.position: Item | None = None
        self.fetched: list[Item] = []
        self.resume: Item | None = None
        self.done = False

    def receive(self, reply: dict[str, Any], items: list[Item]) -> None:
        """Store the items of a reply."""
        self.fetched = items[::-1]
        self.resume = reply.get("LastEvaluatedKey")
        self.done = self.resume is None
        if not items:
            self.position = self.resume

    def take(self, keys: tuple[str, ...]) -> Item:
        """Hand out the next item."""
        item = self.fetched.pop()
        self.position = {name: item[name] for name in keys} if self.fetched else self.resume
        return item


class Listing(NamedTuple):
    """A query or scan, ready to be read page by page."""

    client: Client
    operation: str
    lanes: list[dict[str, Any]]
    source: QueryTarget
    descending: bool
    keep: Callable[[Item], bool]

    def read(self, limit: int, positions: Any, most: int) -> Plan[tuple[list[Item], Any]]:
        """Read up to `limit` items with at most `most` requests a lane; return them and where every lane stands."""
        lanes = [PartitionCursor(parameters) for parameters in self.lanes]
        if positions and len(positions) != len(lanes):
            raise InvalidCursor("the cursor is of another number of shards; list from the start")
        for number, (lane, position) in enumerate(zip(lanes, positions or [None] * len(lanes), strict=True)):
            lane.done = position == 0
            lane.position = self.source.start_key(position, number) if position else None
        found: list[Item] = []
        left = most * len(lanes)
        while len(found) < limit:
            if hungry := [lane for lane in lanes if not lane.fetched and not lane.done]:
                if left < len(hungry):
                    break
                left -= len(hungry)
                yield from self._fetch(hungry, limit - len(found))
            elif ready := [lane for lane in lanes if lane.fetched]:
                found.append(self._first(ready).take(self.source.keys))
            else:
                break
        for lane in lanes if found else ():
            self._pass(lane, found[-1])
        return found, self._positions(lanes)

    def _fetch(self, lanes: list[PartitionCursor], wanted: int) -> Plan[None]:
        # One more than wanted, so that a page that is just full knows whether it is the last.
        # A filter works after the limit, and a scan meets our own records: then a request reads more.
        filtered = self.operation == "Scan" or "FilterExpression" in lanes[0].parameters
        limit = {"Limit": max(wanted + 1, 100) if filtered else wanted + 1}
        replies = yield tuple(
            Request(self.client, self.operation, lane.parameters | limit | _start(lane.position)) for lane in lanes
        )
        for lane, reply in zip(lanes, replies, strict=True):
            kept = filter(self.source.is_within, reply["Items"]) if self.source.strict else reply["Items"]
            lane.receive(reply, [item for item in kept if self.keep(item)])

    def _first(self, lanes: list[PartitionCursor]) -> PartitionCursor:
        if len(lanes) == 1 or self.operation == "Scan":
            return lanes[0]
        return (max if self.descending else min)(lanes, key=lambda lane: self.source.order(lane.fetched[-1]))

    def _pass(self, lane: PartitionCursor, last: Item) -> None:
        """Put a lane that gave nothing yet behind the last item, so that newer ones do not turn up on later pages."""
        shard, *order = self.source.keys
        total = len(order) == len(self.source.index.sort)  # no two items are equal in the order
        if lane.position is None and lane.fetched and total and self.operation == "Query":
            lane.position = {shard: lane.fetched[-1][shard]} | {name: last[name] for name in order}

    def _positions(self, lanes: list[PartitionCursor]) -> Any:
        if all(lane.done and not lane.fetched for lane in lanes):
            return None
        return [_position(lane, self.source.keys) for lane in lanes]


def _position(lane: PartitionCursor, keys: tuple[str, ...]) -> Any:
    if lane.done and not lane.fetched:
        return 0
    return [lane.position[name] for name in keys] if lane.position else None


def _start(position: Item | None) -> dict[str, Any]:
    return {"ExclusiveStartKey": position} if position else {}


def _is_key(value: Any, tag: str) -> bool:
    """Return whether a value may be a part of a key of this type."""
    if not isinstance(value, dict) or value.keys() != {tag}:
        return False
    held = value[tag]
    if tag == "N":
        return isinstance(held, str) and Decimal(held).is_finite()
    return isinstance(held, bytes if tag == "B" else str) and 0 < len(held) <= HASH_BYTES


def _holds(part: Condition, value: Value) -> bool:
    """Return whether a value of a key meets a key condition."""
    given, (low, *high) = _order(value), [_order(operand) for operand in part.operands[1:]]
    match part.operator:
        case "BETWEEN":
            return bool(low <= given <= high[0])
        case "begins_with":
            return bool(given.startswith(low))
        case operator:
            return bool(COMPARISONS[operator](given, low))


def _order(value: Value) -> Any:
    ((tag, held),) = value.items()
    return Decimal(held) if tag == "N" else held


def parameters(
    table: str, source: QueryTarget, shard: int, visible: Condition | None, fields: Iterable[str], **options: Any
) -> dict[str, Any]:
    """Return the parameters of one lane: key condition, filter and projection."""
    condition, aliases = source.condition(shard), Aliases()
    projection = list(map(aliases.name, (*fields, *source.keys))) if fields else []
    written = aliases.parameters(
        KeyConditionExpression=condition,
        FilterExpression=visible,
        ProjectionExpression=", ".join(dict.fromkeys(projection)),
    )
    index = {"IndexName": source.index.name} if source.index.name else {}
    return {"TableName": table, **index, **written, **options}
