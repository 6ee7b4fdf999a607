"""The declaration that makes a model a resource of the API."""

import re
from collections.abc import Callable, Iterator, Mapping, Set
from dataclasses import field
from datetime import datetime
from decimal import Decimal
from functools import cache, cached_property
from importlib import import_module
from typing import Any
from urllib.parse import quote

from dynamodel import Attr, DeclarationError, Index, Model, Path, to_json
from lambdas.rest.crud import CRUD
from lambdas.rest.operation import ACCESSES, PARAMETERS, Access, Operation, construct_id
from lambdas.runtime.declared import declared

EXPIRES = "_expires"  # the attribute that DynamoDB deletes items by (TTL), of every table
MAX_SHARED_AGE = 3600  # seconds that a shared cache may answer for a resource
MAX_ID_LENGTH = 128  # characters of an id that is part of the key of an object in S3, which has 1,024 bytes
READS = ("list", "get")  # the operations that a shared cache may answer
RANGES = ("gt", "gte", "lt", "lte")

PATH = re.compile(r"(?!(health|live)$)[a-z][a-z0-9]*(-[a-z0-9]+)*")


class ListIndex:
    """An index as a list uses it: the attributes to filter by, and those that order, if it has them."""

    def __init__(self, index: Index, filters: tuple[str, ...], sorts: tuple[str, ...]) -> None:
        self.index, self.sorts = index, sorts
        self.filters = filters  # required, all of them: the hash key

    def matches(self, equal: Set[str], sorts: Set[str]) -> bool:
        """Return whether it serves equality on `equal`, and ranges or an order of `sorts`.

        Equality may go on from the hash key into the sort key; the next attribute is that of ranges and order.
        """
        fixed = len(equal) - len(self.filters)
        return equal == {*self.filters, *self.sorts[: max(fixed, 0)]} and sorts <= {*self.sorts[fixed : fixed + 1]}

    @property
    def parameters(self) -> Iterator[tuple[str, Attr[Any]]]:
        """The parameters that it serves, with their attributes."""
        hashes = [part for part in self.index.hash if part.name in self.filters]
        for part in (*hashes, *self.index.sort[:-1]):
            yield part.name, part
        for part in self.index.sort:
            yield from ((f"{part.name}[{operator}]", part) for operator in RANGES)

    @property
    def ways(self) -> Iterator[str]:
        """The parameters that it serves together, for a client that asked for others."""
        if not self.sorts:
            yield ", ".join(f"{name}=..." for name in self.filters)
        for place, sort in enumerate(self.sorts):
            equal = [f"{name}=..." for name in (*self.filters, *self.sorts[:place])]
            yield ", ".join([*equal, f"{sort}[{'|'.join(RANGES)}]=...", f"sort={sort} or -{sort}"])


@declared
class Resource:
    """One collection of the API: the model of its items, and what the resource allows."""

    path: str  # the collection's segment of the URL, in the plural
    model: type[Model]
    operations: tuple[Operation, ...] = CRUD  # what its routes do: fewer, and operations of the project's own
    access: Mapping[str, Access] = field(default_factory=dict)  # by operation, where not as declared there
    shared_max_age: Mapping[str, int] = field(default_factory=dict)  # seconds; of public reads
    client_ids: bool = False  # a PUT with If-None-Match: * creates an item at an id that the client chose
    live: bool = False  # changes are sent over WebSocket to whoever may list the items (docs/live.md)
    scopes: str = ""  # what the scopes of its tokens begin with, <scopes>/read; the path, unless resources share them
    requires_if_match: bool = False  # PUT, PATCH and DELETE must state the version they change (If-Match)
    migrate: Callable[[dict[str, Any]], dict[str, Any]] | None = None  # of stored items, for `make migrate`

    def __post_init__(self) -> None:
        """Refuse a model that lacks what every resource needs."""
        if problems := [*self._problems()]:
            raise DeclarationError(f"{self.model.__name__} cannot be a resource: it needs {'; '.join(problems)}.")

    def _problems(self) -> Iterator[str]:
        if not PATH.fullmatch(self.path):
            yield "a path of small letters, digits and dashes that is not health or live"
        if self.scopes and not PATH.fullmatch(self.scopes):
            yield "scopes like a path: small letters, digits and dashes"
        yield from self._problems_of_operations()
        yield from self._problems_of_counters()
        if not set(self.access.values()) <= set(ACCESSES):
            yield f"access that is {', '.join(ACCESSES)}"
        yield from self._problems_of_model()
        if self.live and self.access_of("list") in (None, "iam"):
            yield "a list that is public or for tokens, to be live"
        if not self.shared_max_age.keys() <= {name for name in READS if self.access_of(name) == "public"}:
            yield f"shared_max_age of its public reads only: {', '.join(READS)}"
        if not all(1 <= seconds <= MAX_SHARED_AGE for seconds in self.shared_max_age.values()):
            yield f"shared_max_age from 1 to {MAX_SHARED_AGE} seconds"
        if self.owned:
            yield from self._problems_of_owned()
        if self.files:
            yield from self._problems_of_files()

    def _problems_of_model(self) -> Iterator[str]:
        """Yield what the model of any resource lacks."""
        schema = self.model.schema
        if not all(attribute.examples for attribute in schema.attributes.values() if attribute.required):
            yield "examples=(...) of each required attribute, for its documents and tests"
        if not schema.hash or schema.hash.codec.tag != "S" or schema.sort:
            yield "a key() that is text, and no sort key"
        elif not schema.hash.default_factory:
            yield "a default_factory of its key(), as uuid7; clients choose ids by PUT, with client_ids=True"
        if not schema.version:
            yield "a version(), for ETags"
        if "list" in self.named and not schema.sharded and not self.owned:
            yield "a ShardedIndex, for lists"
        if "list" in self.named and (taken := sorted(self.filters.keys() & {*PARAMETERS})):
            yield f"no index by {', '.join(taken)}: {', '.join(PARAMETERS)} are parameters of every list"
        if schema.ttl and schema.ttl.stored != EXPIRES:
            yield f"its ttl() stored as {EXPIRES}"
        if any(one.refers.schema.owner for one in schema.references):
            yield "no reference to items that have owners, whose refusal tells that others have the item"

    def _problems_of_operations(self) -> Iterator[str]:
        """Yield what is wrong with its operations together; each was checked by itself."""
        if not isinstance(self.operations, tuple) or not self.operations:
            yield "a tuple of operations, as (*CRUD, CANCEL)"
        if len(self.named) < len(self.operations):
            yield "operations of different names (the last part of their modules)"
        if len({(one.method, one.path) for one in self.operations}) < len(self.operations):
            yield "operations of different methods or paths"
        models = [model for one in self.operations for model in (one.body, one.returns) if isinstance(model, type)]
        if not all(one.examples for model in models for one in model.schema.attributes.values() if one.required):
            yield "examples=(...) of each required attribute of its operations' bodies and responses"
        if not self.access.keys() <= self.named.keys():
            yield f"access by {', '.join(self.named)}"

    def _problems_of_counters(self) -> Iterator[str]:
        """Yield what is wrong with the attributes that are declared as counters."""
        attributes = self.model.schema.attributes
        if wrong := [name for name in self.counters if attributes[name].codec.type not in (int, Decimal)]:
            yield f"counters that are numbers, which {', '.join(wrong)} is not"

    def _problems_of_owned(self) -> Iterator[str]:
        """Yield what an owned resource lacks so that no caller learns anything about the items of others."""
        schema = self.model.schema
        if "list" in self.named and not schema.indexes:
            yield "an Index by its owner, for lists"
        if any(schema.owner not in index.hash for index in schema.indexes.values()):
            yield "no index but by its owner"
        if schema.unique:
            yield "no unique attributes, whose refusal tells that others have the value"
        if self.client_ids:
            yield "no client_ids, for the same reason"
        if "public" in map(self.access_of, self.named):
            yield "no public routes: an owned resource needs an authenticated caller"

    def _problems_of_files(self) -> Iterator[str]:
        """Yield what a resource with files lacks so that an upload finds the item that it was asked for."""
        schema = self.model.schema
        if not schema.created_at:
            yield "a created_at(), for files"
        if self.client_ids and schema.hash and not 0 < (schema.hash.rules.max_length or 0) <= MAX_ID_LENGTH:
            yield f"a key() of max_length {MAX_ID_LENGTH} at most, for files"

    @cached_property
    def named(self) -> Mapping[str, Operation]:
        """The operations by their names."""
        return {operation.name: operation for operation in self.operations}

    def access_of(self, operation: str) -> Access | None:
        """Return the access of an operation; None if the resource has no such operation."""
        declared = self.named.get(operation)
        return self.access.get(operation, declared.access) if declared else None

    @cached_property
    def owned(self) -> bool:
        """True if the model declares an owner(): each item belongs to its creator, and nobody else sees it."""
        return self.model.schema.owner is not None

    @cached_property
    def counters(self) -> tuple[str, ...]:
        """The attributes declared as counters: POST /{resource}/{id}/{counter} adds to them and subtracts from them."""
        declared = self.model.schema.attributes.values()
        return tuple(attribute.name for attribute in declared if attribute.metadata.get("counter"))

    @cached_property
    def files(self) -> tuple[str, ...]:
        """The attributes declared as files: POST /{resource}/{id}/{file} asks for an upload, DELETE removes it."""
        declared = self.model.schema.attributes.values()
        return tuple(attribute.name for attribute in declared if "file" in attribute.metadata)

    @cached_property
    def list_indexes(self) -> tuple[ListIndex, ...]:
        """The indexes, in their order, as lists use them."""
        owner = self.model.schema.owner
        return tuple(
            ListIndex(
                index,
                filters=tuple(part.name for part in index.hash if part is not owner),
                sorts=tuple(part.name for part in index.sort),
            )
            for index in self.model.schema.indexes.values()
        )

    @cached_property
    def filters(self) -> Mapping[str, Attr[Any]]:
        """The parameters that a list can be filtered by, as its indexes serve them, with their attributes."""
        return dict(parameter for index in self.list_indexes for parameter in index.parameters)

    @cached_property
    def version(self) -> Path[int]:
        """The attribute that counts an item's writes."""
        version: Attr[int] = self.model.schema.version  # type: ignore[assignment] # _problems() saw that it is there
        return version.path

    @cached_property
    def created_at(self) -> Path[datetime | None]:
        """The attribute that tells an item from a later one at the same id; a resource with files has it."""
        created_at: Attr[datetime | None] = self.model.schema.created_at  # type: ignore[assignment] # likewise
        return created_at.path

    @cached_property
    def key(self) -> str:
        """The name of the attribute that is the id."""
        return self.model.schema.hash.name  # type: ignore[union-attr] # likewise

    @property
    def construct_id(self) -> str:
        """The name of the resource's constructs. It is part of the logical ids of what holds data."""
        return construct_id(self.path)

    @property
    def scope_prefix(self) -> str:
        """The beginning of the scopes of its tokens."""
        return self.scopes or self.path

    def href(self, item: Model) -> str:
        """Return the address of an item, relative to its collection's: without host name, stage and base path."""
        return f"{self.path}/{self.segment(item)}"

    def segment(self, item: Model) -> str:
        """Return the id of an item as a segment of an address."""
        return quote(getattr(item, self.key), safe="")

    def with_id(self, item: Model, key: str) -> Model:
        """Return the item at an id that a client chose."""
        setattr(item, self.key, key)
        return item

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
    """Import the module and return the one Resource that it declares. Raises DeclarationError if it does not."""
    declared = [value for value in vars(import_module(module)).values() if isinstance(value, Resource)]
    if len(declared) != 1 or declared[0].module != module:
        raise DeclarationError(
            f"{module} must declare one Resource and its model; it declares {len(declared)} resources."
        )
    return declared[0]
