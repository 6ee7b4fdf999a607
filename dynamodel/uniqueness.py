"""Unique attributes: a marker item per value, written in the transaction that writes the item."""

from collections.abc import Iterator
from typing import Any

from .attributes import Attr
from .codec import Item, Value
from .errors import ConditionFailed, NotUnique
from .expressions import Aliases, Condition, missing
from .schema import RESERVED, Schema
from .transaction import Action

_LONGEST = 1024  # bytes of a value that is written out in a key; a longer one is hashed
_HOLDER = "$of"  # the attribute of a marker that holds the key of the item whose value it is


def uniqueness_actions(
    table: str, schema: Schema[Any], old: Any, new: Any, key: Item | None = None, *, again: bool = False
) -> list[Action]:
    """Return the actions that free the values of the item `old` and take those of `new`; either may be None.

    key: that of `new` as DynamoDB holds it, if it is known already.
    again: `new` is stored and may hold its values; a marker that names no item is its own, of an older version.
    """
    actions: list[Action] = []
    for one in schema.unique:
        before = old.__dict__.get(one.name) if old else None
        after = new.__dict__.get(one.name) if new else None
        if before == after:
            continue
        if before is not None:
            actions.append(free(table, own_key(schema, "unique", one, one.encode(before))))
        if after is not None:
            actions.append(_take(table, schema, one, after, key or schema.key(new), again))
    return actions


def free(table: str, marker: Item) -> Action:
    """Return the action that frees a value."""
    return Action("Delete", marker, {"TableName": table, "Key": marker}, lambda _: ConditionFailed(None))


def unique_markers(schema: Schema[Any], raw: Item) -> list[Item]:
    """Return the marker items that belong to an item, as DynamoDB holds both.

    A copy of the item that is written without them would not keep its values from others.

    schema: of the item's model. raw: the item in DynamoDB's JSON.
    """
    item = schema.decode(raw)
    holder = {_HOLDER: {"M": schema.key(item)}}
    values = ((one, item.__dict__.get(one.name)) for one in schema.unique)
    return [own_key(schema, "unique", one, one.encode(value)) | holder for one, value in values if value is not None]


def given_up(schema: Schema[Any], before: Item, after: Item) -> Iterator[Item]:
    """Yield the keys of the markers of the values that an item has in one stored form and not in the other."""
    for one in schema.unique:
        if one.stored in before and before[one.stored] != after.get(one.stored):
            yield own_key(schema, "unique", one, before[one.stored])


def is_held(marker: Item, key: Item) -> bool:
    """Return whether a stored marker is that of the item at a key, or names none."""
    return marker.get(_HOLDER, {"M": key}) == {"M": key}


def _take(table: str, schema: Schema[Any], one: Attr[Any], value: Any, key: Item, again: bool) -> Action:
    marker, holder = own_key(schema, "unique", one, one.encode(value)), {"M": key}
    free_or_its_own = missing(_HOLDER if again else schema.keys[0][0]) | Condition("=", _HOLDER, holder)
    condition = Aliases().parameters(ConditionExpression=free_or_its_own)
    put = {"TableName": table, "Item": {**marker, _HOLDER: holder}, **condition}
    return Action("Put", marker, put, lambda _: NotUnique(one.name, value))


def own_key(schema: Schema[Any], kind: str, one: Attr[Any], value: Value) -> Item:
    """Return the key of an item of ours, beside those of the model, about a value of an attribute."""
    ((_, held),) = value.items()
    text = held.hex() if isinstance(held, bytes) else held
    if len(text.encode()) > _LONGEST:
        from hashlib import sha256

        text = sha256(text.encode()).hexdigest()
    (hash_name, _), *sort = schema.keys
    rest = {name: {tag: {"S": "-", "N": "0", "B": b"-"}[tag]} for name, tag in sort}
    return {hash_name: {"S": f"{RESERVED}{kind}#{one.model.schema.stored}#{one.stored}#{text}"}, **rest}
