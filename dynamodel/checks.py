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
    taken = [one.stored for one in schema.attributes.values()] + [index.shard_name for index in schema.sharded]
    taken += [schema.tag_field] if schema.tag_field else []
    if clash := {stored for stored in taken if taken.count(stored) > 1}:
        yield f": several attributes are stored as {', '.join(sorted(clash))}"
    if schema.tag and not schema.tag_field:
        yield " has a tag, but no tag_field to store it in"


def _keys(schema: Schema[Any]) -> Iterator[str]:
    hash_key = schema.hash
    text_key = hash_key is not None and hash_key.codec.tag == "S"
    if schema.sort and not hash_key:
        yield " has a sort key, but no key"
    if schema.unique and not text_key:
        yield f".{schema.unique[0].name}: unique needs a text key, for its marker items"
    if schema.prefix and not (text_key and hash_key and hash_key.model is schema.model):
        yield ": a hidden model has a text key of its own"


def _roles(schema: Schema[Any]) -> Iterator[str]:
    owner = schema.owner
    if owner and (owner.codec.type is not str or owner.optional):
        yield f".{owner.name}: an owner is text, and there always is one"
    if schema.unique and schema.ttl:
        yield ": items that expire would leave the markers of unique values behind"
