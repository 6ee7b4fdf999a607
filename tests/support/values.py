"""Valid values of declared attributes, one different from the next: what stories send besides the declared examples."""

import secrets
import string
import threading
from collections.abc import Callable, Iterator
from datetime import UTC
from functools import cache
from typing import Any

from hypothesis import HealthCheck, Phase, given, seed, settings
from hypothesis import strategies as st
from jsonschema import Draft202012Validator

from lambdas.rest.resource import Resource

DRAWN = 60  # values of an attribute at a time
DRAW = settings(
    max_examples=DRAWN, database=None, deadline=None, phases=[Phase.generate], suppress_health_check=[*HealthCheck]
)
TURN = threading.RLock()  # clients of several threads draw from the same values
PRINTABLE = st.characters(codec="ascii", exclude_categories=["Cc"])

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
    return {name: other_value(resource, name, item.get(name)) for name in resource.example}


def writable(resource: Resource) -> list[str]:
    """Return the names of the fields that clients set, in the order of the declaration."""
    return [*resource.model.schema.json_schema("patch")["properties"]]


@cache
def known(resource: Resource, name: str) -> list[Any]:
    """Return values that no other test minds."""
    return drawn(strategy(schema_of(resource, name)), 0)


@cache
def unused(resource: Resource, name: str) -> Iterator[Any]:
    """Yield values, each once in this run; begin anywhere, since a deployed stage keeps those of other runs."""
    number, used = secrets.randbits(64), set()
    while True:
        for value in drawn(strategy(schema_of(resource, name)), number):
            if value not in used:
                used.add(value)
                yield value
        number += 1


def schema_of(resource: Resource, name: str) -> dict[str, Any]:
    """Return the JSON schema of an attribute in a body that creates an item."""
    found: dict[str, Any] = resource.model.schema.json_schema("create")["properties"][name]
    return found


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


def strategy(schema: dict[str, Any]) -> Values:
    """Return valid JSON values of a schema, in the form in which the API returns them."""
    if "enum" in schema:
        return st.sampled_from(schema["enum"])
    if "anyOf" in schema:  # null, or a decimal as text or as a number
        return strategy(next(one for one in reversed(schema["anyOf"]) if one.get("type") != "null"))
    kind = schema["type"] if isinstance(schema["type"], str) else next(one for one in schema["type"] if one != "null")
    return STRATEGIES[kind](schema).filter(
        lambda value: kind == "number" or Draft202012Validator(schema).is_valid(value)
    )


def texts(schema: dict[str, Any]) -> Values:
    """Return text by its format, its pattern or its length."""
    if schema.get("format") == "date-time":
        return st.datetimes(timezones=st.just(UTC)).map(lambda at: f"{at:%Y-%m-%dT%H:%M:%S.%fZ}").filter(str.isascii)
    if schema.get("format") == "uuid":
        return st.uuids().map(str)
    if "pattern" in schema:
        return st.from_regex(schema["pattern"], alphabet=PRINTABLE).filter(str.isprintable)  # `$` lets a line end
    least, most = schema.get("minLength", 1), schema.get("maxLength", 40)
    return st.text(string.ascii_letters, min_size=max(least, 1), max_size=min(most, least + 40))


def numbers(schema: dict[str, Any]) -> tuple[int, int]:
    """Return the bounds of whole numbers, close enough to 0 for a counter to have room."""
    least = schema.get("minimum", schema.get("exclusiveMinimum", 0) + 1)
    most = schema.get("maximum", schema.get("exclusiveMaximum", 1001) - 1)
    return max(int(least), -1000), min(int(most), 1000)


def arrays(schema: dict[str, Any]) -> Values:
    """Return short arrays; a set as the API orders it."""
    unique = schema.get("uniqueItems", False)
    size = {"min_size": max(schema.get("minItems", 0), 1), "max_size": min(schema.get("maxItems", 3), 3)}
    lists = st.lists(strategy(schema["items"]), unique=unique, **size)
    return lists.map(sorted) if unique else lists


def objects(schema: dict[str, Any]) -> Values:
    """Return objects: of a nested model, or a map of a few entries."""
    if "properties" in schema:
        return st.fixed_dictionaries({name: strategy(one) for name, one in schema["properties"].items()})
    return st.dictionaries(
        st.text(string.ascii_lowercase, min_size=1, max_size=5),
        strategy(schema["additionalProperties"]),
        min_size=1,
        max_size=2,
    )


STRATEGIES: dict[str, Callable[[dict[str, Any]], Values]] = {
    "string": texts,
    "integer": lambda schema: st.integers(*numbers(schema)),
    "number": lambda schema: st.integers(*numbers(schema)).map(str),  # decimals are returned as text
    "boolean": lambda _: st.booleans(),
    "array": arrays,
    "object": objects,
}
