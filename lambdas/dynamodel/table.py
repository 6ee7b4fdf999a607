"""A table of one model: the operations, each one call of DynamoDB unless a rule needs more."""

from collections.abc import AsyncIterator, Callable, Iterable, Iterator
from typing import TYPE_CHECKING, Any

from . import query as listing
from .attributes import Attr, Index, now
from .codec import Value, item_size
from .cursor import seal, unseal
from .errors import (
    AlreadyExists,
    ConditionFailed,
    DynamodelError,
    Invalid,
    LimitReached,
    NotFound,
    NotUnique,
    TooLarge,
    Violation,
)
from .expressions import Aliases, Change, Condition, Path, all_of, apply
from .model import Model
from .operations import Plan, Request, operation
from .query import Item, Listing, Page, Source
from .schema import RESERVED
from .transaction import Action, LostRace, Write, write

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient

ITEM_BYTES = 400 * 1024


class Table[M: Model]:
    """Items of a model in a DynamoDB table.

    client: `boto3.client("dynamodb")`. secret: signs cursors; without one they are signed with the table's name, which
    keeps them bound to their query, and lets those who know the name start the same query elsewhere, no more.
    A key, wherever one is asked for, is the value of the hash key, a pair (hash key, sort key), or an item.
    """

    def __init__(self, model: type[M], client: "DynamoDBClient", name: str, *, secret: bytes | None = None) -> None:
        self.model, self.client, self.name = model, client, name
        self.schema = model.schema
        self.secret = secret or name.encode()

    # Reading

    @operation
    def get(self, key: Any, *, consistent: bool = False, fields: Iterable[Path[Any]] = ()) -> Plan[M | None]:
        """Return the item at a key, or None. With `fields`, the other attributes of the item are not there to read."""
        reply = yield self._get(key, consistent, fields)
        raw = reply.get("Item")
        return self._read(raw, partial=bool(fields)) if raw and self._shown(raw) else None

    @operation
    def demand(self, key: Any, *, consistent: bool = False, fields: Iterable[Path[Any]] = ()) -> Plan[M]:
        """Return the item at a key. Raises NotFound."""
        item = yield from self.get.plan(key, consistent=consistent, fields=fields)
        if item is None:
            raise NotFound(key)
        return item

    def _get(self, key: Any, consistent: bool, fields: Iterable[Path[Any]]) -> Request:
        aliases = Aliases()
        names = [*map(aliases.path, fields)]
        if names:
            extra = [name for name, _ in self.schema.keys] + ([self.schema.ttl.stored] if self.schema.ttl else [])
            names += map(aliases.name, extra + ([self.schema.tag_field] if self.schema.tag_field else []))
        projection = aliases.parameters(ProjectionExpression=", ".join(dict.fromkeys(names)))
        strong = {"ConsistentRead": True} if consistent else {}
        return Request(self.client, "GetItem", self._at(key) | projection | strong)

    def _at(self, key: Any) -> dict[str, Any]:
        return {"TableName": self.name, "Key": self.schema.key(key)}

    def _read(self, raw: Item, *, partial: bool = False) -> M:
        item = self.schema.decode(raw, partial=partial)
        item.after_read()
        return item

    def _shown(self, raw: Item) -> bool:
        """Whether a stored item is one of the model's: not expired, not one of our own records."""
        schema = self.schema
        if schema.ttl and schema.ttl.stored in raw and float(raw[schema.ttl.stored]["N"]) <= now().timestamp():
            return False
        ours = not schema.hidden and schema.hash and str(raw.get(schema.hash.stored, {}).get("S")).startswith(RESERVED)
        return not ours and (not schema.tag_field or not schema.by_tag or self._tag(raw) in schema.by_tag)

    def _tag(self, raw: Item) -> Any:
        return raw.get(self.schema.tag_field or "", {}).get("S")

    # Writing

    @write
    def create(self, item: M, *, condition: Condition | None = None) -> Plan[Write[M]]:
        """Store a new item; return it, with version and times set. Raises AlreadyExists, NotUnique, Invalid."""
        yield from ()
        new, raw = self._stamped(item, None)
        put = self._put(raw, all_of([self._absent(), condition]), lambda old: AlreadyExists(old and self._read(old)))
        return Write(self.client, [put, *self._claims(None, new)], self._written(item, new, raw))

    @write
    def put(self, item: M, *, condition: Condition | None = None) -> Plan[Write[M]]:
        """Store an item, whether new or not; return it.

        With a version: refused by ConditionFailed unless the item is still what was read, or still absent if it is new.
        """
        version, old = self.schema.version, item.stored
        if version:
            seen = item.__dict__[version.name]
            condition = all_of([condition, version.path == seen if seen else version.path.missing()])
        elif self.schema.unique:
            reply = yield self._get(item, True, ())
            old = self.schema.decode(reply["Item"]) if "Item" in reply else None
            condition = all_of([condition, self._as_read(reply.get("Item", {}), self._unique_names)])
        new, raw = self._stamped(item, old)
        put = self._put(raw, condition, lambda current: ConditionFailed(current and self._read(current)))
        return Write(self.client, [put, *self._claims(old, new)], self._written(item, new, raw))

    @write
    def update(
        self, key: Any, *changes: Change, condition: Condition | None = None, upsert: bool = False
    ) -> Plan[Write[M]]:
        """Change the item at a key; return it as it is afterwards.

        One UpdateItem; where a unique or derived attribute, a rule of the whole item or a merge is concerned, a read and a
        write that holds only if the item is still as read. `upsert` creates a missing item, from changes and defaults.
        Raises NotFound, ConditionFailed, LimitReached, NotUnique, Invalid.
        """
        from .validation import check_changes

        checked = check_changes(self.model, changes)
        if not upsert and self._needs_read(checked):
            return (yield from self._rewrite(key, lambda old: apply(old, checked), condition))
        return self._update(key, checked, condition, upsert)

    @write
    def replace(self, key: Any, item: M, *, condition: Condition | None = None) -> Plan[Write[M]]:
        """Put other values in place of those of the item at a key, which keeps its key and time of creation.

        One UpdateItem; with unique attributes, a read and a transaction. Raises NotFound, ConditionFailed, NotUnique, Invalid.
        """
        if self.schema.unique:
            return (yield from self._rewrite(key, lambda old: self._with_identity(item, old), condition))
        place = self.schema.key(key)
        raw = self._stamped(item, None)[1] | place
        kept = {*place, *(one.stored for one in (self.schema.created_at, self.schema.version) if one)}
        aliases = Aliases()
        put = {name: value for name, value in raw.items() if name not in kept} | self.schema.shards(place)
        drop = {one.stored for one in self.schema.attributes.values()} - raw.keys() - kept
        text = aliases.update(self._counted(), put, sorted(drop))
        return self._updating(key, aliases, text, all_of([self._present(), condition]), self._why_not(key))

    @write
    def delete(self, key: Any, *, condition: Condition | None = None) -> Plan[Write[None]]:
        """Delete the item at a key. Raises NotFound, ConditionFailed."""
        old, unchanged, failed = None, None, self._why_not(key)
        if self.schema.unique:
            raw = yield from self._present_item(key)
            old, unchanged = self.schema.decode(raw), self._as_read(raw, self._unique_names)
            failed = self._lost_or(key, raw, self._unique_names)
        action = self._action("Delete", self._at(key), all_of([self._present(), unchanged, condition]), failed)
        return Write(self.client, [action, *self._claims(old, None)], lambda _: None)

    @write
    def require(self, key: Any, condition: Condition | None = None) -> Plan[Write[None]]:
        """For a transaction: the item at a key must exist and meet the condition."""
        yield from ()
        check = self._action("ConditionCheck", self._at(key), all_of([self._present(), condition]), self._why_not(key))
        return Write(self.client, [check], lambda _: None)

    def _stamped(self, item: M, old: M | None) -> tuple[M, Item]:
        """Return a copy that is checked and ready to be stored, and its stored form."""
        schema, time = self.schema, now()
        new = object.__new__(type(item))
        values = new.__dict__
        values.update(item.__dict__)
        new.before_write()
        new.schema.derive(new)
        if schema.updated_at:
            values[schema.updated_at.name] = time
        if schema.created_at:
            values[schema.created_at.name] = old.__dict__[schema.created_at.name] if old else time
        if schema.version:
            values[schema.version.name] = (old.__dict__[schema.version.name] if old else 0) + 1
        new.validate()
        raw = new.schema.encode(new)
        self._check_size(raw)
        return new, raw

    def _check_size(self, raw: Item) -> None:
        self.schema.check_keys(raw)
        if (size := item_size(raw)) > ITEM_BYTES:
            raise TooLarge(f"the item has {size} bytes, DynamoDB takes {ITEM_BYTES}")

    def _written(self, item: M, new: M, raw: Item) -> Callable[[Any], M]:
        def done(_: Any) -> M:
            item.__dict__.update(new.__dict__, _stored=raw)
            return item

        return done

    def _put(self, raw: Item, condition: Condition | None, failed: Callable[[Any], DynamodelError]) -> Action:
        return self._action("Put", {"TableName": self.name, "Item": raw}, condition, failed)

    def _action(
        self, kind: Any, target: dict[str, Any], condition: Condition | None, failed: Callable[[Any], DynamodelError]
    ) -> Action:
        aliases = Aliases()
        return Action(kind, target | aliases.parameters(ConditionExpression=condition), failed)

    def _update(self, key: Any, changes: list[Change], condition: Condition | None, upsert: bool) -> Write[M]:
        from .validation import limits

        schema, aliases = self.schema, Aliases()
        time: dict[str, Value] = {}
        if schema.updated_at:
            time[schema.updated_at.stored] = schema.updated_at.encode(now())
        if upsert:
            changes = changes + self._defaults(changes)
            time |= schema.shards(schema.key(key)) | ({str(schema.tag_field): {"S": schema.tag}} if schema.tag else {})
        text = aliases.update([*changes, *self._counted()], time)
        holds = all_of(
            [None if upsert else self._present(), *map(limits, changes), *map(_reachable, changes), condition]
        )
        return self._updating(key, aliases, text, holds, self._why_not(key, changes))

    def _counted(self) -> list[Change]:
        version = self.schema.version
        return [Change("add", version.path, 1)] if version else []

    def _updating(
        self,
        key: Any,
        aliases: Aliases,
        text: str,
        condition: Condition | None,
        failed: Callable[[Any], DynamodelError],
    ) -> Write[M]:
        written = aliases.parameters(UpdateExpression=text, ConditionExpression=condition)
        action = Action("Update", self._at(key) | written, failed)
        return Write(self.client, [action], lambda raw: self._read(raw) if raw else None)  # type: ignore[arg-type, return-value]

    def _defaults(self, changes: list[Change]) -> list[Change]:
        """Return what an upsert adds to make a whole item; Invalid if the changes lack a required attribute."""
        given = {change.path.attr.name for change in changes}
        rest = [
            one for one in self.schema.attributes.values() if one.name not in given and one.role not in _SET_BY_UPDATE
        ]
        if lacking := [one for one in rest if not one.has_default and one.role != "created_at"]:
            raise Invalid([Violation((one.name,), "is required") for one in lacking])
        values = [(one, now() if one.role == "created_at" else one.make_default()) for one in rest]
        return [Change("default", one.path, value) for one, value in values if value is not None and value != set()]

    def _needs_read(self, changes: list[Change]) -> bool:
        if not changes:
            return False
        if self.schema.rules or self.schema.derived:
            return True
        return any(change.action == "merge" or change.path.attr.unique for change in changes)

    def _rewrite(self, key: Any, change: Callable[[M], M], condition: Condition | None) -> Plan[Write[M]]:
        """Read, change in memory, and write what differs if the item is still as read."""
        raw = yield from self._present_item(key)
        old = self.schema.decode(raw)
        new, changed = self._stamped(change(old), old)
        names = [self.schema.version.stored] if self.schema.version else sorted(raw)
        aliases = Aliases()
        put = {name: value for name, value in changed.items() if raw.get(name) != value}
        text = aliases.update((), put, sorted(raw.keys() - changed.keys()))
        holds = all_of([self._present(), self._as_read(raw, names), condition])
        update = self._updating(key, aliases, text, holds, self._lost_or(key, raw, names)).actions
        return Write(self.client, [*update, *self._claims(old, new)], self._written(new, new, changed))

    def _present_item(self, key: Any) -> Plan[Item]:
        reply = yield self._get(key, True, ())
        if "Item" not in reply or not self._shown(reply["Item"]):
            raise NotFound(key)
        return reply["Item"]  # type: ignore[no-any-return]  # replies are Any

    def _with_identity(self, item: M, old: M) -> M:
        new = object.__new__(type(item))
        kept = [one.name for one in (self.schema.hash, self.schema.sort, self.schema.created_at) if one]
        new.__dict__.update(item.__dict__, _stored=old.__dict__["_stored"], **{n: old.__dict__[n] for n in kept})
        return new

    # Conditions and the errors of those that fail

    def _alive(self) -> Condition | None:
        ttl = self.schema.ttl
        return ttl.path.missing() | (ttl.path > now()) if ttl else None

    def _present(self) -> Condition:
        here = Condition("attribute_exists({})", self.schema.keys[0][0])
        return here & alive if (alive := self._alive()) is not None else here

    def _absent(self) -> Condition:
        gone = Condition("attribute_not_exists({})", self.schema.keys[0][0])
        ttl = self.schema.ttl
        return gone | (ttl.path <= now()) if ttl else gone

    def _as_read(self, raw: Item, names: Iterable[str]) -> Condition | None:
        return all_of(
            Condition("{} = {}", name, raw[name]) if name in raw else Condition("attribute_not_exists({})", name)
            for name in names
        )

    def _why_not(self, key: Any, changes: Iterable[Change] = ()) -> Callable[[Item | None], DynamodelError]:
        def failed(raw: Item | None) -> DynamodelError:
            if raw is None or not self._shown(raw):
                return NotFound(key)
            item = self._read(raw)
            violations = self._past_limits(item, changes)
            return LimitReached(item, violations) if violations else ConditionFailed(item)

        return failed

    def _past_limits(self, item: M, changes: Iterable[Change]) -> tuple[Violation, ...]:
        growing = [change for change in changes if change.action in ("add", "append", "prepend", "discard")]
        try:
            apply(item, growing).validate()
        except (Invalid, LookupError, AttributeError) as error:
            return getattr(error, "violations", ())
        return ()

    def _lost_or(self, key: Any, read: Item, names: Iterable[str]) -> Callable[[Item | None], DynamodelError]:
        def failed(raw: Item | None) -> DynamodelError:
            if raw is not None and any(raw.get(name) != read.get(name) for name in names):
                return LostRace()
            return self._why_not(key)(raw)

        return failed

    # Unique values

    @property
    def _unique_names(self) -> list[str]:
        return [one.stored for one in self.schema.unique]

    def _claims(self, old: M | None, new: M | None) -> list[Action]:
        """Return the actions on marker items that free the values of `old` and take those of `new`."""
        actions: list[Action] = []
        for one in self.schema.unique:
            before, after = (item.__dict__[one.name] if item else None for item in (old, new))
            if before == after:
                continue
            if before is not None:
                key = {"TableName": self.name, "Key": self._marker(one, before)}
                actions.append(Action("Delete", key, lambda _: ConditionFailed(None)))
            if after is not None:
                absent = Condition("attribute_not_exists({})", self.schema.keys[0][0])
                taken = NotUnique(one.name, after)
                actions.append(self._put(self._marker(one, after), absent, lambda _, taken=taken: taken))  # type: ignore[misc]
        return actions

    def _marker(self, one: Attr[Any], value: Any) -> dict[str, Value]:
        ((_, held),) = one.encode(value).items()
        text = held.hex() if isinstance(held, bytes) else held
        if len(text.encode()) > 1024:
            from hashlib import sha256

            text = sha256(text.encode()).hexdigest()
        (hash_name, _), *sort = self.schema.keys
        marker: dict[str, Value] = {hash_name: {"S": f"{RESERVED}unique#{one.model.__name__}#{one.name}#{text}"}}
        return marker | {name: {tag: {"S": "-", "N": "0", "B": b"-"}[tag]} for name, tag in sort}

    # Listing

    @operation
    def query(
        self,
        *conditions: Condition,
        index: Index | None = None,
        order_by: Path[Any] | None = None,
        descending: bool = False,
        filter: Condition | None = None,  # noqa: A002  # DynamoDB's word
        fields: Iterable[Path[Any]] = (),
        limit: int = 100,
        cursor: str | None = None,
        consistent: bool = False,
        most_requests: int = 10,
    ) -> Plan[Page[M]]:
        """Return a page of the items that meet the conditions, in order of the sort key.

        The conditions are those of one key: equality on its hash, at most a range on its sort attribute. Table or index is
        chosen by them, and by `order_by` where several serve; without conditions, a sharded index serves. `filter` is
        applied to what was read, so a page takes up to `most_requests` requests (per shard) to fill, then ends short, with
        a cursor. Raises NoIndex, InvalidCursor.
        """
        fields = tuple(fields)
        source = self._source(conditions, index, order_by, fields)
        options = {"ScanIndexForward": False} if descending else {}
        options |= {"ConsistentRead": True} if consistent else {}
        listed = self._listing(source, filter, fields, options)
        return (yield from self._page(listed, limit, cursor, most_requests, bool(fields)))

    def _source(
        self,
        conditions: Iterable[Condition],
        index: Index | None,
        order_by: Path[Any] | None,
        fields: Iterable[Path[Any]],
    ) -> Source:
        return listing.choose(self.schema, conditions, index, order_by, {path.attr.stored for path in fields})

    @operation
    def count(
        self,
        *conditions: Condition,
        index: Index | None = None,
        filter: Condition | None = None,  # noqa: A002
    ) -> Plan[int]:
        """Count the items that meet the conditions; reads, and costs, as much as listing them."""
        listed = self._listing(self._source(conditions, index, None, ()), filter, (), {"Select": "COUNT"})
        total, waiting = 0, list(listed.lanes)
        while waiting:
            replies = yield tuple(Request(self.client, "Query", lane) for lane in waiting)
            total += sum(reply["Count"] for reply in replies)
            waiting = [
                lane | {"ExclusiveStartKey": reply["LastEvaluatedKey"]}
                for lane, reply in zip(waiting, replies, strict=True)
                if "LastEvaluatedKey" in reply
            ]
        return total

    @operation
    def scan(
        self,
        *,
        filter: Condition | None = None,  # noqa: A002
        fields: Iterable[Path[Any]] = (),
        segments: int = 1,
        limit: int = 100,
        cursor: str | None = None,
        consistent: bool = False,
        most_requests: int = 10,
    ) -> Plan[Page[M]]:
        """Return a page of all items, in no order. It reads, and costs, the whole table; `segments` are read in parallel."""
        fields = tuple(fields)
        options = {"ConsistentRead": True} if consistent else {}
        source = Source(self.schema, None)
        lanes = [{"Segment": n, "TotalSegments": segments} for n in range(segments)] if segments > 1 else [{}]
        listed = self._listing(source, filter, fields, options, "Scan", lanes)
        return (yield from self._page(listed, limit, cursor, most_requests, bool(fields)))

    def each(self, *conditions: Condition, **options: Any) -> Iterator[M]:
        """Iterate over all items of a query, page by page; the options are those of `query`."""
        return _pages(lambda cursor: self.query(*conditions, **options, cursor=cursor))

    def each_scanned(self, **options: Any) -> Iterator[M]:
        """Iterate over all items of the table, page by page; the options are those of `scan`."""
        return _pages(lambda cursor: self.scan(**options, cursor=cursor))

    async def each_waiting(self, *conditions: Condition, **options: Any) -> AsyncIterator[M]:
        """Iterate over all items of a query without blocking the event loop."""
        cursor: str | None = None
        while True:
            page = await self.query.wait(*conditions, **options, cursor=cursor)
            for item in page.items:
                yield item
            if (cursor := page.cursor) is None:
                return

    def _listing(
        self,
        source: Source,
        shown: Condition | None,
        fields: Iterable[Path[Any]],
        options: dict[str, Any],
        call: str = "Query",
        lanes: Iterable[dict[str, Any]] | None = None,
    ) -> Listing:
        hidden = self._hidden() if call == "Scan" else None
        whole = all_of([shown, self._of_model(), self._alive(), hidden])
        shards = range(source.index.shards if source.index else 1)
        fields = self._with_needed(fields)
        return Listing(
            self.client,
            call,
            [
                listing.parameters(self.name, source, shard, whole, fields, **options, **lane)
                for shard in shards
                for lane in lanes or [{}]
            ],
            source,
            "ScanIndexForward" in options,
            listing.parameters(self.name, source, 0, shown, (), **options),
            lambda raw: self._shown(raw) and source.includes(raw),
        )

    def _with_needed(self, fields: Iterable[Path[Any]]) -> list[Any]:
        """Add to a projection what tells whether and as what an item is shown."""
        names = [self.schema.ttl and self.schema.ttl.stored, self.schema.tag_field]
        return [*fields, *filter(None, names)] if (fields := tuple(fields)) else []

    def _of_model(self) -> Condition | None:
        if not self.schema.by_tag or not self.schema.tag_field:
            return None
        tags = [{"S": tag} for tag in sorted(self.schema.by_tag)]
        return Condition(f"{{}} IN ({', '.join('{}' for _ in tags)})", self.schema.tag_field, *tags)

    def _hidden(self) -> Condition | None:
        name, tag = self.schema.keys[0]
        if tag != "S":
            return None
        if self.schema.hidden:
            return Condition("begins_with({}, {})", name, {"S": f"{RESERVED}{self.schema.name}#"})
        return ~Condition("begins_with({}, {})", name, {"S": RESERVED})

    def _page(self, listed: Listing, limit: int, cursor: str | None, most: int, partial: bool) -> Plan[Page[M]]:
        if limit < 1:
            raise ValueError("a page holds at least one item")
        positions = unseal(cursor, listed.identity, self.secret) if cursor is not None else None
        raws, positions = yield from listed.read(limit, positions, most)
        partial = partial or listed.partial
        items = [self._read(raw, partial=partial) for raw in raws]
        return Page(items, None if positions is None else seal(positions, listed.identity, self.secret))


_SET_BY_UPDATE = ("hash", "sort", "version", "updated_at")


def _reachable(change: Change) -> Condition | None:
    """A nested place must be there to be changed; DynamoDB would answer with a validation error."""
    *above, _ = change.path.steps
    return (
        Condition("attribute_exists({})", Path(tuple(above), change.path.codec, change.path.rules)) if above else None
    )


def _pages[M: Model](page_at: Callable[[str | None], Page[M]]) -> Iterator[M]:
    cursor: str | None = None
    while True:
        page = page_at(cursor)
        yield from page.items
        if (cursor := page.cursor) is None:
            return
