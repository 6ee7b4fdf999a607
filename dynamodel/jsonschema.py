"""JSON Schema (2020-12) of a model, for `parse` and `to_json`; rules are msgspec's where it has them."""

from decimal import Decimal
from typing import TYPE_CHECKING, Any, Literal

import msgspec

from .attributes import Attr, Rules
from .codec import Codec
from .jsonvalue import to_json
from .validation import decimal_pattern, leaf_type, whole_digits

if TYPE_CHECKING:
    from .schema import Schema

type Purpose = Literal["create", "replace", "patch", "stored"]

_INTEGER = {"minimum": 1 - 10**38, "maximum": 10**38 - 1}  # DynamoDB's 38 digits
_BASE64 = "^(?:[A-Za-z0-9+/]{4})*(?:[A-Za-z0-9+/]{2}==|[A-Za-z0-9+/]{3}=)?$"  # validators pass over contentEncoding
_FARTHEST = 9.999999999999999e125
_BOUNDS = {"ge": "minimum", "gt": "exclusiveMinimum", "le": "maximum", "lt": "exclusiveMaximum"}


def model_schema(schema: "Schema[Any]", purpose: Purpose) -> dict[str, Any]:
    """Return the schema of a model for one purpose; nested models are written out in place."""
    stored = purpose == "stored"
    shown = {name: one for name, one in schema.attributes.items() if stored or not one.read_only}
    required = [] if purpose == "patch" else [name for name, one in shown.items() if stored or one.required]
    properties = {name: _property(one, purpose) for name, one in shown.items()}
    if schema.tag and schema.tag_field:
        properties[schema.tag_field] = {"const": schema.tag}
        required.append(schema.tag_field)
    result = {"title": schema.name, "type": "object", "properties": properties, "additionalProperties": False}
    if schema.model.__doc__:
        result["description"] = schema.model.__doc__.strip().partition("\n")[0]
    return result | ({"required": required} if required else {})


def _property(one: Attr[Any], purpose: Purpose) -> dict[str, Any]:
    texts = {"title": one.title, "description": one.description, "readOnly": one.read_only}
    result = value_schema(one.codec, one.rules, purpose) | {name: text for name, text in texts.items() if text}
    if one.has_default and not one.default_factory and purpose in ("create", "replace"):
        result["default"] = to_json(one.default)
    if one.examples:
        result["examples"] = [to_json(example) for example in one.examples]
    return result


def value_schema(codec: Codec, rules: Rules, purpose: Purpose = "stored") -> dict[str, Any]:
    """Return the schema of a value of a declared type under rules."""
    result = (_decimal if codec.type is Decimal else _WRITERS[codec.kind])(codec, rules, purpose)
    if not codec.nullable:
        return result
    if isinstance(result.get("type"), str):
        return result | {"type": [result["type"], "null"]}
    return {"anyOf": [result, {"type": "null"}]}


def _scalar(codec: Codec, rules: Rules, _: Purpose) -> dict[str, Any]:
    result = msgspec.json.schema(leaf_type(codec, rules))
    if "$ref" in result:
        return {"enum": [member.value for member in codec.type]}
    if rules.pattern is not None:
        result["pattern"] = _anchored(rules.pattern)
    if codec.type is int:
        result = _INTEGER | result
    if codec.type is bytes:
        result["pattern"] = _BASE64
    return result


def _anchored(pattern: str) -> str:
    """JSON Schema searches for a pattern, we match the whole text."""
    whole = pattern.startswith("^") and pattern.endswith("$") and "|" not in pattern
    return pattern if whole else f"^(?:{pattern})$"


def _decimal(_: Codec, rules: Rules, purpose: Purpose) -> dict[str, Any]:
    """Return the schema of decimals, text or number. Of text it cannot say upper bounds, nor lower ones but 0."""
    text = {"type": "string", "format": "decimal", "pattern": decimal_pattern(rules)}
    if purpose == "stored":
        return text
    number: dict[str, Any] = {"type": "number", "minimum": -_FARTHEST, "maximum": _FARTHEST}
    if rules.decimal_places is not None or rules.max_digits is not None:
        room = float(f"1e{whole_digits(rules)}")  # as the pattern of text says
        number = {"type": "number", "exclusiveMinimum": -room, "exclusiveMaximum": room}
    declared = {name: float(bound) for rule, name in _BOUNDS.items() if (bound := getattr(rules, rule)) is not None}
    for one, other in (("minimum", "exclusiveMinimum"), ("maximum", "exclusiveMaximum")):
        if {one, other} & declared.keys():  # one bound a side: what is declared is the narrower
            number = {name: bound for name, bound in number.items() if name not in (one, other)}
    number |= declared
    if rules.decimal_places is not None:  # not `multipleOf`: 19.99 is no multiple of 0.01 to a validator with floats
        number["description"] = f"At most {rules.decimal_places} decimal places."
    return {"anyOf": [text, number]}


def _list(codec: Codec, rules: Rules, purpose: Purpose) -> dict[str, Any]:
    whole: Purpose = "create" if purpose == "patch" else purpose  # a patch replaces lists
    result = {"type": "array", "items": _member(codec, rules, whole), **_lengths(rules, "Items")}
    return result | ({"uniqueItems": True} if codec.kind == "set" else {})


def _map(codec: Codec, rules: Rules, purpose: Purpose) -> dict[str, Any]:
    values = _member(codec, rules, purpose)
    if purpose == "patch":  # null removes an entry
        values = {"anyOf": [values, {"type": "null"}]}
    names = {"propertyNames": {"minLength": 1}}
    return {"type": "object", "additionalProperties": values, **names, **_lengths(rules, "Properties")}


def _member(codec: Codec, rules: Rules, purpose: Purpose) -> dict[str, Any]:
    return value_schema(codec.item, rules.items, purpose) if codec.item else {}


def _lengths(rules: Rules, of: str) -> dict[str, int]:
    lengths = {f"min{of}": rules.min_length, f"max{of}": rules.max_length}
    return {name: length for name, length in lengths.items() if length is not None}


def _model(codec: Codec, _: Rules, purpose: Purpose) -> dict[str, Any]:
    schemas = {tag: schema for model in codec.models for tag, schema in model.schema.by_tag.items()}
    if len(schemas) < 2:
        return model_schema(codec.models[0].schema, purpose)
    return {
        "oneOf": [model_schema(schema, purpose) for schema in schemas.values()],
        "discriminator": {"propertyName": codec.models[0].schema.tag_field},
    }


_WRITERS = {"scalar": _scalar, "list": _list, "set": _list, "map": _map, "model": _model}
