"""The attributes and indexes of a class, found and checked when it is defined; a wrong one raises DeclarationError."""

import re
from collections.abc import Callable
from datetime import datetime
from decimal import Decimal
from inspect import get_annotations
from typing import Any, ClassVar, get_args, get_origin, get_type_hints

from .attributes import MISSING, Attr, Index, Rules, attr
from .codec import Codec
from .errors import DeclarationError
from .expressions import Path

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
_TYPES: dict[str, Any] = {**dict.fromkeys(_COUNTS, int), "pattern": str, "check": Callable, "each": Rules}


def attributes(model: type[Any]) -> dict[str, Attr[Any]]:
    """Return the attributes of a class, those of its bases first, bound to their place in it."""
    found: dict[str, Attr[Any]] = {}
    for base in reversed(model.__mro__[1:]):
        found |= base.__dict__["schema"].attributes if "schema" in base.__dict__ else {}
    for name, annotation in _annotations(model).items():
        where = f"{model.__name__}.{name}"
        if get_origin(annotation) is ClassVar or name.startswith("_"):
            continue
        if get_origin(annotation) is not Attr:
            raise DeclarationError(f"{where}: annotate it as Attr[{annotation}]")
        if name == "schema" or (hasattr(model.__base__, name) and name not in found):
            raise DeclarationError(f"{where}: the name is taken by a method of every model")
        declared = model.__dict__.get(name) or attr()
        if not isinstance(declared, Attr):
            raise DeclarationError(f"{where} = {declared!r}: give defaults as attr(default=...)")
        declared.bind(model, name, get_args(annotation)[0])
        setattr(model, name, declared)
        _check(where, declared)
        found[name] = declared
    if stray := [name for name, value in vars(model).items() if isinstance(value, Attr) and name not in found]:
        raise DeclarationError(f"{model.__name__}.{stray[0]} has no annotation: write {stray[0]}: Attr[...]")
    return found


def _annotations(model: type[Any]) -> dict[str, Any]:
    own = get_annotations(model)
    if not any(isinstance(annotation, str) for annotation in own.values()):
        return own
    resolved = get_type_hints(model)
    return {name: resolved[name] for name in own}


def _check(where: str, one: Attr[Any]) -> None:
    _check_rules(where, one.codec, one.rules)
    if one.role in ("hash", "sort") and (one.optional or not _is_key(one)):
        raise DeclarationError(f"{where}: a key is text, number or bytes, and never None")
    if one.default is not MISSING and one.default_factory:
        raise DeclarationError(f"{where} has both a default and a default_factory")
    if one.default is not MISSING and not (one.default is None and one.optional):
        _check_default(where, one)
    _check_nested(where, one.codec)
    if one.unique and not _is_key(one):
        raise DeclarationError(f"{where}: only text, numbers and bytes can be unique")


def _check_default(where: str, one: Attr[Any]) -> None:
    """Refuse a default that is shared or breaks its own rule; bring it to the form that is read back."""
    if isinstance(one.default, list | dict | set) or hasattr(one.default, "schema"):
        raise DeclarationError(f"{where}: give a mutable default as default_factory={type(one.default).__name__}")
    try:
        if one.codec.type in (str, bytes, bool, datetime) and type(one.default) is not one.codec.type:
            raise TypeError(f"Expected {one.codec.type.__name__}")
        one.default = one.decode(one.encode(one.default))
        _check_scalar(one.rules, one.default)
    except (ValueError, TypeError, AttributeError, LookupError, ArithmeticError) as error:
        raise DeclarationError(f"{where}: the default {one.default!r} breaks its own rule: {error}") from error


def _check_scalar(rules: Rules, value: Any) -> None:
    """Hold a default to its rules without msgspec, which functions that read do not load."""
    rules.check_bounds(value)
    if isinstance(value, str | bytes):
        low, high = rules.min_length or 0, rules.max_length
        if len(value) < low or (high is not None and len(value) > high):
            raise ValueError(f"Expected a length of {low} to {high}")
    if rules.pattern is not None and not re.fullmatch(rules.pattern, value, re.ASCII):
        raise ValueError(f"Expected text matching {rules.pattern}")
    if rules.multiple_of is not None and value % rules.multiple_of:
        raise ValueError(f"Expected a multiple of {rules.multiple_of}")
    if rules.decimal_places is not None and value != round(value, rules.decimal_places):
        raise ValueError(f"Expected at most {rules.decimal_places} decimal places")
    if rules.check is not None:
        rules.check(value)


def _check_nested(where: str, codec: Codec) -> None:
    """Refuse keys, indexes and roles in a model that is a part of another: no store looks there."""
    if codec.item is not None:
        _check_nested(where, codec.item)
    for model in codec.models:
        special = [
            one.name for one in model.schema.attributes.values() if one.role != "plain" or one.unique or one.refers
        ]
        for name in (*special, *model.schema.indexes):
            raise DeclarationError(f"{where}: {model.__name__}.{name} works in a table's own model only, not in a part")


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
        raise DeclarationError(f"{where}: decimal_places={rules.decimal_places} are more than all its digits")
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


def _is_key(one: Attr[Any]) -> bool:
    return one.codec.kind == "scalar" and one.codec.tag in ("S", "N", "B")


def indexes(model: type[Any], table_hash: Attr[Any] | None) -> dict[str, Index]:
    """Return the indexes that a class declares, or a base that is no model, with the attributes that are their keys."""
    bases = [base for base in reversed(model.__mro__) if "schema" not in vars(base)]
    found = {name: one for base in bases for name, one in vars(base).items() if isinstance(one, Index)}
    for name, index in found.items():
        given_hash, given_sort = index.given
        index.hash, index.sort = _parts(table_hash if index.local else given_hash), _parts(given_sort)
        _check_index(f"{model.__name__}.{name}", index)
    return found


def _parts(given: Any) -> tuple[Attr[Any], ...]:
    return tuple(map(attribute, given if isinstance(given, tuple) else () if given is None else (given,)))


def _check_index(where: str, index: Index) -> None:
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
        raise DeclarationError(f"{where}: a local index has one sort attribute")
    if not re.fullmatch(r"[a-zA-Z0-9_.-]{3,255}", index.name):
        raise DeclarationError(f"{where}: DynamoDB's names of indexes have 3 to 255 of a-z, A-Z, 0-9, _, - and .")
    for path in index.project if isinstance(index.project, tuple) else ():
        if isinstance(path, Path) and len(path.steps) > 1:
            raise DeclarationError(f"{where}: an index copies whole attributes, not {path.names}")


def attribute(reference: Any) -> Attr[Any]:
    """Return the attribute that is meant, in the class body by itself, later by its path."""
    return reference.attr if isinstance(reference, Path) else reference  # type: ignore[no-any-return]  # an Attr
