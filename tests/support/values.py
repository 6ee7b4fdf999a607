"""Different valid values of declared attributes, which stories send besides the declared examples."""

import random
import secrets
import string
import threading
from base64 import b64encode
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from functools import cache
from itertools import chain, count
from typing import Any

from hypothesis import HealthCheck, Phase, given, seed, settings, strategies as st

from dynamodel import Invalid, Rules
from lambdas.rest.resource import Resource
from tests.support.referred import REFERRED

DRAWN = 12  # values of an attribute at a time
ALIKE = 1000  # values that are made of one
DRAW = settings(
    max_examples=DRAWN, database=None, deadline=None, phases=[Phase.generate], suppress_health_check=[*HealthCheck]
)
TURN = threading.RLock()  # clients of several threads draw from the same values
KINDS = (string.ascii_lowercase, string.ascii_uppercase, string.digits)
PRINTABLE = st.characters(codec="ascii", exclude_categories=["Cc"])

NO_RULES = Rules()

type Values = st.SearchStrategy[Any]


def values(resource: Resource, name: str) -> Iterator[Any]:
    """Yield different valid values of an attribute: the same ones in every run, but new ones where it is unique."""
    attribute = resource.model.schema.attributes[name]
    return unused(resource, name) if attribute.unique else iter(known(resource, name))


def other_value(resource: Resource, name: str, value: Any) -> Any:
    """Return a valid value of the attribute that is not `value`; of a unique one, a value that no item has."""
    with TURN:
        return next(candidate for candidate in values(resource, name) if candidate != value)


def other_body(resource: Resource, item: dict[str, Any]) -> dict[str, Any]:
    """Return a body that creates an item, in each field unlike `item`."""
    names = resource.example or writable(resource)[:1]
    return {name: other_value(resource, name, item.get(name)) for name in names}


def faults(schema: dict[str, Any], value: Any, at: str) -> Iterator[tuple[str, Any]]:
    """Yield invalid variants of a valid value, each with a pointer to the one fault in it."""
    yield at, [] if isinstance(value, dict) else {}
    for one in schema.get("anyOf", [schema]):
        if "enum" in one:
            yield at, "no such choice"
        if "maxLength" in one:
            yield at, "n" * (one["maxLength"] + 1)
        if "minimum" in one:
            yield at, int(one["minimum"]) - 1
        if "items" in one:
            yield from ((where, [part, *value[1:]]) for where, part in faults(one["items"], value[0], f"{at}/0"))
        for name in one.get("properties", {}).keys() & value if isinstance(value, dict) else ():
            of_part = faults(one["properties"][name], value[name], f"{at}/{name}")
            yield from ((where, value | {name: part}) for where, part in of_part)


def writable(resource: Resource) -> list[str]:
    """Return the names of the fields that clients set, in the order of the declaration."""
    return [*resource.model.schema.json_schema("patch")["properties"]]


def alterable(resource: Resource) -> list[str]:
    """Return the names of the fields that clients set to other values, where a rule with other fields leaves some."""
    unique = {attribute.name for attribute in resource.model.schema.unique}
    return [name for name in writable(resource) if name in unique or len(known(resource, name)) > 1]


def counters(resource: Resource) -> list[str]:
    """Return the names of the counters that are whole numbers, as the counts of stories are."""
    return [name for name in resource.counters if resource.model.schema.attributes[name].codec.type is int]


@cache
def known(resource: Resource, name: str) -> list[Any]:
    """Return values that no other test uses."""
    if resource.model.schema.attributes[name].refers:
        return [*REFERRED]
    return drawn(valid(resource, name), 0)


@cache
def unused(resource: Resource, name: str) -> Iterator[Any]:
    """Yield values, each once in this run; begin anywhere, since a deployed stage keeps those of other runs."""
    used: set[Any] = set()
    for number in count(secrets.randbits(64)):
        before = len(used)
        for value in drawn(valid(resource, name), number):
            for one in chain([value], alike(resource, name, value, number)):
                if one not in used:
                    used.add(one)
                    yield one
        assert len(used) > before, f"{resource.path}: no {len(used) + 1} values of {name} were found, which is unique"


def alike(resource: Resource, name: str, value: Any, number: int) -> Iterator[Any]:
    """Yield texts of a pattern with other letters and digits in their places: to draw each takes ten times as long."""
    chance = random.Random(number)
    for _ in range(ALIKE if resource.model.schema.attributes[name].rules.pattern else 0):
        text = "".join(chance.choice(next((kind for kind in KINDS if each in kind), each)) for each in value)
        yield from taken(resource, name, text)


def valid(resource: Resource, name: str) -> Values:
    """Return values that the model accepts, in the form in which the API returns them."""
    schema = resource.model.schema
    attribute = schema.attributes[name]
    room = 10**12 if attribute.unique else 1000
    found = strategy(schema.json_schema("create")["properties"][name], room, attribute.rules)
    return found.map(lambda value: taken(resource, name, value)).filter(bool).map(lambda found: found[0])


def taken(resource: Resource, name: str, value: Any) -> list[Any]:
    """Return the value as the API returns it, if the model accepts it."""
    try:
        return [resource.model.parse({**resource.example, name: value}).to_json()[name]]
    except Invalid:
        return []


def drawn(from_: Values, number: int) -> list[Any]:
    """Draw different values by hypothesis, the longest first: the shortest texts are used up soon."""
    found: list[Any] = []

    @seed(number)
    @DRAW
    @given(from_)
    def collect(value: Any) -> None:
        if value not in found:
            found.append(value)

    collect()
    return sorted(found, key=lambda value: len(str(value)), reverse=True)


def strategy(schema: dict[str, Any], room: int = 1000, rules: Rules = NO_RULES) -> Values:
    """Return JSON values by a schema; the model has the last word.

    room: how far whole numbers may be from 0. rules: bounds of dates and times, which no schema says.
    """
    if "const" in schema:
        return st.just(schema["const"])
    if "enum" in schema:
        return st.sampled_from(schema["enum"])
    if "oneOf" in schema:
        return st.one_of(*map(strategy, schema["oneOf"]))
    if "anyOf" in schema:  # null, or a decimal as text or as a number
        return strategy(next(one for one in reversed(schema["anyOf"]) if one.get("type") != "null"), room, rules)
    kind = schema["type"] if isinstance(schema["type"], str) else next(one for one in schema["type"] if one != "null")
    if "format" in schema:
        return moments(rules).map(lambda at: at[:10] if schema["format"] == "date" else at)
    return numbers(schema, room) if kind in ("integer", "number") else STRATEGIES[kind](schema)


def texts(schema: dict[str, Any]) -> Values:
    """Return text by its encoding, its pattern or its length."""
    least, most = schema.get("minLength", 1), schema.get("maxLength", 40)
    if "contentEncoding" in schema:
        return st.binary(min_size=1, max_size=20).map(lambda value: b64encode(value).decode())
    if "pattern" in schema:
        one = st.from_regex(schema["pattern"], alphabet=PRINTABLE).map(str.strip)  # `$` lets a line end
        longer = st.lists(one, min_size=least, max_size=least + 3).map(lambda parts: "".join(parts)[:most])
        return st.one_of(one, longer)
    return st.text(string.ascii_letters, min_size=max(least, 1), max_size=min(most, least + 40))


def moments(rules: Rules) -> Values:
    """Return whole seconds of years to come, since what expires is not shown, unless the bounds are others."""
    first, last = (bound_of(rules, names, other) for names, other in ((("ge", "gt"), 2030), (("le", "lt"), 2060)))
    start = min(max(first, datetime(2030, 1, 1)), last)  # noqa: DTZ001 - hypothesis takes them without a zone
    return st.datetimes(start, last).map(lambda at: f"{at.replace(microsecond=0).isoformat()}Z")


def bound_of(rules: Rules, names: tuple[str, str], year: int) -> datetime:
    """Return a declared bound of a date or a time, without its zone; else the first day of the year."""
    bound = next((getattr(rules, name) for name in names if getattr(rules, name) is not None), None)
    if isinstance(bound, datetime):
        return bound.astimezone(UTC).replace(tzinfo=None)
    return datetime(bound.year, bound.month, bound.day) if bound else datetime(year, 1, 1)  # noqa: DTZ001 - as above


def numbers(schema: dict[str, Any], room: int) -> Values:
    """Return whole numbers close enough to 0 for a counter to have room; decimals as text, as they are returned."""
    least = schema.get("minimum", schema.get("exclusiveMinimum", 0) + 1)
    most = schema.get("maximum", schema.get("exclusiveMaximum", least + room + 1) - 1)
    start = max(int(least), -room)
    return st.integers(start, max(min(int(most), max(start, 0) + room), start)).map(
        lambda value: value if schema["type"] == "integer" else str(value)
    )


def arrays(schema: dict[str, Any]) -> Values:
    """Return short arrays."""
    least = schema.get("minItems", 0)
    size = {"min_size": max(least, 1), "max_size": min(schema.get("maxItems", 3), max(3, least))}
    return st.lists(strategy(schema["items"]), unique=schema.get("uniqueItems", False), **size)


def objects(schema: dict[str, Any]) -> Values:
    """Return objects: of a nested model, or a map of a few entries."""
    if "properties" in schema:
        return st.fixed_dictionaries({name: strategy(one) for name, one in schema["properties"].items()})
    least = schema.get("minProperties", 1)
    return st.dictionaries(
        st.text(string.ascii_lowercase, min_size=1, max_size=5),
        strategy(schema["additionalProperties"]),
        min_size=max(least, 1),
        max_size=max(least, 2),
    )


STRATEGIES: dict[str, Callable[[dict[str, Any]], Values]] = {
    "string": texts,
    "boolean": lambda _: st.booleans(),
    "array": arrays,
    "object": objects,
}
