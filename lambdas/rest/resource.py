"""What makes a model a resource of the API."""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cache
from importlib import import_module
from typing import Any, Literal, get_args

from dynamodel import Attr, Index, Model, Path
from dynamodel.model import to_json

EXPIRES = "_expires"  # the attribute that DynamoDB deletes items by (TTL), of every table
RANGES = ("gt", "gte", "lt", "lte")

PATH = re.compile(r"(?!health$)[a-z][a-z0-9]*(-[a-z0-9]+)*")

type Access = Literal["public", "read", "write", "iam"]  # anyone; a token with that scope; an AWS signature
type Operation = Literal["create", "list", "get", "replace", "patch", "delete", "batch", "count"]  # as in routes.py
OPERATIONS: tuple[str, ...] = get_args(Operation.__value__)
ACCESSES: tuple[str, ...] = get_args(Access.__value__)


@dataclass(frozen=True, kw_only=True)
class Resource:
    """One collection of the API: the model of its items, and what the resource allows."""

    path: str  # the collection's segment of the URL, in the plural: "products"
    model: type[Model]
    access: Mapping[Operation, Access] = field(
        default_factory=dict, hash=False
    )  # by operation, where not as in routes.py
    client_ids: bool = False  # a PUT with If-None-Match: * creates an item at an id that the client chose
    requires_if_match: bool = False  # PUT, PATCH and DELETE must say which version they change (If-Match)

    @property
    def counters(self) -> tuple[str, ...]:
        """The attributes declared as counters: POST /{resource}/{id}/{counter} counts them up and down."""
        declared = self.model.schema.attributes.values()
        return tuple(attribute.name for attribute in declared if attribute.metadata.get("counter"))

    def __post_init__(self) -> None:
        """Refuse a model that lacks what every resource stands on."""
        schema = self.model.schema
        required = [one for one in schema.attributes.values() if one.required]
        lacking = {
            "a path of small letters, digits and dashes that is not health": PATH.fullmatch(self.path),
            f"access by {', '.join(OPERATIONS)}": self.access.keys() <= set(OPERATIONS),
            f"access that is {', '.join(ACCESSES)}": set(self.access.values()) <= set(ACCESSES),
            "examples=(...) of each required attribute, for its documents and tests": all(
                one.examples for one in required
            ),
            "a key() that is text, and no sort key": schema.hash and schema.hash.codec.tag == "S" and not schema.sort,
            "a version(), for ETags": schema.version,
            "a ShardedIndex, for lists": schema.sharded or self.owned,
            f"its ttl() stored as {EXPIRES}": not schema.ttl or schema.ttl.stored == EXPIRES,
        }
        lacking |= self.lacking_of_owned() if self.owned else {}
        if missing := [what for what, there in lacking.items() if not there]:
            raise TypeError(f"{self.model.__name__} cannot be a resource: it needs {'; '.join(missing)}.")

    @property
    def owned(self) -> bool:
        """Whether each item belongs to who created it, and nobody else sees it: the model declares an owner()."""
        return self.model.schema.owner is not None

    def lacking_of_owned(self) -> dict[str, Any]:
        """What an owned resource needs so that no caller learns of what others have."""
        schema = self.model.schema
        return {
            "an Index by its owner, for lists": schema.indexes,
            "no index but by its owner": all(index.hash is schema.owner for index in schema.indexes.values()),
            "no unique attributes, whose refusal tells what others have": not schema.unique,
            "no client_ids, for the same reason": not self.client_ids,
            "no public routes: anybody is nobody": "public" not in self.access.values(),
        }

    def required_filter(self, index: Index) -> str | None:
        """The attribute that a list must be filtered by to read this index; None where it is given already."""
        return index.hash.name if index.shards == 1 and index.hash is not self.model.schema.owner else None

    @property
    def version(self) -> Path[int]:
        """The attribute that counts an item's writes."""
        version: Attr[int] = self.model.schema.version  # type: ignore[assignment] # __post_init__ saw that it is there
        return version.path

    @property
    def filters(self) -> dict[str, Attr[Any]]:
        """The parameters that a list can be filtered by, as its indexes serve them, with their attributes."""
        found: dict[str, Attr[Any]] = {}
        for index in self.model.schema.indexes.values():
            if name := self.required_filter(index):
                found[name] = index.hash
            if index.sort:
                found |= {f"{index.sort.name}[{operator}]": index.sort for operator in RANGES}
        return found

    @property
    def construct_id(self) -> str:
        """The name of the resource's constructs. It is part of their logical ids: data hangs on it."""
        return "".join(word.capitalize() for word in self.path.split("-"))

    def href(self, item: Model) -> str:
        """Where an item is, relative to where its collection is: right behind any host name, stage or base path."""
        return f"{self.path}/{getattr(item, self.key)}"

    def with_id(self, item: Model, key: str) -> Model:
        """The item, at an id that a client chose."""
        setattr(item, self.key, key)
        return item

    @property
    def key(self) -> str:
        """The name of the attribute that is the id."""
        return self.model.schema.hash.name  # type: ignore[union-attr] # likewise

    @property
    def example(self) -> dict[str, Any]:
        """A body that creates an item, from the examples in the declaration."""
        required = (attribute for attribute in self.model.schema.attributes.values() if attribute.required)
        return {attribute.name: to_json(attribute.examples[0]) for attribute in required}

    @property
    def module(self) -> str:
        """The name of the module that declares the resource and its model."""
        return self.model.__module__


@cache
def load(module: str) -> Resource:
    """Import the module and return the one Resource that it declares. Raises TypeError if there is not just one."""
    declared = [value for value in vars(import_module(module)).values() if isinstance(value, Resource)]
    if len(declared) != 1 or declared[0].module != module:
        raise TypeError(f"{module} must declare one Resource and its model; it declares {len(declared)} resources.")
    return declared[0]
