"""A table of one model: the operations that write, each one call of DynamoDB unless a rule needs more."""

from collections.abc import Callable, Collection, Iterable
from contextlib import suppress
from copy import copy, deepcopy
from functools import cached_property, partial
from itertools import count
from typing import Any

from . import batch
from .attributes import Attr, now
from .codec import Item, Value, item_size, same
from .errors import (
    AlreadyExists,
    ConditionFailed,
    DynamodelError,
    InUse,
    Invalid,
    LimitReached,
    NotFound,
    TooLarge,
    Unprocessed,
    Unreadable,
    Violation,
)
from .expressions import Aliases, Change, Condition, Path, all_of, exists, missing
from .memory import apply
from .model import Model
from .operations import Plan, Request, backoff, operation
from .reading import Reader
from .references import reference_actions, related, unreferred
from .repeats import marked, new_token
from .transaction import ITEM_BYTES, Action, LostRace, Write, write
from .uniqueness import free, given_up, is_held, uniqueness_actions

type Failed = Callable[[Item | None], DynamodelError]  # makes the error of what is stored


class Table[M: Model](Reader[M]):
    """Items of a model in a DynamoDB table, to read and to write; see Reader for the arguments."""

    @write
    def create(self, item: M) -> Plan[Write[M]]:
        """Store a new item.

        Args:
            item: the new item; the store sets its version, times and owner.

        Returns:
            The same item.

        Raises:
            AlreadyExists: an item has its key.
            NotUnique: another item has its value of a unique attribute.
            Invalid: the item breaks rules of the model.
            TooLarge: the item has more than the 400 KB that DynamoDB accepts.
        """
        yield from ()
        new, raw = self._prepare_item(item, None)
        put = self._put(raw, self._absent(), lambda old: AlreadyExists(self._readable(old)))
        done = self._written(item, raw)
        return Write(self.client, [put, *self._beside(None, new, {}, raw)], done)

    @write
    def put(self, item: M, *, condition: Condition | None = None) -> Plan[Write[M]]:
        """Store an item, new or in place of the one with its key.

        Args:
            item: with a version, refused if the stored item changed since it was read, or exists although it is new.
            condition: must hold for the stored item.

        Returns:
            The same item, with version and times set.

        Raises:
            ConditionFailed: the version or the condition does not hold.
            NotUnique, Invalid, TooLarge: as `create` does.
        """
        version, old = self.schema.version, item.stored
        unchanged: Condition | None = None
        failed: Failed = lambda current: ConditionFailed(self._readable(current))  # noqa: E731
        if version:
            seen = item.__dict__[version.name]
            unchanged = version.path == seen if seen else version.path.missing()
        elif self._watched:
            reply = yield self._get(item, True, ())
            raw = reply.get("Item", {})
            old = self._unique_values(raw) if raw else None
            unchanged, failed = self._as_read(raw, self._watched), self._lost_or(failed, raw, self._watched)
        new, stored = self._prepare_item(item, old)
        mine = self._mine()
        free = None if mine is None else mine | self._absent()
        put = self._put(stored, all_of([unchanged, free, condition]), failed)
        before = old.__dict__["_stored"] if old else {}
        return Write(self.client, [put, *self._beside(old, new, before, stored)], self._written(item, stored))

    @write
    def save(self, item: M, *, condition: Condition | None = None) -> Plan[Write[M]]:
        """Write the changes of an item since it was read; create it if it is new.

        Where there is no version, other attributes may have changed meanwhile, and stay so, unless a unique attribute,
        a rule or a derived attribute is concerned. Nothing is sent if nothing has changed.

        Args:
            item: was read whole, or is new.
            condition: must hold for the stored item.

        Returns:
            The same item, as it is stored now.

        Raises:
            NotFound: it was deleted meanwhile.
            ConditionFailed: the version differs, or what the change concerns, or the condition does not hold.
            AlreadyExists, NotUnique, Invalid, TooLarge: as `create` does.
        """
        old = item.stored
        if old is None:
            return (yield from self.create.prepare(item))
        new, after = self._prepare_item(item, old)
        before, schema = self.schema.encode(old), self.schema
        counted = [one.stored for one in (schema.updated_at, schema.version) if one]
        puts = {name: value for name, value in after.items() if before.get(name) != value and name not in counted}
        drop = before.keys() - after.keys()
        if not puts and not drop:
            return Write(self.client, [], lambda _: item)
        times = {name: after[name] for name in counted if not schema.version or name != schema.version.stored}
        holds = all_of([self._present(), self._still(item, {*puts, *drop}), condition])
        changes = [*_puts(puts | times, drop), *self._counted()]
        update = self._updating(item, changes, holds, self._why_not(item))
        done: Callable[[Item | None], M] = lambda raw: self._written(item, raw or after)(None)  # noqa: E731
        return Write(self.client, [*update.actions, *self._beside(old, new, before, after)], done)

    def _still(self, item: M, changed: set[str]) -> Condition | None:
        """Return the condition that the version, or else the attributes that the change affects, are as read."""
        raw, schema = item.__dict__["_stored"], self.schema
        if schema.version:
            return self._as_read(raw, [schema.version.stored])
        concerned = any(schema.reads_before(one) for one in schema.attributes.values() if one.stored in changed)
        return self._as_read(raw, [one.stored for one in schema.attributes.values()]) if concerned else None

    @write
    def update(
        self,
        key: Any,
        *changes: Change,
        condition: Condition | None = None,
        upsert: bool = False,
        read_first: bool = False,
    ) -> Plan[Write[M]]:
        """Change the item at a key.

        One UpdateItem; if a unique or derived attribute, a rule over several or a merge is affected, a read, and a
        write on the condition that the item is unchanged since.

        Args:
            key: the key of the item.
            *changes: made by `Product.price.set(5)` and the like, or by `parse_patch`.
            condition: must hold for the item before the change.
            upsert: make a missing item of the changes and the defaults; one that has expired is missing, so that models
                with a ttl() are read first.
            read_first: read the item in any case, so that the result is known in a transaction, too.

        Returns:
            The item as it is afterwards.

        Raises:
            NotFound: no item has the key.
            ConditionFailed: the condition does not hold.
            LimitReached: the result would break a rule.
            NotUnique, Invalid: as `create` does.
        """
        from .changes import check_changes, needs_item, value_set

        checked = check_changes(self.model, changes)
        if upsert and self.owner:
            raise TypeError(f"an owned item cannot be upserted: create it, or update it ({self.schema.name})")
        if not read_first and not any(needs_item(self.schema, change) for change in checked):
            if upsert and self.schema.ttl:
                reply = yield self._get(key, True, ())
                if self._is_expired(reply.get("Item", {})):
                    return self._anew(key, checked, condition, reply["Item"])
            return self._update(key, checked, condition, upsert)
        if upsert:
            raise TypeError(
                f"unique and derived attributes of {self.schema.name} cannot be upserted: create or put the item"
            )

        def changed(old: M) -> M:
            if violations := _past_limits(old, checked):
                raise LimitReached(old, violations)
            return apply(old, checked)

        return (yield from self._rewrite(key, changed, condition, partial(value_set, checked)))

    @write
    def replace(self, key: Any, item: M, *, condition: Condition | None = None) -> Plan[Write[M]]:
        """Replace the values of the item at a key.

        The item keeps its key, owner and time of creation, and its attributes that are read-only to callers.

        One UpdateItem; with unique attributes, a read and a transaction.

        Args:
            key: the key of the item.
            item: the new values.
            condition: must hold for the item before the change.

        Returns:
            The item as it is afterwards.

        Raises:
            NotFound, ConditionFailed: as `update` does.
            NotUnique, Invalid, TooLarge: as `create` does.
        """
        if self._watched:
            value = lambda stored: self._prepare_item(item, None)[1].get(stored)  # noqa: E731
            return (yield from self._rewrite(key, lambda old: self._with_identity(item, old), condition, value))
        place = self.schema.key(key)
        kept = {*place, *(one.stored for one in (*self._kept, self.schema.version) if one)}
        raw = {name: value for name, value in self._prepare_item(item, None)[1].items() if name not in kept}
        drop = {one.stored for one in self.schema.attributes.values()} - raw.keys() - kept
        changes = [*_puts(raw | self.schema.shards(place), drop), *self._counted()]
        return self._updating(key, changes, all_of([self._present(), condition]), self._why_not(key))

    @write
    def delete(self, key: Any, *, condition: Condition | None = None) -> Plan[Write[M | None]]:
        """Delete the item at a key.

        Args:
            key: the key of the item.
            condition: must hold for the item.

        Returns:
            The item as it was; None in a transaction, which returns no values, and if it cannot be read.

        Raises:
            NotFound, ConditionFailed: as `update` does.
        """
        raw, old, unchanged, failed = dict[str, Any](), None, None, self._why_not(key)
        guards = (yield from self._guards(key, condition)) if self.schema.referrers else []
        if self._watched:
            raw = yield from self._present_item(key)
            old, unchanged = self._unique_values(raw), self._as_read(raw, self._watched)
            failed = self._lost_or(failed, raw, self._watched)
        holds = all_of([self._present(), unchanged, condition])
        action = self._action_at("Delete", key, holds, failed)
        return Write(self.client, [action, *self._beside(old, None, raw, {}), *guards], self._readable)

    def _guards(self, key: Any, condition: Condition | None) -> Plan[list[Action]]:
        """Return the checks that nothing refers to an item to delete; delete the items of a cascade."""
        guards, hash_key, place = list[Action](), self.schema.hash, self.schema.key(key)
        value = hash_key and hash_key.decode(place[hash_key.stored])
        for one in self.schema.referrers:  # the attributes of other models
            table = related(self, one, one.model)
            guards.append(unreferred(table, one, value))
            for attempt in count():
                page = yield from table.query.plan(one.path == value, limit=25 if one.cascade else 1)
                if page.unreadable or (page.items and not one.cascade):
                    raise InUse(one.model.__name__, one.name)
                if not page.items:
                    break
                if not attempt:  # before anything goes with it
                    yield from self.condition_check.plan(key, condition)
                gone = yield from _delete_all(table, page)
                if not gone:  # an index shows items for a moment after they were deleted
                    yield backoff(attempt)
        return guards

    @write
    def condition_check(self, key: Any, condition: Condition | None = None) -> Plan[Write[None]]:
        """Check, as a part of a transaction, that the item at a key exists and meets a condition.

        Args:
            key: the key of the item.
            condition: must hold for the item.

        Raises:
            NotFound, ConditionFailed: as `update` does.
        """
        yield from ()
        holds = all_of([self._present(), condition])
        check = self._action_at("ConditionCheck", key, holds, self._why_not(key))
        return Write(self.client, [check], lambda _: None)

    @write
    def claim(self, key: Any) -> Plan[Write[None]]:
        """Claim the unique values of an item that was stored before its attributes were declared unique.

        Args:
            key: the key of the item. One that holds its values already keeps them.

        Raises:
            NotUnique: another item holds one of the values.
            NotFound, Unreadable: as `get_one` does.
        """
        raw = yield from self._present_item(key)
        item = self.schema.decode(raw)
        holds = all_of([self._present(), self._as_read(raw, self._watched)])
        failed = self._lost_or(self._why_not(key), raw, self._watched)
        check = self._action_at("ConditionCheck", key, holds, failed)
        takes = uniqueness_actions(self.name, self.schema, None, item, again=True)
        return Write(self.client, [check, *takes], lambda _: None)

    @write
    def renew(self, key: Any, change: Callable[[Item], Item] | None = None) -> Plan[Write[None]]:
        """Write an item as the model stores it today, if it is stored otherwise, and claim its unique values.

        Its version and the time of its last write stay, unless its values change for those who read it.

        Args:
            key: the key of the item.
            change: what the model cannot say: makes of what DynamoDB holds what it should hold, before it is read.

        Raises:
            NotUnique, NotFound, Unreadable: as `claim` does.
            Invalid, TooLarge: as `create` does.
        """
        raw = yield from self._present_item(key)
        new, after = self.renewed(raw, change)
        place, schema = self.schema.key(key), self.schema
        puts = _puts({n: value for n, value in after.items() if raw.get(n) != value}, raw.keys() - after.keys())
        if not puts and not self._watched:
            return Write(self.client, [], lambda _: None)
        counted = schema.version is not None and schema.version.stored in raw
        names = [schema.version.stored] if schema.version and counted else sorted(raw.keys() | after.keys())
        holds, failed = self._as_read(raw, names), self._lost_or(self._why_not(key), raw, names)
        check = [self._action_at("ConditionCheck", key, holds, failed)]
        write = self._updating(key, puts, holds, failed).actions if puts else check
        frees = yield from self._freeing(given_up(schema, raw, after), place)
        beside = self._beside(None, new, raw, after, again=True)
        return Write(self.client, [*write, *frees, *beside], lambda _: None)

    def renewed(self, raw: Item, change: Callable[[Item], Item] | None = None) -> tuple[M, Item]:
        """Return an item, and its stored form, as `renew` would write it; arguments and errors are those of `renew`."""
        item = self.schema.decode(change(deepcopy(raw)) if change else raw)
        new, after = self._prepare_item(item, item)
        version, counted = self.schema.version, [self.schema.version, self.schema.updated_at]
        kept = copy(new)
        kept.__dict__.update({one.name: item.__dict__[one.name] for one in counted if one})
        if (version is None or version.stored in raw) and kept == self._readable(raw):
            new, after = kept, kept.schema.encode(kept)
        after = {name: raw[name] if name in raw and same(raw[name], one) else one for name, one in after.items()}
        if any(after[name] != raw[name] for name, _ in self.schema.keys):
            raise Invalid(
                [Violation((one,), "is a part of the key, which cannot change") for one in self.schema.positions[""]]
            )
        return new, after

    def _freeing(self, markers: Iterable[Item], place: Item) -> Plan[list[Action]]:
        """Return the actions that free the values that the item at a place holds."""
        actions: list[Action] = []
        for marker in markers:
            request = {"TableName": self.name, "Key": marker, "ConsistentRead": True}
            reply = yield Request(self.client, "GetItem", request)
            if "Item" in reply and is_held(reply["Item"], place):
                actions.append(free(self.name, marker))
        return actions

    @operation
    def batch_put(self, items: Iterable[M]) -> Plan[None]:
        """Store any number of items, new or not, without condition. With a version, the stored ones are read first.

        Args:
            items: of those with equal keys, the last is stored.

        Raises:
            Unprocessed: DynamoDB did not process some of the items in ten attempts; the others are stored.
            TypeError: the model has unique attributes, or the table an owner: a batch has no conditions.
            Invalid, TooLarge: as `create` does.
        """
        self._check_batch()
        given = {repr(self.schema.key(item)): item for item in items}
        stored = yield from self._stored_versions(given.values())
        raws = {name: self._prepare_item(item, stored.get(name, item.stored))[1] for name, item in given.items()}
        left = yield from self._write_batches({name: {"PutRequest": {"Item": raw}} for name, raw in raws.items()})
        for name in given.keys() - left:
            self._written(given[name], raws[name])(None)
        if left:
            raise Unprocessed([given[name] for name in left])

    def _stored_versions(self, items: Collection[M]) -> Plan[dict[str, M]]:
        """Read the versions and times of creation that a batch, which has no conditions, must continue from."""
        kept = [one.path for one in (self.schema.version, self.schema.created_at) if one]
        if self.schema.version is None or not items:
            return {}
        fetched = yield from self.batch_get.plan(items, consistent=True, fields=kept)
        if fetched.unprocessed:
            raise Unprocessed(fetched.unprocessed)
        return {repr(self.schema.key(item)): item for item in fetched.items}

    @operation
    def batch_delete(self, keys: Iterable[Any]) -> Plan[None]:
        """Delete the items at any number of keys, those that exist.

        Args:
            keys: the keys of the items.

        Raises:
            Unprocessed: DynamoDB did not process some of the keys in ten attempts; the others are deleted.
            TypeError: as `batch_put` does.
        """
        self._check_batch()
        given = {repr(place): (place, key) for key in keys for place in [self.schema.key(key)]}
        requests = {name: {"DeleteRequest": {"Key": place}} for name, (place, _) in given.items()}
        left = yield from self._write_batches(requests)
        if left:
            raise Unprocessed([given[name][1] for name in left])

    def _check_batch(self) -> None:
        if self._watched or self.schema.referrers or self.owner:
            needed = "unique attributes, references and owners"
            raise TypeError(f"a batch has no conditions, which {needed} need ({self.schema.name})")

    def _write_batches(self, requests: dict[str, dict[str, Any]]) -> Plan[list[str]]:
        names = [name for name, _ in self.schema.keys]

        def request(chunk: list[str]) -> Request:
            entries = [requests[name] for name in chunk]
            return Request(self.client, "BatchWriteItem", {"RequestItems": {self.name: entries}})

        def returned(reply: Any) -> list[str]:
            back = reply.get("UnprocessedItems", {}).get(self.name, [])
            held = [next(iter(entry.values())) for entry in back]
            return [repr({name: one.get("Key", one.get("Item"))[name] for name in names}) for one in held]

        return (yield from batch.in_batches(list(requests), batch.WRITES, request, returned))

    # What is written

    def _prepare_item(self, item: M, old: M | None) -> tuple[M, Item]:
        """Return a copy that is checked and ready to be stored, and its stored form."""
        if not isinstance(item, self.model):
            raise TypeError(f"{item!r} is not of {self.schema.name}")
        new = copy(item)
        by_store = self._by_store(old)
        new.before_write()
        new.__dict__.update(by_store)
        new.__dict__["_valid"] = new.__dict__.get("_valid", {}) | by_store
        if new.schema.derived:
            new.schema.derive(new)
        new.validate()
        raw = new.schema.encode(new)
        self.schema.check_keys(new, raw)
        size = self.schema.local_copies(raw) + item_size(raw)
        if size > ITEM_BYTES:
            raise TooLarge(
                f"the item, with its copies in local indexes, has {size} bytes, DynamoDB accepts {ITEM_BYTES}"
            )
        return new, raw

    def _by_store(self, old: M | None) -> dict[str, Any]:
        """Return the values that only the store sets, by name."""
        schema, time, values = self.schema, now(), dict[str, Any]()
        if schema.updated_at:
            values[schema.updated_at.name] = time
        if schema.created_at:
            values[schema.created_at.name] = old.__dict__[schema.created_at.name] if old else time
        if schema.owner and self.owner:
            values[schema.owner.name] = schema.owner.decode(self.owner)
        if schema.version:
            values[schema.version.name] = (old.__dict__[schema.version.name] if old else 0) + 1
        return values

    def _with_identity(self, item: M, old: M) -> M:
        new = copy(item)
        kept = ["_stored", *(one.name for one in (self.schema.hash, self.schema.sort, *self._kept) if one)]
        new.__dict__.update({name: old.__dict__[name] for name in kept})
        return new

    def _written(self, item: M, raw: Item) -> Callable[[Item | None], M]:
        def done(_: Item | None) -> M:
            item.__dict__.update(self.schema.decode(raw).__dict__)
            item.after_write()
            return item

        return done

    def _unique_values(self, raw: Item) -> M:
        """Decode only the unique values, so that an unreadable item can be deleted and overwritten."""
        names = (*self._watched, self.schema.tag_field)
        return self.schema.decode({name: raw[name] for name in names if name in raw}, ())

    def _readable(self, raw: Item | None) -> M | None:
        try:
            return self.decode_visible(raw)
        except Unreadable:
            return None

    @property
    def _kept(self) -> tuple[Attr[Any] | None, ...]:
        kept = (
            one for one in self.schema.attributes.values() if one.read_only and one.role == "plain" and not one.derive
        )
        return self.schema.created_at, self.schema.owner, *kept

    @property
    def _watched(self) -> list[str]:
        """The attributes of which there are records beside the item."""
        return [one.stored for one in (*self.schema.unique, *self.schema.references)]

    def _beside(self, old: M | None, new: M | None, before: Item, after: Item, *, again: bool = False) -> list[Action]:
        """Return the actions on records beside an item: markers of unique values, and counters of references."""
        key = {name: after[name] for name, _ in self.schema.keys} if after else None
        markers = uniqueness_actions(self.name, self.schema, old, new, key, again=again)
        return [*markers, *reference_actions(self, before, after)] if self.schema.references else markers

    def presence(self, place: Item, lacking: DynamodelError) -> Action:
        """Return the check that there is an item at a key as DynamoDB holds it."""
        written = Aliases().parameters(ConditionExpression=self._present())
        parameters = {"TableName": self.name, "Key": place, **written}
        return Action("ConditionCheck", place, parameters, lambda _: lacking, present=True)

    # How it is written

    def _put(self, raw: Item, condition: Condition | None, failed: Failed) -> Action:
        expressions = Aliases().parameters(ConditionExpression=condition)
        item = raw if self.schema.prefix else marked(raw, new_token())  # hidden items are written in transactions only
        key = {name: raw[name] for name, _ in self.schema.keys}
        return Action("Put", key, {"TableName": self.name, "Item": item, **expressions}, failed)

    def _action_at(self, kind: Any, key: Any, condition: Condition | None, failed: Failed) -> Action:
        target = self._at(key)
        parameters = {**target, **Aliases().parameters(ConditionExpression=condition)}
        return Action(kind, target["Key"], parameters, failed)

    def _update(self, key: Any, changes: list[Change], condition: Condition | None, upsert: bool) -> Write[M]:
        from .changes import limits

        schema, time = self.schema, dict[str, Value]()
        if schema.updated_at:
            time[schema.updated_at.stored] = schema.updated_at.encode(now())
        if upsert:
            changes = changes + self._defaults(changes)
            time |= schema.shards(schema.key(key)) | schema.tagged
        rules = [*map(limits, changes), *map(_reachable, changes)]
        rules += [_class_test(one.path.steps[:end]) for one in changes for end in range(1, len(one.path.steps) + 1)]
        present = self._not_expired() if upsert else all_of([self._present(), *self._readable_after(changes)])
        holds = all_of([present, *rules, condition])
        failed = self._why_not(key, changes)
        if upsert and self.schema.ttl:
            failed = self._unless_expired(failed)
        return self._updating(key, [*changes, *_puts(time), *self._counted()], holds, failed)

    def _unless_expired(self, otherwise: Failed) -> Failed:
        return lambda raw: LostRace() if raw and self._is_expired(raw) else otherwise(raw)

    def _anew(self, key: Any, changes: list[Change], condition: Condition | None, expired: Item) -> Write[M]:
        """Put a new item, made of the changes and defaults, in place of one that has expired."""
        self._defaults(changes)  # Invalid if a required attribute is lacking
        fresh = self.schema.decode(self.schema.key(key) | self.schema.tagged, ())
        del fresh.__dict__["_stored"]
        given = {change.path.attr for change in changes}
        for name, one in self.schema.attributes.items():
            if name not in fresh.__dict__:
                fresh.__dict__[name] = one.make_default() if one.has_default and one not in given else None
        new, raw = self._prepare_item(apply(fresh, changes), None)
        dead = [one.stored for one in (self.schema.ttl,) if one]
        failed = self._lost_or(self._why_not(key), expired, dead)
        put = self._put(raw, all_of([self._as_read(expired, dead), condition]), failed)
        return Write(self.client, [put], self._written(new, raw))

    def _readable_after(self, changes: list[Change]) -> Iterable[Condition]:
        """Yield conditions that required attributes are there, so that no item is changed that cannot be read then."""
        given = {change.path.attr for change in changes}
        required = (one for one in self.schema.attributes.values() if one.required and one.role == "plain")
        return (exists(one.path) for one in required if one.codec.kind != "set" and one not in given)

    def _counted(self) -> list[Change]:
        version = self.schema.version
        return [Change("add", version.path, 1)] if version else []

    def _updating(self, key: Any, changes: list[Change], condition: Condition | None, failed: Failed) -> Write[M]:
        aliases = Aliases()
        written = aliases.parameters(UpdateExpression=aliases.update(changes), ConditionExpression=condition)

        def done(raw: Item | None) -> M:
            if raw is None:
                return None  # type: ignore[return-value]  # in a transaction, which returns no values
            try:
                item = self._read(raw)
            except Unreadable as error:
                error.written = True
                raise
            item.after_write()
            return item

        target = self._at(key)
        action = Action("Update", target["Key"], target | written, failed)
        if action.size > ITEM_BYTES:
            raise TooLarge(f"the update has {action.size} bytes, an item may have {ITEM_BYTES}")
        return Write(self.client, [action], done)

    def _defaults(self, changes: list[Change]) -> list[Change]:
        """Return the changes that an upsert adds for a whole item. Raises Invalid if it lacks a required one."""
        given = {change.path.attr.name for change in changes}
        every = self.schema.attributes.values()
        rest = [one for one in every if one.name not in given and one.role not in _OWN_CHANGE]
        if lacking := [one for one in rest if not one.has_default and one.role != "created_at"]:
            raise Invalid([Violation((one.name,), "is required") for one in lacking])
        values = [(one, now() if one.role == "created_at" else one.make_default()) for one in rest]
        return [Change("default", one.path, value) for one, value in values if value is not None and value != set()]

    def _rewrite(
        self, key: Any, change: Callable[[M], M], condition: Condition | None, value: Callable[[str], Value | None]
    ) -> Plan[Write[M]]:
        """Read, change in memory, and write the differences if the item is still as read.

        `value` returns what the change sets a stored attribute to: it stands for what cannot be read of the item.
        """
        raw = yield from self._present_item(key)
        old = self._mended(raw, value)
        try:
            changed = change(old)
        except (AttributeError, LookupError, TypeError) as error:  # a path leads through something that is not there
            raise ConditionFailed(old) from error
        new, after = self._prepare_item(changed, old)
        every = sorted(raw.keys() | {one.stored for one in self.schema.attributes.values()})
        names = [self.schema.version.stored] if self.schema.version else every
        puts = _puts({n: value for n, value in after.items() if raw.get(n) != value}, raw.keys() - after.keys())
        holds = all_of([self._present(), self._as_read(raw, names), condition])
        update = self._updating(key, puts, holds, self._lost_or(self._why_not(key), raw, names))
        return Write(
            self.client,
            [*update.actions, *self._beside(old, new, raw, after)],
            self._written(new, after),
        )

    def _mended(self, raw: Item, value: Callable[[str], Value | None]) -> M:
        try:
            return self.schema.decode(raw)
        except Unreadable as error:
            unread = self.schema.attributes.get(error.attribute)
            given = value(unread.stored) if unread else None
            if unread is None or given in (None, raw.get(unread.stored)):
                raise
            return self._mended({**raw, unread.stored: given}, value)

    def _present_item(self, key: Any) -> Plan[Item]:
        reply = yield self._get(key, True, ())
        if "Item" not in reply or not self.is_visible(reply["Item"]):
            raise NotFound(key)
        return reply["Item"]  # type: ignore[no-any-return]  # replies are Any

    # Conditions, and the errors of those that fail

    def _present(self) -> Condition | None:
        here = exists(self.schema.keys[0][0])
        return all_of([here, self._not_expired(), self._tagged(), self._mine()])

    @cached_property
    def _gone(self) -> Condition:
        return missing(self.schema.keys[0][0])

    def _absent(self) -> Condition:
        ttl = self.schema.ttl
        return self._gone | (ttl.path <= now()) if ttl else self._gone

    def _as_read(self, raw: Item, names: Iterable[str]) -> Condition | None:
        return all_of(Condition("=", name, raw[name]) if name in raw else missing(name) for name in names)

    def _why_not(self, key: Any, changes: Iterable[Change] = ()) -> Failed:
        def failed(raw: Item | None) -> DynamodelError:
            item = self.decode_visible(raw)
            if item is None:
                return NotFound(key)
            violations = _past_limits(item, changes)
            return LimitReached(item, violations) if violations else ConditionFailed(item)

        return failed

    def _lost_or(self, otherwise: Failed, read: Item, names: Iterable[str]) -> Failed:
        def failed(raw: Item | None) -> DynamodelError:
            lost = any((raw or {}).get(name) != read.get(name) for name in names)
            return LostRace() if lost and raw is not None else otherwise(raw)

        return failed


def _delete_all(table: Table[Any], items: Iterable[Model]) -> Plan[int]:
    """Delete items; return how many there were still."""
    deleted = 0
    for item in items:
        with suppress(NotFound):
            yield from table.delete.plan(item)
            deleted += 1
    return deleted


_OWN_CHANGE = ("hash", "sort", "version", "owner", "updated_at")


def _puts(values: Item, drop: Iterable[str] = ()) -> list[Change]:
    return [Change("put", *pair) for pair in values.items()] + [Change("remove", name) for name in sorted(drop)]


def _past_limits(item: Model, changes: Iterable[Change]) -> tuple[Violation, ...]:
    """Return the violations after changes that grow or shrink a value."""
    growing = [change for change in changes if change.action in ("add", "append", "prepend", "discard")]
    names = {change.path.attr.name for change in growing}
    try:
        apply(item, growing).validate()
    except Invalid as error:
        return tuple(violation for violation in error.violations if violation.steps[:1] and violation.steps[0] in names)
    except (AttributeError, LookupError, TypeError):
        return ()
    return ()


def _class_test(steps: tuple[Any, ...]) -> Condition | None:
    """Return the test that what holds the last step is of the class that declares it, where it may be of several."""
    last, holder = steps[-1], steps[:-1]
    if not isinstance(last, Attr) or not last.model.schema.tag:
        return None
    schema = last.model.schema
    tags: list[Value] = [{"S": tag} for tag in sorted(schema.by_tag)]
    place = Path((*holder, schema.tag_field), last.codec, last.rules) if holder else schema.tag_field
    return Condition("IN", place, *tags)


def _reachable(change: Change) -> Condition | None:
    """A nested place must be there to be changed; DynamoDB would answer with a validation error."""
    *above, _ = change.path.steps
    return Path(tuple(above), change.path.codec, change.path.rules).exists() if above else None
