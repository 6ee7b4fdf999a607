"""Wrong declarations, refused when the class of a model is defined; `python -O` leaves these checks out.

A service is synthesized with them. Its functions run without: they need neither their bytes nor their time.
"""

import re
from collections.abc import Callable, Iterator, Mapping
from datetime import datetime
from decimal import Decimal
from typing import Any, get_args

from .attributes import MISSING, Attr, Index, Role, Rules
from .codec import Codec
from .errors import DeclarationError, Invalid
from .expressions import Path
from .schema import Schema
from .validation import checked

KEY_PARTS = 4  # attributes of the hash key, and of the sort key, of a global index
_PLAIN = (str, int, Decimal, bytes, datetime)  # what rules can be about; a choice or a model has its own
_LENGTHS, _BOUNDS = {"min_length", "max_length"}, {"ge", "gt", "le", "lt"}
_RULES_OF: dict[str, set[str]] = {
    "S": _LENGTHS | {"pattern"},
    "B": _LENGTHS,
    "N": _BOUNDS | {"multiple_of"},
    "L": _LENGTHS | {"each"},
    "M": _LENGTHS | {"each"},
}
_COUNTS = ("min_length", "max_length", "decimal_places", "max_digits")
_SPANS = (("ge", "le"), ("ge", "lt"), ("gt", "le"), ("gt", "lt"), ("min_length", "max_length"))
_TEXT = str | None
_OPTIONS: dict[str, Any] = {  # of any attribute
    "stored": str,
    "unique": bool,
    "read_only": bool,
    "title": _TEXT,
    "description": _TEXT,
    "metadata": Mapping,
    **dict.fromkeys(("default_factory", "derive", "save", "load"), Callable | None),
}
_TIMES = ("created_at", "updated_at", "ttl")
_TYPES: dict[str, Any] = {**dict.fromkeys(_COUNTS, int), "pattern": str, "check": Callable, "each": Rules}


def check(schema: Schema[Any]) -> None:
    """Raise DeclarationError for the first attribute or index that is wrong, or options that do not go together."""
    for one in schema.attributes.values():
        if one.model is schema.model:
            _attribute(f"{schema.name}.{one.name}", one)
    for name, index in schema.own_indexes.items():
        _index(f"{schema.name}.{name}", index)
    for problem in (*_names(schema), *_roles(schema), *_keys(schema)):
        raise DeclarationError(f"{schema.name}{problem}")


def _names(schema: Schema[Any]) -> Iterator[str]:
    names = [one.stored for one in schema.attributes.values()] + [index.shard_name for index in schema.sharded]
    names += [schema.tag_field] if schema.tag_field else []
    if clash := {stored for stored in names if names.count(stored) > 1}:
        yield f": several attributes are stored as {', '.join(sorted(clash))}"
    if schema.tag and not schema.tag_field:
        yield " has a tag, but no tag_field to store it in"


def _keys(schema: Schema[Any]) -> Iterator[str]:
    hash_key = schema.hash
    text_key = hash_key is not None and hash_key.codec.tag == "S"
    if schema.sort and not hash_key:
        yield " has a sort key, but no key"
    for one in (*schema.unique, *schema.references):
        if not text_key:
            yield f".{one.name}: unique and reference need a text key, for items of their own"
    yield from _references(schema)
    for index in schema.own_indexes.values():
        for part in (*index.hash, *index.sort):
            if schema.attributes.get(part.name) != part:
                yield f".{index.name}: {part.model.__name__}.{part.name} is not an attribute of {schema.name}"
    if schema.prefix and not (text_key and hash_key and hash_key.model is schema.model):
        yield ": a hidden model must declare a text key itself"


def _references(schema: Schema[Any]) -> Iterator[str]:
    for one in schema.references:
        target: Schema[Any] = one.refers.schema
        if target.sort or not target.hash or target.hash.codec.tag != one.codec.tag or one.codec.kind != "scalar":
            yield f".{one.name}: a reference must be of the type of the key of {target.name}, without sort key"
        if not any(index.hash == (one,) for index in schema.indexes.values()):
            yield f".{one.name}: a reference needs an index that has it as hash key, as Index({one.name}, ...)"


def _roles(schema: Schema[Any]) -> Iterator[str]:
    for role in {*get_args(Role.__value__)} - {"plain"}:
        if len(found := [one.name for one in schema.attributes.values() if one.role == role]) > 1:
            yield f" has two {role} attributes: {' and '.join(found[:2])}"
    owner = schema.owner
    if owner and (owner.codec.type is not str or owner.optional):
        yield f".{owner.name}: an owner must be text, and never None"
    if (schema.unique or schema.references) and schema.ttl:
        yield ": items that expire would leave the markers of unique values, and the counters of references, behind"


def _attribute(where: str, one: Attr[Any]) -> None:
    for name, kind in _OPTIONS.items():
        if not isinstance(given := getattr(one, name), kind):
            raise DeclarationError(f"{where}: {name}={given!r} is not of type {getattr(kind, '__name__', kind)}")
    if one.role in _TIMES and one.codec.type is not datetime:
        raise DeclarationError(f"{where}: a time must be a datetime, not {one.codec.type.__name__}")
    _check_rules(where, one.codec, one.rules)
    if one.role in ("hash", "sort") and (one.optional or not _is_key(one)):
        raise DeclarationError(f"{where}: a key must be text, a number or bytes, and never None")
    if one.default is not MISSING and one.default_factory:
        raise DeclarationError(f"{where} has both a default and a default_factory")
    if isinstance(one.default, list | dict | set) or hasattr(one.default, "schema"):
        raise DeclarationError(f"{where}: declare a mutable default as default_factory={type(one.default).__name__}")
    if one.default is not MISSING:
        _check_value(f"{where}: the default", one, one.default, in_json=False)
    for example in one.examples:
        _check_value(f"{where}: the example", one, example, in_json=True)
    _check_nested(where, one.codec)
    if one.unique and not _is_key(one):
        raise DeclarationError(f"{where}: only text, numbers and bytes can be unique")


def _check_value(where: str, one: Attr[Any], value: Any, *, in_json: bool) -> None:
    """Refuse a default or an example that breaks the rules of its attribute. in_json: it may have the form of JSON."""
    try:
        stored = checked(one.codec, one.rules, value, ())
        if stored is not None and stored != set():  # these are stored as no attribute
            one.encode(stored if in_json else value)
    except (Invalid, ValueError, TypeError, AttributeError, LookupError, ArithmeticError) as error:
        raise DeclarationError(f"{where} {value!r} breaks its own rule: {error}") from error


def _check_nested(where: str, codec: Codec) -> None:
    """Refuse keys, indexes and roles in a model that is a part of another: no store looks there."""
    if codec.item is not None:
        _check_nested(where, codec.item)
    for model in codec.models:
        special = [
            one.name for one in model.schema.attributes.values() if one.role != "plain" or one.unique or one.refers
        ]
        for name in (*special, *model.schema.indexes):
            raise DeclarationError(f"{where}: {model.__name__}.{name} must be in the model of a table, not in a part")


def _check_rules(where: str, codec: Codec, rules: Rules) -> None:
    given = {name for name in Rules._fields if getattr(rules, name) is not None}
    allowed = {"check"} | _RULES_OF.get("L" if codec.kind == "set" else codec.tag, set())
    allowed |= {"decimal_places", "max_digits"} if codec.type is Decimal else set()
    allowed |= _BOUNDS if codec.normal else set()
    if given - allowed or (given - {"check"} and codec.kind in ("scalar", "model") and codec.type not in _PLAIN):
        raise DeclarationError(f"{where}: {', '.join(sorted(given))} does not apply to {codec.type}")
    for name in sorted(given):
        _check_type(f"{where}: {name}={getattr(rules, name)!r}", name, codec, getattr(rules, name))
    if (rules.decimal_places or 0) > (38 if rules.max_digits is None else rules.max_digits):
        raise DeclarationError(f"{where}: decimal_places={rules.decimal_places} exceed max_digits, 38 by default")
    for low, high in _SPANS:
        if low in given and high in given:
            _check_span(where, low, high, rules, (rules.multiple_of or 1) if codec.type is int else 0)
    if codec.item:
        _check_rules(f"{where}, each", codec.item, rules.items)


def _check_type(where: str, name: str, codec: Codec, value: Any) -> None:
    """Refuse a rule that no value can be held to: text for a number, a time without a zone."""
    kind = _TYPES.get(name) or (int | Decimal if codec.type is Decimal else codec.type)
    if not isinstance(value, kind) or isinstance(value, bool):
        raise DeclarationError(f"{where} is not of type {getattr(kind, '__name__', kind)}")
    if name in _COUNTS and value < 0:
        raise DeclarationError(f"{where} is below 0")
    if name == "multiple_of" and value <= 0:
        raise DeclarationError(f"{where} is not above 0")
    if name in _BOUNDS:
        try:
            codec.encode(value)
        except ValueError as error:
            raise DeclarationError(f"{where} {error}") from error


def _check_span(where: str, low: str, high: str, rules: Rules, step: int) -> None:
    """Refuse bounds that leave no value between them; step: between whole numbers, none between others."""
    least, most = getattr(rules, low), getattr(rules, high)
    first = least + -least % step if step else least
    if step and low == "gt" and first == least:
        first += step
    if first > most or (first == most and (high == "lt" or (low == "gt" and not step))):
        steps = f", multiple_of={rules.multiple_of}" if rules.multiple_of else ""
        raise DeclarationError(f"{where}: {low}={least}, {high}={most}{steps} exclude every value")


def _is_key(one: Attr[Any]) -> bool:
    return one.codec.kind == "scalar" and one.codec.tag in ("S", "N", "B")


def _index(where: str, index: Index) -> None:
    parts = (*index.hash, *index.sort)
    for part in parts:
        if not (isinstance(part, Attr) and _is_key(part)):
            subject = f"{part.name} is {part.codec.type.__name__}, which" if isinstance(part, Attr) else f"{part!r}"
            raise DeclarationError(
                f"{where}: {subject} cannot be a key, as text, numbers, bytes, times and choices can"
            )
    if not index.hash and not index.sharded:
        raise DeclarationError(f"{where} has no hash key")
    if len({*parts}) < len(parts):
        raise DeclarationError(f"{where}: one attribute is in its keys twice")
    if max(len(index.hash), len(index.sort)) > KEY_PARTS:
        raise DeclarationError(f"{where}: a key has at most {KEY_PARTS} attributes")
    if index.local and len(index.sort) != 1:
        raise DeclarationError(f"{where}: a local index must have one sort attribute")
    if not re.fullmatch(r"[a-zA-Z0-9_.-]{3,255}", str(index.name)):
        raise DeclarationError(f"{where}: an index name must have 3 to 255 of a-z, A-Z, 0-9, _, - and .")
    if index.project not in ("all", "keys") and not (
        isinstance(index.project, tuple) and all(isinstance(one, Attr | Path) for one in index.project)
    ):
        raise DeclarationError(f'{where}: project={index.project!r} is not "all", "keys" or a tuple of attributes')
    for path in index.project if isinstance(index.project, tuple) else ():
        if isinstance(path, Path) and len(path.steps) > 1:
            raise DeclarationError(f"{where}: an index copies whole attributes, not {path.names}")
