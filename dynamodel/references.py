"""References: an item refers to one of another model by its key, which keeps that one from being deleted.

Each item that is referred to has a counter beside those that refer to it, changed in the transaction that writes one of
them: a reference cannot begin while its target is deleted. Items that were stored before their attribute was declared
one are not counted; the attribute's index shows them.
"""

from collections.abc import Iterator
from typing import Any

from .attributes import Attr
from .codec import Item
from .errors import InUse, MissingReference
from .expressions import Aliases, Condition, missing
from .transaction import COUNT, Action, counting
from .uniqueness import own_key

type Table = Any  # it imports this module


def reference_actions(table: Table, before: Item, after: Item) -> Iterator[Action]:
    """Yield the actions that count what an item refers to in one stored form and not in the other, and check it."""
    for one in table.schema.references:
        old, new = before.get(one.stored), after.get(one.stored)
        if old == new:
            continue
        if old is not None:
            yield counting(table.name, own_key(table.schema, "refers", one, old), -1)
        if new is not None:
            yield counting(table.name, own_key(table.schema, "refers", one, new), 1)
            target, value = related(table, one, one.refers), one.decode(new)
            target.owner = table.owner if target.schema.owner else None
            yield target.presence(target.schema.key(value), MissingReference(one.name, value))


def unreferred(table: Table, one: Attr[Any], value: Any) -> Action:
    """Return the check that no item of a table refers to a value by an attribute."""
    place = own_key(table.schema, "refers", one, one.encode(value))
    free = missing(COUNT) | Condition("<=", COUNT, {"N": "0"})
    parameters = {"TableName": table.name, "Key": place, **Aliases().parameters(ConditionExpression=free)}
    return Action("ConditionCheck", place, parameters, lambda _: InUse(one.model.__name__, one.name))


def related(table: Table, one: Attr[Any], model: type[Any]) -> Table:
    """Return the table of a model, or of one below it, at the other end of a reference."""
    for known, name in table.related.items():
        if issubclass(known, model):
            return type(table)(known, table.client, name, related=table.related | {table.model: table.name})
    raise TypeError(
        f"{one.model.__name__}.{one.name} is a reference to {one.refers.__name__}: "
        f"Table({table.schema.name}, ..., related={{{model.__name__}: ...}}) says in which table they are"
    )
