"""How Python values are held by DynamoDB, compiled once per declared type."""

import types
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from decimal import Context, Decimal, DecimalException, Inexact, InvalidOperation, Overflow, Subnormal
from enum import Enum
from typing import Any, Literal, Union, get_args, get_origin

from .errors import DeclarationError

type Value = dict[str, Any]  # DynamoDB's AttributeValue: {"S": "text"}
type Instants = Literal["iso", "seconds", "milliseconds"]

# Numbers: 38 significant digits, 1E-130 to 9.99...E+125
# https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/Constraints.html#limits-data-types
_EXACT = Context(prec=38, Emin=-130, Emax=125, traps=[Inexact, Overflow, Subnormal, InvalidOperation])
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_BIG = 10**38


class Unstorable(ValueError):
    """DynamoDB cannot hold this value."""


@dataclass(frozen=True, slots=True)
class Codec:
    """One declared type: `encode` and `decode` convert, the rest tells validation and schema what it is."""

    kind: Literal["scalar", "decimal", "model", "list", "set", "map"]
    type: Any
    tag: str  # DynamoDB's name of the type: S, N, B, BOOL, M, L, SS, NS, BS
    encode: Callable[[Any], Value]
    decode: Callable[[Value], Any]
    item: "Codec | None" = None
    nullable: bool = False
    models: tuple[Any, ...] = ()
    normal: Callable[[Any], Any] | None = None  # to the value that will be read back


def number(value: int | Decimal) -> str:
    """Write a number as DynamoDB takes it, all digits kept; Unstorable if it has no room for them."""
    if type(value) is int:
        if not -_BIG < value < _BIG:
            raise Unstorable("has more than 38 digits")
        return str(value)
    try:
        exact = _EXACT.normalize(value)
    except DecimalException as error:
        raise Unstorable("has more than 38 digits or is beyond 1E-130 to 9.9E+125") from error
    if not exact.is_finite():
        raise Unstorable("is not a finite number")
    return format(exact, "f") if exact else "0"


def text(value: str) -> str:
    """Return the text, or Unstorable where UTF-8 has no form of it (half a surrogate pair)."""
    if not value.isascii():
        try:
            value.encode()
        except UnicodeEncodeError as error:
            raise Unstorable("holds half of a surrogate pair") from error
    return value


def map_name(value: str) -> str:
    """Return the key of a map entry, or Unstorable."""
    if not value:
        raise Unstorable("has an empty name")
    return text(value)


def utc(value: datetime) -> datetime:
    """Move to UTC; a datetime that does not say its zone is refused."""
    if value.tzinfo is None:
        raise Unstorable("has no time zone")
    return value if value.tzinfo is UTC else value.astimezone(UTC)


def rfc3339(value: datetime) -> str:
    """Write in UTC with six decimals, so that order of text is order of time."""
    return utc(value).replace(tzinfo=None).isoformat(timespec="microseconds") + "Z"


def _integer(value: str) -> int:
    try:
        return int(value)
    except ValueError:  # 1E+2
        if (exact := Decimal(value)) != exact.to_integral_value():
            raise
        return int(exact)


def _whole(unit: timedelta) -> Codec:
    def normal(value: datetime) -> datetime:
        return _EPOCH + (utc(value) - _EPOCH) // unit * unit

    return Codec(
        "scalar",
        datetime,
        "N",
        lambda value: {"N": str((utc(value) - _EPOCH) // unit)},
        lambda stored: _EPOCH + _integer(stored["N"]) * unit,
        normal=normal,
    )


def _iso(stored: Value) -> datetime:
    return utc(datetime.fromisoformat(stored["S"]))


def _flag(stored: Value) -> bool:
    if type(flag := stored["BOOL"]) is not bool:
        raise ValueError(f"{flag!r} is no boolean")
    return flag


_SCALARS: dict[Any, Codec] = {
    str: Codec("scalar", str, "S", lambda value: {"S": text(value)}, lambda stored: stored["S"]),
    int: Codec("scalar", int, "N", lambda value: {"N": number(value)}, lambda stored: _integer(stored["N"])),
    Decimal: Codec(
        "decimal", Decimal, "N", lambda value: {"N": number(Decimal(value))}, lambda stored: Decimal(stored["N"])
    ),
    bool: Codec("scalar", bool, "BOOL", lambda value: {"BOOL": value}, _flag),
    bytes: Codec("scalar", bytes, "B", lambda value: {"B": value}, lambda stored: bytes(stored["B"])),
    date: Codec(
        "scalar", date, "S", lambda value: {"S": value.isoformat()}, lambda stored: date.fromisoformat(stored["S"])
    ),
}
_INSTANTS: dict[Instants, Codec] = {
    "iso": Codec("scalar", datetime, "S", lambda value: {"S": rfc3339(value)}, _iso, normal=utc),
    "seconds": _whole(timedelta(seconds=1)),
    "milliseconds": _whole(timedelta(milliseconds=1)),
}


def codec(annotation: Any, instants: Instants = "iso") -> Codec:
    """Compile the codec of an annotation; DeclarationError if DynamoDB has no type for it."""
    origin, args = get_origin(annotation), get_args(annotation)
    if annotation is datetime:
        return _INSTANTS[instants]
    if annotation in _SCALARS:
        return _SCALARS[annotation]
    if origin in (Union, types.UnionType):
        return _union(args, instants)
    if origin is Literal or (isinstance(annotation, type) and issubclass(annotation, Enum)):
        return _choice(annotation)
    if origin is list:
        return _list(annotation, codec(args[0], instants))
    if origin in (set, frozenset):
        return _set(annotation, codec(args[0], instants))
    if origin is dict and args[0] is str:
        return _map(annotation, codec(args[1], instants))
    if hasattr(annotation, "schema"):
        return _models((annotation,))
    raise DeclarationError(f"{annotation} has no place in DynamoDB{'; use Decimal' if annotation is float else ''}")


def _union(members: tuple[Any, ...], instants: Instants) -> Codec:
    rest = tuple(member for member in members if member is not types.NoneType)
    if all(hasattr(member, "schema") for member in rest):
        inner = _models(rest)
    elif len(rest) == 1:
        inner = codec(rest[0], instants)
    else:
        raise DeclarationError(f"{members}: a union holds None and one type, or models that have tags")
    return _nullable(inner) if len(rest) < len(members) else inner


def _nullable(inner: Codec) -> Codec:
    return Codec(
        inner.kind,
        inner.type,
        inner.tag,
        lambda value: {"NULL": True} if value is None else inner.encode(value),
        lambda stored: None if "NULL" in stored else inner.decode(stored),
        inner.item,
        True,
        inner.models,
        inner.normal,
    )


def _choice(annotation: Any) -> Codec:
    members: dict[Any, Any] = (
        {value: value for value in get_args(annotation)}
        if get_origin(annotation) is Literal
        else {member.value: member for member in annotation}
    )
    kinds = {type(value) for value in members}
    if kinds not in ({str}, {int}):
        raise DeclarationError(f"{annotation}: choices are all text or all integers")
    inner = _SCALARS[kinds.pop()]
    raw = {member: value for value, member in members.items()}
    return Codec(
        "scalar",
        annotation,
        inner.tag,
        lambda value: inner.encode(raw[value]),
        lambda stored: members[inner.decode(stored)],
    )


def _list(annotation: Any, item: Codec) -> Codec:
    encode, decode = item.encode, item.decode
    return Codec(
        "list",
        annotation,
        "L",
        lambda value: {"L": [encode(one) for one in value]},
        lambda stored: [decode(one) for one in stored["L"]],
        item,
    )


def _set(annotation: Any, item: Codec) -> Codec:
    if item.tag not in ("S", "N", "B") or item.nullable:
        raise DeclarationError(f"{annotation}: DynamoDB has sets of text, numbers and bytes only")
    tag, member, make = item.tag + "S", item.tag, get_origin(annotation) or set
    encode, decode = item.encode, item.decode

    def read(stored: Value) -> Any:
        return make(decode({member: one}) for one in stored[tag])

    return Codec("set", annotation, tag, lambda value: {tag: sorted(encode(one)[member] for one in value)}, read, item)


def _map(annotation: Any, item: Codec) -> Codec:
    encode, decode = item.encode, item.decode
    return Codec(
        "map",
        annotation,
        "M",
        lambda value: {"M": {map_name(name): encode(one) for name, one in value.items()}},
        lambda stored: {name: decode(one) for name, one in stored["M"].items()},
        item,
    )


def _models(models: tuple[Any, ...]) -> Codec:
    if len(models) == 1:
        (model,) = models
        return Codec(
            "model",
            model,
            "M",
            lambda value: {"M": value.schema.encode(value)},
            lambda stored: model.schema.decode(stored["M"]),
            models=models,
        )
    tag_field = models[0].schema.tag_field
    by_tag = {model.schema.tag: model for model in models}
    if (
        not tag_field
        or None in by_tag
        or len(by_tag) < len(models)
        or {m.schema.tag_field for m in models} != {tag_field}
    ):
        raise DeclarationError(f"{models}: the models of a union share one tag_field and have a tag each")

    def read(stored: Value) -> Any:
        return by_tag[stored["M"][tag_field]["S"]].schema.decode(stored["M"])

    return Codec("model", models[0], "M", lambda value: {"M": value.schema.encode(value)}, read, models=models)


def size(value: Value) -> int:
    """Bytes DynamoDB counts for a value, rounded up for numbers.

    https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/CapacityUnitCalculations.html
    """
    ((tag, held),) = value.items()
    if tag == "M":
        return 3 + sum(1 + len(name.encode()) + size(one) for name, one in held.items())
    if tag == "L":
        return 3 + sum(1 + size(one) for one in held)
    if tag in ("SS", "NS", "BS"):
        return sum(size({tag[0]: one}) for one in held)
    if tag == "N":
        return (len(held.strip("-0.")) + 1) // 2 + 2
    return len(held.encode() if tag == "S" else held) if tag in ("S", "B") else 1


def item_size(item: Mapping[str, Value]) -> int:
    """Bytes of a whole item: names and values."""
    return sum(len(name.encode()) + size(value) for name, value in item.items())
