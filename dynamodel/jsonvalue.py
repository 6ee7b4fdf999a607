"""Values converted to JSON."""

from base64 import b64encode
from collections.abc import Callable
from datetime import date, datetime
from decimal import Decimal
from enum import Enum
from typing import Any

from .codec import number, rfc3339


def to_json(value: Any) -> Any:
    """Convert a value of any declared type to a JSON value."""
    convert = CONVERTERS.get(type(value))
    if convert is not None:
        return convert(value)
    if hasattr(value, "schema"):
        return value.to_json()
    return value.value if isinstance(value, Enum) else value


PLAIN = {str, int, bool, type(None)}  # types that JSON has
CONVERTERS: dict[type, Callable[[Any], Any]] = {
    Decimal: number,
    datetime: rfc3339,
    date: date.isoformat,
    bytes: lambda value: b64encode(value).decode(),
    list: lambda value: [to_json(one) for one in value],
    set: lambda value: sorted(map(to_json, value)),
    frozenset: lambda value: sorted(map(to_json, value)),
    dict: lambda value: {name: to_json(one) for name, one in value.items()},
}
