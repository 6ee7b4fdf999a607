"""JSON Schema 2020-12 as draft 4, as far as the gateway's validator reads it.

The gateway refuses unknown keywords when it is deployed, not when the template is made, and documents that it does not
honour some that draft 4 has. Rules that it cannot express are left out: a body may pass here that the function
refuses, and none may be refused here that the function accepts.
"""

from collections.abc import Callable, Mapping
from typing import Any

from stacks.contract.examples import Json

DRAFT = "http://json-schema.org/draft-04/schema#"
AS_THEY_ARE = {
    "type",
    "enum",
    "pattern",
    "minLength",
    "maxLength",
    "minimum",
    "maximum",
    "multipleOf",
    "minItems",
    "maxItems",
    "uniqueItems",
    "minProperties",
    "maxProperties",
    "required",
}
LARGEST = 2**53  # a bound beyond it is not exact once the template was written


def draft4(schema: Any, components: Mapping[str, Json]) -> Any:
    """Return the schema in draft 4, with references resolved."""
    if isinstance(schema, bool):
        return schema
    if "$ref" in schema:
        return draft4(components[schema["$ref"].rpartition("/")[2]], components)
    kept = {word: schema[word] for word in schema if word in AS_THEY_ARE and schema[word] != []}
    bounds = {word: kept.pop(word) for word in ("minimum", "maximum") if word in kept}
    bounds |= {name: schema[word] for name, word in EXCLUSIVE.items() if word in schema}
    kept |= {word: bound for word, bound in bounds.items() if abs(bound) < LARGEST}
    kept |= {"enum": [schema["const"]]} if "const" in schema else {}
    parts = {word: transform(schema[word], components) for word, transform in NESTED.items() if word in schema}
    return merged(kept | parts)


def each(schemas: Mapping[str, Any], components: Mapping[str, Json]) -> Json:
    """Properties, by name."""
    return {name: draft4(schema, components) for name, schema in schemas.items()}


def any_of(schemas: list[Any], components: Mapping[str, Json]) -> list[Any]:
    """Alternatives."""
    return [draft4(schema, components) for schema in schemas]


EXCLUSIVE = {"minimum": "exclusiveMinimum", "maximum": "exclusiveMaximum"}  # which the gateway does not honour
NESTED: dict[str, Callable[[Any, Mapping[str, Json]], Any]] = {
    "properties": each,
    "items": draft4,
    "additionalProperties": draft4,
    "anyOf": any_of,
    "oneOf": any_of,
}


def merged(schema: Json) -> Json:
    """Join alternatives of different types into one schema: each keyword concerns values of its own type only."""
    choices = schema.get("anyOf", [])
    words = [word for choice in choices for word in choice if word != "type"]
    types = [kind for choice in choices for kind in as_list(choice.get("type"))]
    if not choices or None in types or len({*words}) < len(words) or len({*types}) < len(types):
        return schema
    rest = {word: value for word, value in schema.items() if word != "anyOf"}
    return {"type": types, **{word: choice[word] for choice in choices for word in choice if word != "type"}, **rest}


def as_list(types: Any) -> list[Any]:
    """The types that a schema allows."""
    return types if isinstance(types, list) else [types]
