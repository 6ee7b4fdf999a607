"""Unique attributes: a marker item per value, written in the transaction that writes the item."""

from typing import Any

from .attributes import Attr
from .codec import Value
from .errors import ConditionFailed, NotUnique
from .expressions import Aliases, Condition, missing
from .schema import RESERVED, Schema
from .transaction import Action

_HOLDER = "of"  # the attribute of a marker that holds the key of the item whose value it is
_LONGEST = 1024  # bytes of a value that is written out in a key; a longer one is hashed


def uniqueness_actions(
    table: str, schema: Schema[Any], old: Any, new: Any, key: dict[str, Value] | None = None
) -> list[Action]:
    """Return the actions that free the values of the item `old` and take those of `new`; either may be None.

    key: that of `new` as DynamoDB holds it, if it is known already.
    """
    actions: list[Action] = []
    for one in schema.unique:
        before = old.__dict__.get(one.name) if old else None
        after = new.__dict__.get(one.name) if new else None
        if before == after:
            continue
        if before is not None:
            marker = _marker(schema, one, before)
            actions.append(
                Action("Delete", marker, {"TableName": table, "Key": marker}, lambda _: ConditionFailed(None))
            )
        if after is not None:
            actions.append(_take(table, schema, one, after, key or schema.key(new)))
    return actions


def unique_markers(schema: Schema[Any], raw: dict[str, Value]) -> list[dict[str, Value]]:
    """Return the marker items that belong to an item, as DynamoDB holds both.

    A copy of the item that is written without them would not keep its values from others.

    schema: of the item's model. raw: the item in DynamoDB's JSON.
    """
    item = schema.decode(raw)
    holder = {_HOLDER: {"M": schema.key(item)}}
    values = ((one, item.__dict__.get(one.name)) for one in schema.unique)
    return [_marker(schema, one, value) | holder for one, value in values if value is not None]


def _take(table: str, schema: Schema[Any], one: Attr[Any], value: Any, key: dict[str, Value]) -> Action:
    holder = {"M": key}
    marker = _marker(schema, one, value)
    free = missing(schema.keys[0][0]) | Condition("=", _HOLDER, holder)
    put = {"TableName": table, "Item": {**marker, _HOLDER: holder}}
    free_or_its_own = Aliases().parameters(ConditionExpression=free)
    return Action("Put", marker, put | free_or_its_own, lambda _: NotUnique(one.name, value))


def _marker(schema: Schema[Any], one: Attr[Any], value: Any) -> dict[str, Value]:
    ((_, held),) = one.encode(value).items()
    text = held.hex() if isinstance(held, bytes) else held
    if len(text.encode()) > _LONGEST:
        from hashlib import sha256

        text = sha256(text.encode()).hexdigest()
    (hash_name, _), *sort = schema.keys
    rest = {name: {tag: {"S": "-", "N": "0", "B": b"-"}[tag]} for name, tag in sort}
    return {hash_name: {"S": f"{RESERVED}unique#{one.model.schema.stored}#{one.stored}#{text}"}, **rest}
