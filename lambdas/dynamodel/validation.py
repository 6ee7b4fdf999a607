"""The rules of a model, checked: msgspec's wherever it has the rule, ours for exact decimals. Every violation at once."""

import re
from collections.abc import Callable, Iterable, Mapping
from dataclasses import replace
from datetime import datetime
from decimal import Decimal
from functools import cache
from typing import TYPE_CHECKING, Annotated, Any

import msgspec

from .attributes import Attr, Rules
from .codec import Codec, map_name, number
from .errors import Invalid, Violation
from .expressions import Change, Condition, Path, Size, all_of, overlap

if TYPE_CHECKING:
    from .model import Model

type Steps = tuple[str | int, ...]
type Found = list[Violation]

_BOUNDS: dict[str, tuple[Callable[[Any, Any], bool], str]] = {
    "ge": (lambda value, bound: value >= bound, "Expected a value >= {}"),
    "gt": (lambda value, bound: value > bound, "Expected a value > {}"),
    "le": (lambda value, bound: value <= bound, "Expected a value <= {}"),
    "lt": (lambda value, bound: value < bound, "Expected a value < {}"),
}


def parse[M: "Model"](model: type[M], document: Mapping[str, Any]) -> M:
    """Make an item of outside data, or raise Invalid with every violation."""
    found: Found = []
    item = _model((model,), document, (), found)
    if found:
        raise Invalid(found)
    return item  # type: ignore[no-any-return]  # _model returns what it was asked for unless it found violations


def validate(item: "Model") -> None:
    """Check an item and bring its values to their stored form, or raise Invalid."""
    found: Found = []
    _model((type(item),), item, (), found)
    if found:
        raise Invalid(found)


def checked(codec: Codec, rules: Rules, value: Any, steps: Steps) -> Any:
    """Return one value in its stored form, or raise Invalid."""
    found: Found = []
    value = check(codec, rules, value, steps, found)
    if found:
        raise Invalid(found)
    return value


def check(codec: Codec, rules: Rules, value: Any, steps: Steps, found: Found) -> Any:
    """Add what is wrong with a value to `found`; return it in its stored form."""
    if value is None and codec.nullable:
        return None
    before = len(found)
    if codec.kind == "model":
        value = _model(codec.models, value, steps, found)
    else:
        try:
            value = _decimal(value, rules) if codec.kind == "decimal" else _by_msgspec(codec, rules, value)
            value = _own_rules(codec, rules, value)
        except (ValueError, msgspec.ValidationError) as error:
            found.append(Violation(steps, _message(error, rules), value))
        else:
            value = _members(codec, rules, value, steps, found)
    if rules.check and len(found) == before:
        try:
            rules.check(value)
        except ValueError as error:
            found.append(Violation(steps, str(error), value))
    return value


def _by_msgspec(codec: Codec, rules: Rules, value: Any) -> Any:
    if isinstance(value, Decimal) and value.is_finite() and abs(value.adjusted()) < 40 and value == int(value):
        value = int(value)  # JSON numbers arrive as Decimal: 3 and 3.0 are both the integer
    if codec.kind == "set" and isinstance(value, set | frozenset):
        value = list(value)
    return msgspec.convert(value, leaf_type(codec, rules), builtin_types=(bytes,) if isinstance(value, bytes) else ())


@cache
def leaf_type(codec: Codec, rules: Rules) -> Any:
    """Return the msgspec type of a value, its members left open."""
    kind = {"list": list, "set": list, "map": dict[str, Any]}.get(codec.kind, codec.type)
    names = ["min_length", "max_length"] if codec.tag != "N" else []
    names += ["ge", "gt", "le", "lt", "multiple_of"] if kind is int else []
    limits = {name: getattr(rules, name) for name in names if getattr(rules, name) is not None}
    if rules.pattern is not None:
        limits["pattern"] = rf"\A(?:{rules.pattern})\Z"
    if kind is datetime:
        limits["tz"] = True
    return Annotated[kind, msgspec.Meta(**limits)] if limits else kind


def _message(error: Exception, rules: Rules) -> str:
    if rules.pattern is not None and "matching regex" in str(error):
        return f"Expected text matching {rules.pattern}"
    return str(error)


def _own_rules(codec: Codec, rules: Rules, value: Any) -> Any:
    """Apply what msgspec leaves out: room in DynamoDB, bounds of decimals and times."""
    if codec.normal:
        value = codec.normal(value)
    if codec.kind == "scalar":
        codec.encode(value)
    if codec.kind == "map":
        list(map(map_name, value))
    if codec.kind == "decimal" or codec.normal:
        for name, (holds, message) in _BOUNDS.items():
            bound = getattr(rules, name)
            if bound is not None and not holds(value, bound):
                raise ValueError(message.format(bound))
    return value


@cache
def decimal_pattern(rules: Rules) -> str:
    """Return the pattern of decimals as text: no sign where bounds rule it out, no more places than declared."""
    low = rules.ge if rules.ge is not None else rules.gt
    sign = "" if low is not None and low >= 0 else "-?"
    places = rules.decimal_places
    if places is None:
        return rf"^{sign}[0-9]+(\.[0-9]+)?$"
    return rf"^{sign}[0-9]{{1,{38 - places}}}" + (rf"(\.[0-9]{{1,{places}}})?$" if places else "$")


def _decimal(value: Any, rules: Rules) -> Decimal:
    if isinstance(value, str):
        if len(value) > 200 or not re.fullmatch(decimal_pattern(rules), value):
            raise ValueError(f"Expected a decimal number{_places(rules)}")
        value = Decimal(value)
    if isinstance(value, bool) or not isinstance(value, int | Decimal):
        raise ValueError(f"Expected a decimal number, got `{type(value).__name__}`")
    exact = Decimal(number(Decimal(value)))
    _, digits, exponent = exact.normalize().as_tuple()
    if rules.decimal_places is not None and -int(exponent) > rules.decimal_places:
        raise ValueError(f"Expected a decimal number{_places(rules)}")
    if rules.max_digits is not None and len(digits) + max(0, int(exponent)) > rules.max_digits:
        raise ValueError(f"Expected at most {rules.max_digits} digits")
    if rules.multiple_of is not None and exact % rules.multiple_of:
        raise ValueError(f"Expected a multiple of {rules.multiple_of}")
    return exact


def _places(rules: Rules) -> str:
    return "" if rules.decimal_places is None else f" of at most {rules.decimal_places} decimal places"


def _members(codec: Codec, rules: Rules, value: Any, steps: Steps, found: Found) -> Any:
    if codec.item is None:
        return value
    each, before = rules.items, len(found)
    if codec.kind == "map":
        return {name: check(codec.item, each, one, (*steps, name), found) for name, one in value.items()}
    members = [check(codec.item, each, one, (*steps, i), found) for i, one in enumerate(value)]
    if codec.kind == "list" or len(found) > before:
        return members
    if len(members) != len(kept := set(members)):
        found.append(Violation(steps, "Expected no duplicates", value))
    return kept


def _model(models: tuple[Any, ...], value: Any, steps: Steps, found: Found) -> Any:
    before = len(found)
    if isinstance(value, models):
        _attributes(type(value), value.__dict__, value.__dict__, steps, found)
        item = value
    elif isinstance(value, Mapping):
        model = _chosen(models, value, steps, found)
        if model is None:
            return value
        item = _from_outside(model, value, steps, found)
    else:
        found.append(Violation(steps, f"Expected an object, got `{type(value).__name__}`", value))
        return value
    if len(found) == before:
        _item_rules(item, steps, found)
    return item


def _chosen(models: tuple[Any, ...], document: Mapping[str, Any], steps: Steps, found: Found) -> Any:
    """Tell by the tag which model the document is of; the tag is optional where there is no choice."""
    choices = {tag: schema.model for model in models for tag, schema in model.schema.by_tag.items()}
    field = models[0].schema.tag_field
    if not choices or (len(models) == 1 and models[0].schema.tag and field not in document):
        return models[0]
    if isinstance(tag := document.get(field), str) and tag in choices:
        return choices[tag]
    found.append(Violation((*steps, field), f"Expected one of {', '.join(sorted(choices))}", tag))
    return None


def _from_outside(model: Any, document: Mapping[str, Any], steps: Steps, found: Found) -> Any:
    schema = model.schema
    before = len(found)
    taken = {name: one for name, one in schema.attributes.items() if not one.read_only}
    _refuse_unknown(schema, document, steps, found)
    found += [
        Violation((*steps, name), "is required") for name in taken if taken[name].required and name not in document
    ]
    values: dict[str, Any] = {}
    _attributes(model, {name: document[name] for name in taken if name in document}, values, steps, found)
    item = object.__new__(model)
    if len(found) == before:
        schema.fill(item, values)
    return item


def _refuse_unknown(schema: Any, document: Mapping[str, Any], steps: Steps, found: Found) -> None:
    for name, value in document.items():
        one = schema.attributes.get(name)
        if one is None and name != schema.tag_field:
            found.append(Violation((*steps, name), "is not an attribute", value))
        elif one is not None and one.read_only:
            found.append(Violation((*steps, name), "is set by the store alone", value))


def _attributes(model: Any, given: Mapping[str, Any], into: dict[str, Any], steps: Steps, found: Found) -> None:
    for name, one in model.schema.attributes.items():
        if name in given:
            into[name] = check(one.codec, one.rules, given[name], (*steps, name), found)


def _item_rules(item: "Model", steps: Steps, found: Found) -> None:
    for name in item.schema.rules:
        try:
            getattr(item, name)()
        except ValueError as error:
            found.append(Violation(steps, str(error)))


# Updates


def parse_patch(model: "type[Model]", document: Mapping[str, Any]) -> tuple[Change, ...]:
    """Turn a JSON Merge Patch into changes, or raise Invalid with every violation."""
    found: Found = []
    changes = tuple(_patch(model, document, None, found))
    if found:
        raise Invalid(found)
    return changes


def _patch(model: Any, document: Any, at: Path[Any] | None, found: Found) -> Iterable[Change]:
    steps = at.names if at else ()
    if not isinstance(document, Mapping):
        found.append(Violation(steps, f"Expected an object, got `{type(document).__name__}`", document))
        return
    _refuse_unknown(model.schema, document, steps, found)
    for name, one in model.schema.attributes.items():
        if name in document and not one.read_only:
            path = at[one.path] if at else one.path
            yield from _patched(one, document[name], path, found)


def _patched(one: Attr[Any], value: Any, path: Path[Any], found: Found) -> Iterable[Change]:
    codec, rules = one.codec, one.rules
    if value is None and codec.nullable:
        yield Change("remove", path)
    elif not isinstance(value, Mapping) or codec.kind not in ("model", "map"):
        yield Change("set", path, check(codec, rules, value, path.names, found))
    elif _patched_in_place(one):
        yield from _patch(codec.models[0], value, path, found)
    else:
        yield Change("merge", path, lambda current: checked(codec, rules, _merged(current, value), path.names))


def _patched_in_place(one: Attr[Any]) -> bool:
    """Whether a part can be changed without reading the rest: it is surely there, and no rule looks at the whole."""
    codec = one.codec
    plain = codec.kind == "model" and len(codec.models) == 1 and not codec.nullable and one.rules == Rules()
    return plain and not (schema := codec.models[0].schema).rules and not schema.derived and not schema.tag


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
    schema = getattr(item, "schema", None)
    if schema is None:
        return {}
    tag = {schema.tag_field: schema.tag} if schema.tag else {}
    return tag | {name: getattr(item, name) for name, one in schema.attributes.items() if not one.read_only}


def check_changes(model: "type[Model]", changes: Iterable[Change]) -> list[Change]:
    """Hold the changes of an update to the model's rules; return them with values in stored form, or raise Invalid."""
    found: Found = []
    result = [_check_change(model, change, found) for change in changes]
    if path := overlap(result):
        found.append(Violation((path,), "is changed twice"))
    if found:
        raise Invalid(found)
    return [change for change in result if change.action not in ("add", "discard") or change.value != set()]


def _check_change(model: "type[Model]", change: Change, found: Found) -> Change:
    path, codec, last = change.path, change.path.codec, change.path.steps[-1]
    if not issubclass(model, path.attr.model) and not issubclass(path.attr.model, model):
        raise TypeError(f"{path.attr.model.__name__}.{path.attr.name} is not of {model.__name__}")
    if path.attr.role not in ("plain", "ttl") or path.attr.derive:
        found.append(Violation(path.names, "is set by the store alone"))
    if change.action == "remove":
        if isinstance(last, Attr) and not last.optional and codec.kind != "set":
            found.append(Violation(path.names, "is required, so cannot be removed"))
        return change
    if change.action == "merge" or isinstance(change.value, Path):
        return change
    value = check(codec, _rules_of_operand(change), change.value, path.names, found)
    if codec.kind == "set" and change.action == "set" and value == set():
        return Change("remove", path)
    return Change(change.action, path, value)


def _rules_of_operand(change: Change) -> Rules:
    """The rules of what is added or taken: bounds and lengths are of the result, so they become conditions."""
    rules = change.path.rules
    if change.action in ("set", "default"):
        return rules
    return replace(rules, ge=None, gt=None, le=None, lt=None, min_length=None, max_length=None, check=None)


def limits(change: Change) -> Condition | None:
    """Return the condition that keeps an add, append or discard within the attribute's bounds."""
    path, rules, amount = change.path, change.path.rules, change.value
    if change.action == "add" and not isinstance(amount, set | frozenset):
        return _bounds_after(path, rules, amount)
    longer = change.action in ("append", "prepend", "add")
    if longer and rules.max_length is not None:
        fits = Condition("{} <= {}", Size(path), {"N": str(rules.max_length - len(amount))})
        room = path.missing() | fits if len(amount) <= rules.max_length else fits
        if change.action == "add":  # members that are there already need no room
            room |= all_of(path.contains(member) for member in amount)  # type: ignore[operator]  # amount is not empty
        return room
    if change.action == "discard" and rules.min_length:
        return Condition("{} >= {}", Size(path), {"N": str(rules.min_length + len(amount))})
    return None


def _bounds_after(path: Path[Any], rules: Rules, amount: Any) -> Condition | None:
    tests, from_nothing = [], True
    for name, operator in (("ge", ">="), ("gt", ">"), ("le", "<="), ("lt", "<")):
        bound = getattr(rules, name)
        if bound is not None and (amount < 0) == (name in ("ge", "gt")):
            tests.append(Condition(f"{{}} {operator} {{}}", path, path.operand(bound - amount)))
            from_nothing &= _BOUNDS[name][0](amount, bound)
    inside = all_of(tests)
    return path.missing() | inside if inside is not None and from_nothing else inside
