"""Options of declarations, held to their annotations where they are written; functions run without."""

from collections.abc import Callable, Mapping
from inspect import get_annotations
from types import NoneType, UnionType
from typing import Any, Literal, Union, get_args, get_origin

from dynamodel import DeclarationError

WORDS = {str: "text", int: "a whole number", float: "a number", bool: "True or False", NoneType: "None"}


def check_options(declared: Any) -> None:
    """Raise DeclarationError for an option that is not of the type of its annotation; name what was given."""
    for name, kind in get_annotations(type(declared)).items():
        value = getattr(declared, name)
        if not fits(value, kind):
            raise DeclarationError(f"{type(declared).__name__}: {name}={shown(value)} is not {words(kind)}")


def shown(value: Any) -> str:
    """Return a value as source text; for an object without one, its type."""
    if isinstance(value, tuple | list) and " at 0x" in repr(value):
        return f"{type(value).__name__} of {', '.join(map(shown, value))}"
    return repr(value) if " at 0x" not in repr(value) else type(value).__name__


def fits(value: Any, kind: Any) -> bool:
    """Return whether a value is of a type, in all its parts."""
    kind = getattr(kind, "__value__", kind)  # of an alias
    of = get_args(kind)
    match get_origin(kind) or kind:
        case origin if origin is Literal:
            return value in of
        case origin if origin in (Union, UnionType):
            return any(fits(value, one) for one in of)
        case origin if origin is tuple:
            return isinstance(value, tuple) and all(fits(one, of[0]) for one in value)
        case origin if origin is Mapping:
            return isinstance(value, Mapping) and all(fits(one, of[0]) and fits(value[one], of[1]) for one in value)
        case origin if origin is type:
            return isinstance(value, type) and issubclass(value, of[0])
        case origin if origin is float:
            return type(value) in (int, float)
        case origin if origin is int:
            return type(value) is int  # True is none
    return isinstance(value, origin)


def words(kind: Any) -> str:
    """Return a type in words."""
    kind = getattr(kind, "__value__", kind)
    of = get_args(kind)
    match get_origin(kind):
        case origin if origin is Literal:
            return " or ".join(repr(one) for one in of)
        case origin if origin in (Union, UnionType):
            return " or ".join(words(one) for one in of)
        case origin if origin is tuple:
            return f"a tuple, as (one,), of {words(of[0])}"
        case origin if origin is Mapping:
            return f"a dict from {words(of[0])} to {words(of[1])}"
        case origin if origin is type:
            return f"a class of {of[0].__name__}"
        case origin if origin is Callable:
            return "a function"
    return WORDS.get(kind) or kind.__name__
