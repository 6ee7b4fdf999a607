"""The stored forms of Python values, compiled once per declared type."""

from collections.abc import Callable, Mapping
from datetime import UTC, date, datetime, timedelta
from decimal import Context, Decimal, DecimalException, Inexact, InvalidOperation, Overflow, Subnormal
from enum import Enum
from types import NoneType, UnionType
from typing import Any, Literal, NamedTuple, Union, get_args, get_origin

from .errors import DeclarationError

type Value = dict[str, Any]  # DynamoDB's AttributeValue: {"S": "text"}
type Item = dict[str, Value]
type Instants = Literal["iso", "seconds", "milliseconds"]

# Numbers: 38 significant digits, 1E-130 to 9.99...E+125
# https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/Constraints.html#limits-data-types
_EXACT = Context(prec=38, Emin=-130, Emax=125, traps=[Inexact, Overflow, Subnormal, InvalidOperation])
_TOO_LARGE = 10**38
EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


class Unstorable(ValueError):
    """DynamoDB cannot hold this value."""


class Codec(NamedTuple):
    """One declared type: `encode` and `decode` convert, the rest describes it to validation and schema."""

    kind: Literal["scalar", "model", "list", "set", "map"]
    type: Any
    tag: str  # DynamoDB's name of the type: S, N, B, BOOL, M, L, SS, NS, BS
    encode: Callable[[Any], Value]
    decode: Callable[[Value], Any]
    item: "Codec | None" = None
    models: tuple[Any, ...] = ()
    normal: Callable[[Any], Any] | None = None  # to the value that will be read back
    nullable: bool = False


def number(value: int | Decimal) -> str:
    """Write a number as DynamoDB takes it, all digits kept; Unstorable if it has no room for them."""
    if type(value) is int:
        if abs(value) < _TOO_LARGE:
            return str(value)
        raise Unstorable("has more than 38 digits")
    try:
        exact = _EXACT.normalize(value)
    except DecimalException as error:
        raise Unstorable("has more than 38 digits or is beyond 1E-130 to 9.9E+125") from error
    if not exact.is_finite():
        raise Unstorable("is not a finite number")
    return format(exact, "f") if exact else "0"


def text(value: str) -> str:
    """Return the text, or Unstorable where UTF-8 has no form of it (half a surrogate pair)."""
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
    """Convert to UTC; refuse a datetime without a zone."""
    if value.tzinfo is None:
        raise Unstorable("has no time zone")
    try:
        return value if value.tzinfo is UTC else value.astimezone(UTC)
    except OverflowError as error:
        raise Unstorable("is outside the years 1 to 9999 in UTC") from error


def rfc3339(value: datetime) -> str:
    """Write in UTC with six decimals, so that order of text is order of time."""
    return (value if value.tzinfo is UTC else utc(value)).replace(tzinfo=None).isoformat("T", "microseconds") + "Z"


def _integer(stored: str) -> int:
    try:
        return int(stored)
    except ValueError:  # 1E+2
        if (exact := Decimal(stored)) == exact.to_integral_value():
            return int(exact)
        raise


def _boolean(stored: Any) -> bool:
    if type(stored) is bool:
        return stored
    raise ValueError(f"{stored!r} is not a bool")


def _scalar(kind: Any, tag: str, write: Callable[[Any], Any], read: Callable[[Any], Any], normal: Any = None) -> Codec:
    return Codec("scalar", kind, tag, lambda v: {tag: write(v)}, lambda stored: read(stored[tag]), normal=normal)


def _epoch(unit: timedelta) -> Codec:
    def count(value: datetime) -> int:
        return (utc(value) - EPOCH) // unit

    def moment(stored: Any) -> datetime:
        return EPOCH + _integer(stored) * unit

    return _scalar(datetime, "N", lambda value: str(count(value)), moment, lambda value: moment(count(value)))


def _encode_text(value: str) -> Value:
    return {"S": value if value.isascii() else text(value)}


def _decode_text(stored: Value) -> str:
    held = stored["S"]
    if type(held) is str:
        return held
    raise ValueError(f"{held!r} is not a str")


def _decode_instant(stored: Value) -> datetime:
    moment = datetime.fromisoformat(stored["S"])
    return moment if moment.tzinfo is UTC else utc(moment)


_SCALARS: dict[Any, Codec] = {
    str: Codec("scalar", str, "S", _encode_text, _decode_text),
    int: _scalar(int, "N", number, _integer),
    Decimal: _scalar(Decimal, "N", lambda value: number(Decimal(value)), Decimal),
    bool: _scalar(bool, "BOOL", bool, _boolean),
    bytes: _scalar(bytes, "B", bytes, bytes),
    date: _scalar(date, "S", date.isoformat, date.fromisoformat),
}
_INSTANTS: dict[Instants, Codec] = {
    "iso": Codec("scalar", datetime, "S", lambda value: {"S": rfc3339(value)}, _decode_instant, normal=utc),
    "seconds": _epoch(timedelta(seconds=1)),
    "milliseconds": _epoch(timedelta(milliseconds=1)),
}


def codec(annotation: Any, instants: Instants = "iso") -> Codec:
    """Compile the codec of an annotation; DeclarationError if DynamoDB has no type for it."""
    origin, args = get_origin(annotation), get_args(annotation)
    if annotation is datetime:
        return _INSTANTS[instants]
    if annotation in _SCALARS:
        return _SCALARS[annotation]
    if origin in (Union, UnionType):
        return _union(args, instants)
    if origin is Literal or (isinstance(annotation, type) and issubclass(annotation, Enum)):
        return _choice(annotation, args)
    if origin in (list, set, frozenset):
        return (_list if origin is list else _set)(annotation, codec(args[0], instants))
    if origin is dict and args[0] is str:
        return _map(annotation, codec(args[1], instants))
    if hasattr(annotation, "schema"):
        return _models((annotation,))
    raise DeclarationError(f"{annotation} cannot be stored in DynamoDB{'; use Decimal' if annotation is float else ''}")


def _union(members: tuple[Any, ...], instants: Instants) -> Codec:
    rest = tuple(member for member in members if member is not NoneType)
    if all(hasattr(member, "schema") for member in rest):
        inner = _models(rest)
    elif len(rest) == 1:
        inner = codec(rest[0], instants)
    else:
        raise DeclarationError(f"{members}: a union must be None and one type, or models with tags")
    return _nullable(inner) if len(rest) < len(members) else inner


def _nullable(inner: Codec) -> Codec:
    return inner._replace(
        encode=lambda value: {"NULL": True} if value is None else inner.encode(value),
        decode=lambda stored: None if "NULL" in stored else inner.decode(stored),
        nullable=True,
    )


def _choice(annotation: Any, literals: tuple[Any, ...]) -> Codec:
    members = {value: value for value in literals} or {member.value: member for member in annotation}
    kinds = {type(value) for value in members}
    if kinds not in ({str}, {int}):
        raise DeclarationError(f"{annotation}: choices must be all text or all integers")
    raw, inner = {member: value for value, member in members.items()}, _SCALARS[kinds.pop()]
    return inner._replace(
        type=annotation,
        encode=lambda value: inner.encode(raw[value]),
        decode=lambda stored: members[inner.decode(stored)],
    )


def _list(annotation: Any, item: Codec) -> Codec:
    encode, decode = item.encode, item.decode
    return Codec(
        "list",
        annotation,
        "L",
        encode=lambda value: {"L": [encode(one) for one in value]},
        decode=lambda stored: [decode(one) for one in stored["L"]],
        item=item,
    )


def _set(annotation: Any, item: Codec) -> Codec:
    if item.tag not in ("S", "N", "B") or item.nullable:
        raise DeclarationError(f"{annotation}: DynamoDB has sets of text, numbers and bytes only")
    encode, decode, member, make = item.encode, item.decode, item.tag, get_origin(annotation)

    def write(value: Any) -> Value:
        if not value:  # an attribute that is an empty set is left out before it comes here
            raise Unstorable("holds an empty set, which DynamoDB has not")
        return {member + "S": sorted(encode(one)[member] for one in value)}

    def read(stored: Value) -> Any:
        return make(decode({member: one}) for one in stored[member + "S"])

    return Codec("set", annotation, member + "S", write, read, item)


def _map(annotation: Any, item: Codec) -> Codec:
    encode, decode = item.encode, item.decode
    return Codec(
        "map",
        annotation,
        "M",
        encode=lambda value: {"M": {map_name(name): encode(one) for name, one in value.items()}},
        decode=lambda stored: {name: decode(one) for name, one in stored["M"].items()},
        item=item,
    )


def _models(models: tuple[Any, ...]) -> Codec:
    schemas = [model.schema for model in models]
    by_tag = {schema.tag: schema for schema in schemas}
    fields = {schema.tag_field for schema in schemas}
    if len(schemas) > 1 and (len(by_tag) < len(schemas) or None in by_tag or len(fields) > 1):
        raise DeclarationError(f"{models}: the models of a union must have the same tag_field and different tags")

    def read(stored: Value) -> Any:
        held = stored["M"]
        schema = schemas[0] if len(schemas) == 1 else by_tag[held[schemas[0].tag_field]["S"]]
        return schema.decode(held)

    return Codec("model", models[0], "M", lambda value: {"M": value.schema.encode(value)}, read, models=models)


def same(one: Value, other: Value) -> bool:
    """Return whether two stored values are equal: numbers and sets may be written in several ways."""
    return one == other or _comparable(one) == _comparable(other)


def _comparable(value: Value) -> Any:
    ((tag, held),) = value.items()
    if tag == "N":
        return tag, Decimal(held)
    if tag in ("SS", "NS", "BS"):
        return tag, set(map(Decimal, held) if tag == "NS" else held)
    if tag == "L":
        return tag, [_comparable(one) for one in held]
    return tag, {name: _comparable(one) for name, one in held.items()} if tag == "M" else held


def size(value: Value) -> int:
    """Bytes DynamoDB counts for a value, rounded up for numbers.

    https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/CapacityUnitCalculations.html
    """
    ((tag, held),) = value.items()
    if tag in ("M", "L"):
        return 3 + len(held) + (item_size(held) if tag == "M" else sum(map(size, held)))
    if tag in ("SS", "NS", "BS"):
        return sum(size({tag[0]: one}) for one in held)
    if tag == "N":
        return (len(held.strip("-0.")) + 1) // 2 + 2
    return len(held.encode() if tag == "S" else held) if tag in ("S", "B") else 1


def item_size(item: Mapping[str, Value]) -> int:
    """Bytes of a whole item: names and values."""
    total = 0
    for name, value in item.items():
        total += len(name.encode()) + (len(value["S"].encode()) if "S" in value else size(value))
    return total
