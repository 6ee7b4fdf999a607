"""The declaration that makes a model a resource of the API."""

from collections.abc import Callable, Iterator, Mapping, Set
from dataclasses import field
from datetime import datetime
from functools import cache, cached_property
from importlib import import_module
from typing import Any
from urllib.parse import quote

from dynamodel import Attr, DeclarationError, Index, Model, Path, to_json
from lambdas.rest.crud import CRUD
from lambdas.rest.operation import Access, Operation
from lambdas.runtime.declared import declared

EXPIRES = "_expires"  # the attribute that DynamoDB deletes items by (TTL), of every table
MAX_SHARED_AGE = 3600  # seconds that a shared cache may answer for a resource
RANGES = ("gt", "gte", "lt", "lte")


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
        """The combinations of parameters that it serves, as problems list them."""
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

    if __debug__:

        def __post_init__(self) -> None:
            """Refuse a model that lacks what every resource needs."""
            from lambdas.rest.checks import check_resource

            check_resource(self)

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
        return tuple(one.name for one in self.model.schema.attributes.values() if one.metadata.get("counter"))

    @cached_property
    def files(self) -> tuple[str, ...]:
        """The attributes declared as files: POST /{resource}/{id}/{file} requests an upload, DELETE removes it."""
        return tuple(one.name for one in self.model.schema.attributes.values() if "file" in one.metadata)

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
        return self.model.schema.version.path  # type: ignore[union-attr] # checks.py saw that it is there

    @cached_property
    def created_at(self) -> Path[datetime | None]:
        """The attribute that distinguishes an item from a later one with the same id; a resource with files has it."""
        return self.model.schema.created_at.path  # type: ignore[union-attr] # likewise

    @cached_property
    def key(self) -> str:
        """The name of the attribute that is the id."""
        return self.model.schema.hash.name  # type: ignore[union-attr] # likewise

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
