"""The declarations of a model that do not go together, refused when its class is defined."""

from collections.abc import Iterator
from typing import Any

from .errors import DeclarationError
from .schema import Schema


def check(schema: Schema[Any]) -> None:
    """Raise DeclarationError for the first attributes or options that do not go together."""
    for problem in (*_names(schema), *_keys(schema), *_roles(schema)):
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
        yield ": a hidden model has a text key of its own"


def _references(schema: Schema[Any]) -> Iterator[str]:
    for one in schema.references:
        target: Schema[Any] = one.refers.schema
        if target.sort or not target.hash or target.hash.codec.tag != one.codec.tag or one.codec.kind != "scalar":
            yield f".{one.name}: a reference is of the type of the key of {target.name}, which has no sort key"
        if not any(index.hash == (one,) for index in schema.indexes.values()):
            yield f".{one.name}: a reference needs an index that has it as hash key, as Index({one.name}, ...)"


def _roles(schema: Schema[Any]) -> Iterator[str]:
    owner = schema.owner
    if owner and (owner.codec.type is not str or owner.optional):
        yield f".{owner.name}: an owner is text, and there always is one"
    if (schema.unique or schema.references) and schema.ttl:
        yield ": items that expire would leave the markers of unique values, and the counters of references, behind"
