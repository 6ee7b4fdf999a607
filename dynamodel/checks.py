"""The declarations of a model that do not go together, refused when its class is defined."""

from typing import Any

from .errors import DeclarationError
from .schema import Schema


def check(schema: Schema[Any]) -> None:
    """Refuse attributes that do not go together."""
    name, hash_key, unique = schema.name, schema.hash, schema.unique
    taken = [one.stored for one in schema.attributes.values()] + [index.shard_name for index in schema.sharded]
    taken += [schema.tag_field] if schema.tag_field else []
    if clash := {stored for stored in taken if taken.count(stored) > 1}:
        raise DeclarationError(f"{name}: several attributes are stored as {', '.join(sorted(clash))}")
    if schema.tag and not schema.tag_field:
        raise DeclarationError(f"{name} has a tag, but no tag_field to store it in")
    if schema.sort and not hash_key:
        raise DeclarationError(f"{name} has a sort key, but no key")
    if unique and (not hash_key or hash_key.codec.tag != "S"):
        raise DeclarationError(f"{name}.{unique[0].name}: unique needs a text key, for its marker items")
    if schema.owner and (schema.owner.codec.type is not str or schema.owner.optional):
        raise DeclarationError(f"{name}.{schema.owner.name}: an owner is text, and there always is one")
    if unique and schema.ttl:
        raise DeclarationError(f"{name}: items that expire would leave the markers of unique values behind")
    if schema.prefix and (not hash_key or hash_key.codec.tag != "S" or hash_key.model is not schema.model):
        raise DeclarationError(f"{name}: a hidden model has a text key of its own")
