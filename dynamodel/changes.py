"""The changes of an update, checked by the rules of a create: from a JSON Merge Patch, or made in Python."""

from collections.abc import Iterable, Mapping
from typing import Any

from .attributes import BOUNDS, Attr, Rules
from .codec import Value
from .errors import Invalid, Violation
from .expressions import Change, Condition, Path, Size, all_of
from .memory import overlap
from .schema import Schema
from .validation import Found, Steps, check, checked, collected, refuse_unknown


def parse_patch(model: type[Any], document: Mapping[str, Any]) -> tuple[Change, ...]:
    """Turn a JSON Merge Patch into changes, or raise Invalid with every violation."""
    return collected(lambda found: tuple(_patch(model, document, (), found)))  # type: ignore[no-any-return]  # it is


def _patch(model: Any, document: Any, steps: Steps, found: Found) -> list[Change]:
    """Return the changes of a patch of a model; add what is wrong with it to `found`."""
    if not isinstance(document, Mapping):
        found.append(Violation(steps, f"Expected an object, got `{type(document).__name__}`", document))
        return []
    refuse_unknown(model.schema, document, steps, found)
    writable = [one for name, one in model.schema.attributes.items() if name in document and not one.read_only]
    return [_patched(one, document[one.name], (*steps, one.name), found) for one in writable]


def _patched(one: Attr[Any], value: Any, steps: Steps, found: Found) -> Change:
    codec, rules = one.codec, one.rules
    if value is None and codec.nullable:
        return Change("remove", one.path)
    if not isinstance(value, Mapping) or codec.kind not in ("model", "map"):
        return Change("set", one.path, check(codec, rules, value, steps, found))
    if codec.kind == "model" and len(codec.models) == 1 and not codec.models[0].schema.by_tag:
        _patch(codec.models[0], value, steps, found)  # for what is wrong with it: the changes are made with the whole
    # With the stored value, which may lack the whole: the item may be older than the attribute.
    return Change("merge", one.path, lambda current: checked(codec, rules, _merged(current, value), steps))


def _merged(current: Any, patch: Mapping[str, Any]) -> dict[str, Any]:
    """Merge as RFC 7396 says, into a model, a map or nothing."""
    result = dict(current) if isinstance(current, Mapping) else _open_values(current)
    for name, value in patch.items():
        if value is None:
            result.pop(name, None)
        else:
            result[name] = _merged(result.get(name), value) if isinstance(value, Mapping) else value
    return result


def _open_values(item: Any) -> dict[str, Any]:
    if (schema := getattr(item, "schema", None)) is None:
        return {}
    tag = {schema.tag_field: schema.tag} if schema.tag else {}
    return tag | {name: getattr(item, name) for name, one in schema.attributes.items() if not one.read_only}


def check_changes(model: type[Any], changes: Iterable[Change]) -> list[Change]:
    """Hold the changes of an update to the model's rules; return them with values in stored form, or raise Invalid."""
    found: Found = []
    result = [_check_change(model, change, found) for change in changes]
    if twice := overlap(result):
        found.append(Violation((twice,), "is changed twice"))
    if found:
        raise Invalid(found)
    return [change for change in result if change.action not in ("add", "discard") or change.value != set()]


def _check_change(model: type[Any], change: Change, found: Found) -> Change:
    if not isinstance(change, Change):
        raise TypeError(f"{change!r} is not a change")
    path, codec, last = change.path, change.path.codec, change.path.steps[-1]
    if not issubclass(model, path.attr.model) and not issubclass(path.attr.model, model):
        raise TypeError(f"{path.attr.model.__name__}.{path.attr.name} is not of {model.__name__}")
    if path.attr.role not in ("plain", "ttl") or path.attr.derive:
        found.append(Violation(path.names, "is read-only"))
    if change.action == "remove" and isinstance(last, Attr) and not last.optional and codec.kind != "set":
        found.append(Violation(path.names, "is required, so cannot be removed"))
    if change.action in ("remove", "merge") or isinstance(change.value, Path):
        return change
    own = model.schema.attributes.get(path.attr.name)  # may be narrower than the one of the base class in the path
    rules = own.rules if own == path.attr and len(path.steps) == 1 else path.rules
    if change.action not in ("set", "default"):  # bounds and lengths are of the result: they become conditions
        rules = rules._replace(**dict.fromkeys((*BOUNDS, "min_length", "max_length", "check")))
    value = check(codec, rules, change.value, path.names, found)
    emptied = codec.kind == "set" and change.action == "set" and value == set()
    return Change("remove", path) if emptied else Change(change.action, path, value)


def needs_item(schema: Schema[Any], change: Change) -> bool:
    """Return whether the stored item must be read first: for the change itself, or for a rule over more than it."""
    attrs = [step for step in change.path.steps if isinstance(step, Attr)]
    nested, rules, holder = len(change.path.steps) > 1, change.path.rules, attrs[-1].rules
    growing = change.action in ("add", "append", "prepend", "discard")
    return (
        change.action == "merge"
        or isinstance(change.value, Path)
        or (growing and ((change.of_set and nested) or rules.check is not None or rules.max_digits is not None))
        or (attrs[-1] is not change.path.steps[-1] and (holder.min_length or holder.max_length) is not None)
        or (nested and any(one.rules.check for one in attrs))
        or schema.reads_before(attrs[0])
        or any(one.model.schema.reads_before(one) for one in attrs[1:])
    )


def value_set(changes: Iterable[Change], stored: str) -> Value | None:
    """Return the encoded value that the changes give a whole stored attribute; None if it depends on the item."""
    one = next((one for one in changes if one.path.attr.stored == stored and len(one.path.steps) == 1), None)
    if one is None or one.action not in ("set", "merge") or isinstance(one.value, Path):
        return None
    value: Value = one.path.operand(one.value(None) if one.action == "merge" else one.value)
    return value


def limits(change: Change) -> Condition | None:
    """Return the condition that keeps an add, append or discard within the attribute's bounds."""
    path, amount = change.path, change.value
    if change.action == "add" and not change.of_set:
        return _bounds_after(path, path.rules, amount)
    most, least = path.rules.max_length, path.rules.min_length
    if change.action in ("append", "prepend", "add") and most is not None:
        room = Condition("<=", Size(path), {"N": str(most - len(amount))})
        room = path.missing() | room if len(amount) <= most else room
        there = all_of(map(path.contains, amount)) if change.action == "add" else None
        return room if there is None else room | there  # members that are there already need no room
    if change.action == "discard" and least:
        return Condition(">=", Size(path), {"N": str(least + len(amount))})
    return None


def _bounds_after(path: Path[Any], rules: Rules, amount: Any) -> Condition | None:
    tests, from_nothing = [], True
    for name, (operator, holds) in BOUNDS.items():
        bound = getattr(rules, name)
        if bound is not None and (amount < 0) == (name in ("ge", "gt")):
            tests.append(Condition(operator, path, path.operand(bound - amount)))
            from_nothing &= holds(amount, bound)
    inside = all_of(tests)
    return path.missing() | inside if inside is not None and from_nothing else inside
