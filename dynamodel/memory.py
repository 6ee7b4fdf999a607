"""The changes of an update, made in memory as DynamoDB makes them."""

from collections.abc import Callable, Iterable
from copy import deepcopy
from typing import Any

from .attributes import Attr
from .expressions import Change, Path


def overlap(changes: Iterable[Change]) -> str | None:
    """Name a path that is changed twice, itself or a part of it, which DynamoDB refuses."""
    paths = sorted((change.path.names for change in changes), key=str)
    for i, one in enumerate(paths):
        for other in paths[i + 1 :]:
            if one[: len(other)] == other or other[: len(one)] == one:
                return ".".join(map(str, one if len(one) < len(other) else other))
    return None


def apply[M](item: M, changes: Iterable[Change]) -> M:
    """Return a copy of the item with the changes made as DynamoDB makes them: all of them see the item as it was."""
    new = deepcopy(item)
    for change in sorted(changes, key=_removals_last):
        *above, last = change.path.steps
        holder: Any = new
        for step in above:
            holder = _at(holder, step)
        value = change.value.of(item) if isinstance(change.value, Path) else deepcopy(change.value)
        current = _at(holder, last)
        if change.action != "remove" or not isinstance(last, int | str):
            _put(holder, last, _RESULTS[change.action](current, value))
        elif current is not None:
            del holder[last]
    return new


def _removals_last(change: Change) -> tuple[bool, list[int]]:
    return change.action == "remove", [-step for step in change.path.steps if isinstance(step, int)]


def _at(holder: Any, step: Attr[Any] | int | str) -> Any:
    if isinstance(step, int):
        return holder[step] if step < len(holder) else None
    return holder.get(step) if isinstance(step, str) else getattr(holder, step.name)


def _put(holder: Any, step: Attr[Any] | int | str, value: Any) -> None:
    if isinstance(step, int):
        holder[step : step + 1] = [value]
    elif isinstance(step, str):
        holder[step] = value
    else:
        emptied = value is None and step.codec.kind == "set" and not step.optional  # no attribute is an empty set
        setattr(holder, step.name, step.codec.type() if emptied else value)


def _add(current: Any, value: Any) -> Any:
    return (current or set()) | value if isinstance(value, set | frozenset) else (current or 0) + value


_RESULTS: dict[str, Callable[[Any, Any], Any]] = {
    "set": lambda _, value: value,
    "default": lambda current, value: value if current is None else current,
    "remove": lambda _, __: None,
    "add": _add,
    "discard": lambda current, value: (current or set()) - value,
    "append": lambda current, value: (current or []) + value,
    "prepend": lambda current, value: value + (current or []),
    "merge": lambda current, value: value(current),
}
