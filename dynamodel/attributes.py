"""Attributes of a model: their rules, their storage and their roles."""

import operator as operators
import os
import re
import time
from collections.abc import Callable, Mapping
from copy import copy
from datetime import UTC, datetime
from decimal import Decimal
from functools import cached_property
from typing import TYPE_CHECKING, Any, Literal, NamedTuple, TypedDict, Unpack, overload
from uuid import UUID

from .codec import Codec, Instants, Value, codec
from .errors import DeclarationError
from .expressions import Operator, Path

MISSING: Any = object()
type Role = Literal["plain", "hash", "sort", "created_at", "updated_at", "version", "owner", "ttl"]
type Projection = Literal["all", "keys"] | tuple[Any, ...]


class Rules(NamedTuple):
    """The rules of a value: bounds of numbers and times, lengths, a pattern, a check of your own.

    `pattern` must match the whole text. `check` receives the value and raises ValueError with a message if it is wrong.
    `each` holds the rules of the members of a list, set or map.
    """

    ge: Any = None
    gt: Any = None
    le: Any = None
    lt: Any = None
    multiple_of: int | None = None
    min_length: int | None = None
    max_length: int | None = None
    pattern: str | None = None
    decimal_places: int | None = None
    max_digits: int | None = None
    check: Callable[[Any], Any] | None = None
    each: "Rules | None" = None

    @property
    def items(self) -> "Rules":
        """The rules of the members."""
        return self.each or NO_RULES


NO_RULES = Rules()
_BY_STORE = ("created_at", "updated_at", "version", "owner")


BOUNDS: dict[str, tuple[Operator, Callable[[Any, Any], bool]]] = {
    "ge": (">=", operators.ge),
    "gt": (">", operators.gt),
    "le": ("<=", operators.le),
    "lt": ("<", operators.lt),
}


class AttrOptions(TypedDict, total=False):
    """The options of every attribute: those of Rules, and these.

    stored: its name in DynamoDB; stored_as: "iso", "seconds" or "milliseconds" for a datetime
    save, load: conversions of the value on its way to and from DynamoDB; same type on both sides
    unique: no two items hold the same value; kept by a marker item in the same transaction
    read_only: callers' JSON may not set it
    title, description, examples, metadata: for JSON Schema, and for whoever reads the declaration
    """

    ge: Any
    gt: Any
    le: Any
    lt: Any
    multiple_of: int
    min_length: int
    max_length: int
    pattern: str
    decimal_places: int
    max_digits: int
    check: Callable[[Any], Any]
    each: Rules
    stored: str
    stored_as: Instants
    save: Callable[[Any], Any]
    load: Callable[[Any], Any]
    unique: bool
    read_only: bool
    title: str
    description: str
    examples: tuple[Any, ...]
    metadata: Mapping[str, Any]


class Attr[T]:
    """One attribute: an expression on the class (`Product.price >= 10`), its value on an item (`product.price`).

    The functions below make it, each for a role; AttrOptions explains the options.
    """

    name: str
    model: type[Any]
    codec: Codec
    encode: Callable[[Any], Value]
    decode: Callable[[Value], Any]
    path: Path[Any]
    refers: Any = None  # the model that it is a reference to
    cascade = False

    def __init__(
        self,
        role: Role,
        *,
        default: Any = MISSING,
        default_factory: Callable[[], Any] | None = None,
        derive: Callable[[Any], Any] | None = None,
        derive_of: tuple[Any, ...] = (),
        stored: str = "",
        stored_as: Instants = "iso",
        save: Callable[[Any], Any] | None = None,
        load: Callable[[Any], Any] | None = None,
        unique: bool = False,
        read_only: bool | None = None,
        title: str | None = None,
        description: str | None = None,
        examples: tuple[Any, ...] = (),
        metadata: Mapping[str, Any] | None = None,
        **rules: Any,
    ) -> None:
        try:
            self.rules = Rules(**rules)
        except TypeError:
            unknown = rules.keys() - set(Rules._fields)
            raise DeclarationError(f"an attribute has no option {', '.join(sorted(unknown))}") from None
        if __debug__:
            re.compile(self.rules.pattern or "")
            if not isinstance(examples, tuple | list):
                raise DeclarationError(f"examples must be a tuple: examples=({examples!r},)")
        self.origin: Attr[Any] = self  # of an attribute that a subclass narrows: that of the base class
        self.role, self.default, self.default_factory = role, default, default_factory
        self.derive, self.derive_of = derive, derive_of
        self.stored, self.stored_as, self.save, self.load = stored, stored_as, save, load
        self.unique, self.title, self.description = unique, title, description
        self.examples, self.metadata = examples, metadata or {}
        self.by_store = role in _BY_STORE or derive is not None
        store_makes_key = role == "hash" and default_factory is not None
        self.read_only = (self.by_store or store_makes_key) if read_only is None else read_only

    @property
    def optional(self) -> bool:
        """True if None is a value of it; None is stored as no attribute at all."""
        return self.codec.nullable

    @cached_property
    def required(self) -> bool:
        """True if callers must provide a value."""
        return not (self.read_only or self.has_default)

    @cached_property
    def has_default(self) -> bool:
        """True if it has a value when callers provide none."""
        return self.default is not MISSING or self.default_factory is not None

    def make_default(self) -> Any:
        """Return the default value, a new one each time where there is a factory."""
        return self.default_factory() if self.default_factory else self.default

    def bind(self, model: type[Any], name: str, annotation: Any) -> None:
        """Attach the attribute to its model; called when the class is defined."""
        if hasattr(self, "model"):
            raise DeclarationError(f"{model.__name__}.{name} is the same object as {self.model.__name__}.{self.name}")
        self.model, self.name, self.stored = model, name, self.stored or name
        try:
            self.codec = raw = codec(annotation, self.stored_as)
        except DeclarationError as error:
            raise DeclarationError(f"{model.__name__}.{name}: {error}") from None
        save, load = self.save, self.load
        self.encode = raw.encode if save is None else lambda value: raw.encode(save(value))
        self.decode = raw.decode if load is None else lambda stored: load(raw.decode(stored))
        self.path = Path((self,), raw, self.rules)

    def never_empty(self, model: type[Any]) -> "Attr[T]":
        """Return the attribute as a key, which is never empty text; one that is inherited is narrowed here alone."""
        if self.codec.type not in (str, bytes) or self.rules.min_length:
            return self
        if self.default in ("", b""):
            raise DeclarationError(f"{model.__name__}.{self.name}: the default is empty, which no key may be")
        one = self if self.model is model else copy(self)
        one.rules = self.rules._replace(min_length=1)
        one.path = Path((one,), one.codec, one.rules)
        setattr(model, one.name, one)
        return one

    def __eq__(self, other: object) -> bool:
        """Return whether it is the same attribute, narrowed by a subclass or not."""
        return isinstance(other, Attr) and self.origin is other.origin

    def __hash__(self) -> int:
        return id(self.origin)

    @overload
    def __get__(self: "Attr[Decimal]", instance: None, owner: type) -> Path[Decimal | int]: ...
    @overload
    def __get__(self: "Attr[Decimal | None]", instance: None, owner: type) -> Path[Decimal | int | None]: ...
    @overload
    def __get__(self, instance: None, owner: type) -> Path[T]: ...
    @overload
    def __get__(self, instance: object, owner: type) -> T: ...
    def __get__(self, instance: object, owner: type) -> Any:
        """Return the path; values lie in the instance's own dictionary, where Python looks first."""
        if instance is None:
            return self.path
        raise AttributeError(f"{self.name} of this {owner.__name__} was not read: the projection left it out")

    if TYPE_CHECKING:  # no __set__ when running: Python then reads and writes values without calling us

        def __set__(self, instance: object, value: T) -> None: ...


def attr(
    *, default: Any = MISSING, default_factory: Callable[[], Any] | None = None, **options: Unpack[AttrOptions]
) -> Any:
    """Declare an attribute.

    Args:
        default: the value when callers provide none.
        default_factory: a function that makes that value, anew each time.
        **options: those of AttrOptions: rules, storage, and texts for readers.
    """
    return Attr("plain", default=default, default_factory=default_factory, **options)


def key(
    *, default: Any = MISSING, default_factory: Callable[[], Any] | None = None, **options: Unpack[AttrOptions]
) -> Any:
    """Declare the hash (partition) key. With a default_factory it is the store's: callers' JSON may not set it."""
    return Attr("hash", default=default, default_factory=default_factory, **options)


def sort_key(
    *, default: Any = MISSING, default_factory: Callable[[], Any] | None = None, **options: Unpack[AttrOptions]
) -> Any:
    """Declare the sort key."""
    return Attr("sort", default=default, default_factory=default_factory, **options)


def ttl(
    *, default: Any = MISSING, default_factory: Callable[[], Any] | None = None, **options: Unpack[AttrOptions]
) -> Any:
    """Declare the time after which DynamoDB deletes the item, and no read shows it; stored in epoch seconds."""
    options["stored_as"] = "seconds"
    return Attr("ttl", default=default, default_factory=default_factory, **options)


# Type checkers learn from `init` that these are no arguments of the constructor.


def created_at(*, init: Literal[False] = False, **options: Unpack[AttrOptions]) -> Any:  # noqa: ARG001
    """Declare the time of creation, set by create and put, kept by update and replace."""
    return Attr("created_at", **options)


def updated_at(*, init: Literal[False] = False, **options: Unpack[AttrOptions]) -> Any:  # noqa: ARG001
    """Declare the time of the last write."""
    return Attr("updated_at", **options)


def version(*, init: Literal[False] = False, **options: Unpack[AttrOptions]) -> Any:  # noqa: ARG001
    """Declare the number of writes: 0 before the first. A put is refused if the stored one differs."""
    options.setdefault("ge", 0)
    return Attr("version", **options)


def owner(*, init: Literal[False] = False, **options: Unpack[AttrOptions]) -> Any:  # noqa: ARG001
    """Declare the owner of the item: text, set when it is created through `Table.owned_by`, and never changed."""
    return Attr("owner", **options)


def derived(
    function: Callable[[Any], Any],
    *of: Any,
    init: Literal[False] = False,  # noqa: ARG001
    **options: Unpack[AttrOptions],
) -> Any:
    """Declare an attribute computed from the item on each write.

    Args:
        function: computes the value from the item.
        *of: the attributes it uses. An update that touches one of them (any, if none are named) reads the item first.
        init: always False: it is no argument of the constructor.
        **options: those of AttrOptions.
    """
    return Attr("plain", derive=function, derive_of=of, **options)


def reference(
    model: type[Any],
    *,
    on_delete: Literal["refuse", "cascade"] = "refuse",
    default: Any = MISSING,
    **options: Unpack[AttrOptions],
) -> Any:
    """Declare the key of an item of another model, which must exist, and cannot be deleted while it is referred to.

    Args:
        model: the model of the item that is referred to.
        on_delete: "refuse" to delete an item that is referred to, or "cascade": delete the items that refer to it, too.
        default: None, if the attribute is optional.
        **options: those of AttrOptions. It needs an Index that has the attribute as its hash key.
    """
    if not hasattr(model, "schema"):
        raise DeclarationError(f"reference({model!r}): pass the class of the model that is referred to")
    if on_delete not in ("refuse", "cascade"):
        raise DeclarationError(f'reference(on_delete={on_delete!r}): use "refuse" or "cascade"')
    made: Attr[Any] = Attr("plain", default=default, **options)
    made.refers, made.cascade = model, on_delete == "cascade"
    return made


class Index:
    """A secondary index: global, or local (the table's hash key, strong reads) on request.

    Each key of a global one is an attribute, or a tuple of up to four. `project` is "all", "keys", or the attributes to
    copy; `name` is DynamoDB's, if it differs from Python's. An item without the key attributes is not in the index.
    """

    sharded = False
    shards = 1
    hash: tuple[Attr[Any], ...]  # known when the class is defined, as is `sort`
    sort: tuple[Attr[Any], ...]

    def __init__(
        self,
        hash: Any = None,  # noqa: A002
        sort: Any = None,
        *,
        local: bool = False,
        project: Projection = "all",
        name: str = "",
    ) -> None:
        self.given, self.local, self.project, self.name = (hash, sort), local, project, name

    def __set_name__(self, owner: type, name: str) -> None:
        self.name = self.name or name

    @cached_property
    def shard_name(self) -> str:
        """Name of the stored attribute that says which shard an item is in."""
        return f"{self.name}_shard"


class ShardedIndex(Index):
    """All items in order of `sort`, in one partition, or spread over `shards` of them.

    A page reads every shard once, so one shard is the cheapest; it takes 1,000 writes a second of items up to 1 KB.
    The number may grow over items that are stored: those stay where they are and are found there. It must not shrink.
    """

    sharded = True

    def __init__(self, *, sort: Any, shards: int = 1, project: Projection = "all", name: str = "") -> None:
        if type(shards) is not int or shards < 1:
            raise DeclarationError(f"ShardedIndex(shards={shards!r}): shards must be a whole number, at least 1")
        super().__init__(None, sort, project=project, name=name)
        self.shards = shards


def now() -> datetime:
    """Return the time, in UTC."""
    return datetime.now(UTC)


def uuid7() -> str:
    """Return a UUID version 7: order of text is order of time, to about 250 ns.

    RFC 9562, section 6.2 method 3: the 12 bits after the milliseconds hold their fraction, the other 62 are random.
    """
    milliseconds, rest = divmod(time.time_ns(), 1_000_000)
    fraction = rest * 4096 // 1_000_000
    random = int.from_bytes(os.urandom(8)) & (1 << 62) - 1
    return str(UUID(int=milliseconds << 80 | 7 << 76 | fraction << 64 | 2 << 62 | random))
