"""The rules of a model, checked: msgspec's where it has the rule, ours for exact decimals. All violations at once."""

import re
from collections.abc import Callable, Mapping
from datetime import datetime
from decimal import Decimal
from functools import cache
from typing import Annotated, Any, get_args

import msgspec

from .attributes import BOUNDS, NO_RULES, Rules
from .codec import Codec, map_name, number
from .errors import Invalid, Violation

type Steps = tuple[str | int, ...]
type Found = list[Violation]

_LONGEST_NUMBER = 200  # characters of text that may be a number


def parse[M](model: type[M], document: Mapping[str, Any]) -> M:
    """Make an item of outside data, or raise Invalid with every violation."""
    return collected(lambda found: _model((model,), document, (), found))  # type: ignore[no-any-return]  # a model's item


def validate(item: Any) -> None:
    """Check an item and bring its values to their stored form, or raise Invalid."""
    collected(lambda found: _model((type(item),), item, (), found))


def checked(codec: Codec, rules: Rules, value: Any, steps: Steps) -> Any:
    """Return one value in its stored form, or raise Invalid."""
    return collected(lambda found: check(codec, rules, value, steps, found))


def collected(check: Callable[[Found], Any]) -> Any:
    """Return the result of a check, or raise Invalid with all violations."""
    found: Found = []
    result = check(found)
    if found:
        raise Invalid(found)
    return result


def check(codec: Codec, rules: Rules, value: Any, steps: Steps, found: Found) -> Any:
    """Add the violations of a value to `found`; return it in its stored form."""
    if value is None and codec.nullable:
        return None
    before = len(found)
    if codec.kind == "model":
        value = _model(codec.models, value, steps, found)
    else:
        try:
            value = _decimal(value, rules) if codec.type is Decimal else _by_msgspec(codec, rules, value)
            _storable(codec, rules, value := codec.normal(value) if codec.normal else value)
        except (ValueError, msgspec.ValidationError) as error:
            found.append(Violation(steps, _message(error, codec, rules), value))
        else:
            if codec.item:
                value = _members(codec, codec.item, rules.each or NO_RULES, value, steps, found)
    if rules.check and len(found) == before:
        try:
            rules.check(value)
        except ValueError as error:
            found.append(Violation(steps, str(error), value))
    return value


def _by_msgspec(codec: Codec, rules: Rules, value: Any) -> Any:
    if isinstance(value, Decimal) and value.is_finite() and abs(value.adjusted()) < 40 and value == int(value):
        value = int(value)  # JSON numbers arrive as Decimal: 3 and 3.0 are both the integer
    if isinstance(value, set | frozenset):
        value = list(value)
    return msgspec.convert(value, leaf_type(codec, rules))


@cache
def leaf_type(codec: Codec, rules: Rules) -> Any:
    """Return the msgspec type of a value, its members left open."""
    kind = {"list": list, "set": list, "map": dict[str, Any]}.get(codec.kind, codec.type)
    names = ["min_length", "max_length"] if codec.tag != "N" else []
    names += [*BOUNDS, "multiple_of"] if kind is int else []
    limits = {name: getattr(rules, name) for name in names if getattr(rules, name) is not None}
    if rules.pattern is not None:
        limits["pattern"] = rf"(?a)\A(?:{rules.pattern})\Z"  # \d and \w as in JSON Schema: ASCII
    if kind is datetime:
        limits["tz"] = True
    return Annotated[kind, msgspec.Meta(**limits)] if limits else kind


def _message(error: Exception, codec: Codec, rules: Rules) -> str:
    if str(error).startswith("Invalid enum value"):
        choices = get_args(codec.type) or [member.value for member in codec.type]  # of a Literal, or of an Enum
        return f"Expected one of {', '.join(map(str, choices))}"
    return f"Expected text matching {rules.pattern}" if "matching regex" in str(error) else str(error)


def _storable(codec: Codec, rules: Rules, value: Any) -> None:
    """Apply the rules that msgspec lacks: limits of DynamoDB, bounds of decimals and times."""
    checked_before = codec.type is Decimal or (codec.type is str and value.isascii())
    if codec.kind == "scalar" and not checked_before:
        codec.encode(value)
    if codec.kind == "map":
        list(map(map_name, value))
    for name, (operator, holds) in BOUNDS.items() if codec.type is Decimal or codec.normal else ():
        bound = getattr(rules, name)
        if bound is not None and not holds(value, bound):
            raise ValueError(f"Expected a value {operator} {bound}")


@cache
def decimal_pattern(rules: Rules) -> str:
    """Return the pattern of decimals as text: no sign where bounds rule it out, no more places than declared."""
    low, places = rules.ge if rules.ge is not None else rules.gt, rules.decimal_places
    sign = "" if low is not None and low >= 0 else "-?"
    if places is None and rules.max_digits is None:
        return rf"^{sign}[0-9]+(\.[0-9]+)?$"
    fraction = "" if places == 0 else rf"(\.[0-9]{{1,{places or ''}}})?"
    whole = whole_digits(rules)
    return rf"^{sign}{f'[0-9]{{1,{whole}}}' if whole else '0'}{fraction}$"


def whole_digits(rules: Rules) -> int:
    """Return how many digits a decimal may have before its point."""
    return (rules.max_digits or 38) - (rules.decimal_places or 0)


def _decimal(value: Any, rules: Rules) -> Decimal:
    expected = "Expected a decimal number"
    if rules.decimal_places is not None:
        expected += f" of at most {rules.decimal_places} decimal places"
    if rules.max_digits is not None:
        expected += f", and {rules.max_digits} digits at most"
    if isinstance(value, str) and len(value) < _LONGEST_NUMBER and re.fullmatch(decimal_pattern(rules), value):
        value = Decimal(value)
    if isinstance(value, bool) or not isinstance(value, int | Decimal):
        raise ValueError(expected)
    exact = Decimal(number(Decimal(value)))
    _, digits, exponent = exact.normalize().as_tuple()
    if rules.decimal_places is not None:
        if -int(exponent) > rules.decimal_places:
            raise ValueError(expected)
        if exact and exact.adjusted() >= (whole := whole_digits(rules)):  # as the pattern of text says
            raise ValueError(f"Expected at most {whole} digits before the point")
    elif rules.max_digits is not None and len(digits) + max(0, int(exponent)) > rules.max_digits:
        raise ValueError(f"Expected at most {rules.max_digits} digits")
    if rules.multiple_of is not None and exact % rules.multiple_of:
        raise ValueError(f"Expected a multiple of {rules.multiple_of}")
    return exact


def _members(codec: Codec, item: Codec, each: Rules, value: Any, steps: Steps, found: Found) -> Any:
    if codec.kind == "map":
        return {name: check(item, each, one, (*steps, name), found) for name, one in value.items()}
    before = len(found)
    members = [check(item, each, one, (*steps, i), found) for i, one in enumerate(value)]
    if codec.kind == "list" or len(found) > before:
        return members
    if len(members) != len(kept := set(members)):
        found.append(Violation(steps, "Expected no duplicates", value))
    return kept


def _model(models: tuple[Any, ...], value: Any, steps: Steps, found: Found) -> Any:
    """Check an item, or make one of outside data; then, if its parts are sound, ask the rules of the whole."""
    before = len(found)
    if isinstance(value, models):
        _attributes(type(value).schema, _unchecked(value), value.__dict__, steps, found)
    elif not isinstance(value, Mapping):
        found.append(Violation(steps, f"Expected an object, got `{type(value).__name__}`", value))
    elif (model := _chosen(models, value, steps, found)) is not None:
        value = _from_outside(model, value, steps, found)
    item: Any = value
    for name in item.schema.rules if len(found) == before else ():
        try:
            getattr(item, name)()
        except ValueError as error:
            found.append(Violation(steps, str(error)))
    return value


def _unchecked(item: Any) -> dict[str, Any]:
    """Return the values that are not known to be valid: all but those that `parse` checked, or the store set."""
    known = item.__dict__.get("_valid", {})
    return {name: value for name, value in item.__dict__.items() if name not in known or known[name] is not value}


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
    schema, before = model.schema, len(found)
    refuse_unknown(schema, document, steps, found)
    writable = {name: one for name, one in schema.attributes.items() if not one.read_only}
    lacking = [name for name, one in writable.items() if one.required and name not in document]
    found += [Violation((*steps, name), "is required") for name in lacking]
    values: dict[str, Any] = {}
    _attributes(schema, {name: document[name] for name in writable if name in document}, values, steps, found)
    item = object.__new__(model)
    if len(found) == before:
        schema.fill(item, values)
        known = values | schema.defaults  # which are checked when the class is defined
        immutable = {name: value for name, value in known.items() if schema.attributes[name].codec.kind == "scalar"}
        item.__dict__["_valid"] = immutable
    return item


def refuse_unknown(schema: Any, document: Mapping[str, Any], steps: Steps, found: Found) -> None:
    """Add attributes that callers may not set to `found`."""
    for name, value in document.items():
        one = schema.attributes.get(name)
        if one is None and name != schema.tag_field:
            found.append(Violation((*steps, name), "is not an attribute", value))
        elif one is not None and one.read_only:
            found.append(Violation((*steps, name), "is read-only", value))


def _attributes(schema: Any, given: Mapping[str, Any], into: dict[str, Any], steps: Steps, found: Found) -> None:
    for name, one in schema.attributes.items():
        if name in given:
            into[name] = check(one.codec, one.rules, given[name], (*steps, name), found)
