"""The attributes and indexes of a class, found when it is defined."""

from inspect import get_annotations
from typing import Any, ClassVar, get_args, get_origin, get_type_hints

from .attributes import Attr, Index, attr
from .errors import DeclarationError
from .expressions import Path


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
            raise DeclarationError(f"{where} = {declared!r}: declare defaults as attr(default=...)")
        declared.bind(model, name, get_args(annotation)[0])
        setattr(model, name, declared)
        found[name] = declared
    if stray := [name for name, value in vars(model).items() if isinstance(value, Attr) and name not in found]:
        raise DeclarationError(f"{model.__name__}.{stray[0]} has no annotation: write {stray[0]}: Attr[...]")
    return found


def _annotations(model: type[Any]) -> dict[str, Any]:
    own = get_annotations(model)
    if not any(isinstance(annotation, str) for annotation in own.values()):
        return own
    resolved = get_type_hints(model)  # names are the module's before they are the class's: `date: Attr[date]`
    return {name: resolved[name] for name in own}


def indexes(model: type[Any], table_hash: Attr[Any] | None) -> dict[str, Index]:
    """Return the indexes that a class declares, or a base that is no model, with the attributes that are their keys."""
    bases = [base for base in reversed(model.__mro__) if "schema" not in vars(base)]
    found = {name: one for base in bases for name, one in vars(base).items() if isinstance(one, Index)}
    for index in found.values():
        given_hash, given_sort = index.given
        index.hash, index.sort = _parts(table_hash if index.local else given_hash), _parts(given_sort)
    return found


def _parts(given: Any) -> tuple[Attr[Any], ...]:
    return tuple(map(attribute, given if isinstance(given, tuple) else () if given is None else (given,)))


def attribute(reference: Any) -> Attr[Any]:
    """Return the attribute that is meant, in the class body by itself, later by its path."""
    return reference.attr if isinstance(reference, Path) else reference  # type: ignore[no-any-return]  # an Attr
