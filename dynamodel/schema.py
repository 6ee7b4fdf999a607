"""The facts that a model declares, compiled when its class is defined, and read by tables, templates and documents."""

from collections import ChainMap
from collections.abc import Callable, Container, Mapping
from functools import cached_property
from types import NoneType
from typing import Any, Literal
from zlib import crc32

from . import declaration
from .attributes import MISSING, Attr, Index, Role, now
from .codec import EPOCH, Unstorable, Value, item_size, size
from .errors import Invalid, Unreadable, Violation
from .repeats import TOKENS

RESERVED = "$dynamodel#"  # keys that begin so are ours: markers of unique values, items of hidden models
HASH_BYTES, SORT_BYTES = 2048, 1024

type Keys = tuple[tuple[str, str], ...]  # stored name and type ("S", "N", "B") of hash and sort key


class Schema[M]:
    """The facts of one model.

    stored: the name of the model in keys of our own, that of the class if it was not renamed
    attributes: by name; hash, sort, ttl, version, owner, created_at, updated_at: the attribute with that role, if any
    unique: the attributes no two items share; references: those that refer to other items
    indexes: by name, own_indexes without those of a model above; sharded: those over shards
    primary: the table itself, as an index that has no name
    keys: stored name and DynamoDB type ("S", "N", "B") of the table's hash key and, if declared, sort key
    needed: stored names of what tells whether, and as which model, an item is shown
    tag, tag_field: what tells this model from others; by_tag: the schemas of the models below, and its own
    """

    def __init__(
        self, model: type[M], tag: str | None, tag_field: str | None, undeclared: Any, hidden: bool, stored: str
    ) -> None:
        inherited = _inherited(model)
        above = next(iter(inherited), None)
        self.model, self.name, self.stored = model, model.__name__, stored or model.__name__
        self.tag = tag
        self.tag_field: str | None = tag_field or (above.tag_field if above else None)
        self.undeclared: str = undeclared or (above.undeclared if above else "keep")
        self.prefix = f"{RESERVED}{self.stored}#" if hidden else ""
        self.attributes: dict[str, Attr[Any]] = declaration.attributes(model)
        self.hash, self.sort, self.ttl = self._role("hash"), self._role("sort"), self._role("ttl")
        self.created_at, self.updated_at = self._role("created_at"), self._role("updated_at")
        self.version, self.owner = self._role("version"), self._role("owner")
        self.unique = tuple(one for one in self.attributes.values() if one.unique)
        self.references = tuple(one for one in self.attributes.values() if one.refers)
        self.referrers: list[Attr[Any]] = []  # the attributes of other models that refer to this one
        self.derived = tuple(one for one in self.attributes.values() if one.derive)
        self.rules = tuple(name for name in dir(model) if hasattr(getattr(model, name, None), "rule_of"))
        self.own_indexes = declaration.indexes(model, self.hash)
        self.indexes: Mapping[str, Index] = dict(ChainMap(self.own_indexes, *(one.own_indexes for one in inherited)))
        self.sharded = tuple(index for index in self.indexes.values() if index.sharded)
        self.primary = Index(local=True)
        self.primary.hash, self.primary.sort = _given(self.hash), _given(self.sort)
        self._parts = (*self.primary.hash, *self.primary.sort)
        self.keys: Keys = self.index_keys(self.primary)

    def _role(self, role: Role) -> Attr[Any] | None:
        return next((one for one in self.attributes.values() if one.role == role), None)

    def compile(self) -> None:
        """Prepare what reads and writes need, once the declaration is known to be right."""
        for one in self.attributes.values():
            if one.model is self.model and one.default not in (MISSING, None, frozenset()):
                one.default = one.decode(one.encode(one.default))  # to the form that is read back
        for one in _given(*self._parts, self.owner):
            one.never_empty(one.model)
        for index in self.own_indexes.values():
            index.hash, index.sort = self._as_keys(index.hash), self._as_keys(index.sort)
        if self.hash and self.prefix:
            _hide(self.hash, self.prefix)
        attributes = self.attributes.values()
        self._encoders = tuple((one.name, one.stored, one.encode, one.codec.kind == "set") for one in attributes)
        self._decoders = tuple(
            (one.name, one.stored, one.decode, _empty_type(one), _when_absent(one)) for one in attributes
        )
        shards = (index.shard_name for index in self.sharded)
        self._own = {self.tag_field, *shards, *(one.stored for one in attributes)}
        telling = [one.stored for one in _given(self.ttl, self.owner)]
        self.needed = (*telling, self.tag_field) if self.tag_field else tuple(telling)
        self.tagged = {str(self.tag_field): {"S": self.tag}} if self.tag else {}
        self._join_family()
        for one in self.references:
            if one.model is self.model:
                one.refers.schema.referrers.append(one)

    def _as_keys(self, parts: tuple[Attr[Any], ...]) -> tuple[Attr[Any], ...]:
        self.attributes |= {one.name: one.never_empty(self.model) for one in parts}
        return tuple(self.attributes[one.name] for one in parts)

    def _join_family(self) -> None:
        """Make a tagged model known to those above it, which read its items."""
        self.by_tag: dict[str, Schema[Any]] = {}
        for model in self.model.__mro__ if self.tag else ():
            above = self if model is self.model else model.__dict__.get("schema")
            if above is not None:
                above.by_tag[str(self.tag)] = self
                above.unique = tuple(dict.fromkeys((*above.unique, *self.unique)))

    def fill(self, item: M, given: dict[str, Any]) -> None:
        """Set the attributes of a new item: the given values, else defaults, else the store's initial values."""
        settable = {name: one for name, one in self.attributes.items() if not one.by_store}
        unknown = sorted(given.keys() - settable.keys())
        wrong = [Violation((name,), "is not an argument of the constructor", given[name]) for name in unknown]
        lacking = [name for name, one in settable.items() if name not in given and not one.has_default]
        if wrong or lacking:
            raise Invalid([*wrong, *(Violation((name,), "is required") for name in lacking)])
        time = now()
        starts = {"version": 0, "owner": "", "created_at": time, "updated_at": time}
        for name, one in self.attributes.items():
            if name in given:
                item.__dict__[name] = given[name]
            elif one.has_default or one.role in starts:
                item.__dict__[name] = one.make_default() if one.has_default else starts[one.role]
        if self.derived:
            self.derive(item)

    @cached_property
    def defaults(self) -> dict[str, Any]:
        """The values that attributes have where none is given, without those that are made by a function."""
        return {name: one.default for name, one in self.attributes.items() if one.default is not MISSING}

    def derive(self, item: M) -> None:
        """Compute the derived attributes."""
        for one in self.derived:
            item.__dict__[one.name] = one.derive and one.derive(item)

    def reads_before(self, changed: Attr[Any]) -> bool:
        """Return whether a change of an attribute affects others: a unique value, a derived attribute, a rule."""
        concerned = [getattr(self.model, name).rule_of for name in self.rules] + [one.derive_of for one in self.derived]
        return bool(changed.unique or changed.refers) or any(
            not of or changed in map(declaration.attribute, of) for of in concerned
        )

    @property
    def reads_to_patch(self) -> bool:
        """True if the changes of `parse_patch` may need the stored item first, so that they take a GetItem as well."""
        writable = [one for one in self.attributes.values() if not one.read_only]
        return any(self.reads_before(one) or one.codec.kind in ("model", "map") for one in writable)

    def encode(self, item: M) -> dict[str, Value]:
        """Encode an item for DynamoDB, with the attributes it was read with that the model does not name.

        Raises:
            Invalid: DynamoDB has no room for a value.
            TypeError: the item was read in part.
        """
        values, raw, name, value = item.__dict__, dict[str, Value](), "", None
        try:
            for name, stored, encode, is_set in self._encoders:
                value = values[name]
                if value is not None and (value or not is_set):
                    raw[stored] = encode(value)
        except KeyError as error:
            raise TypeError(f"{self.name}.{name} was not read: an item read in part cannot be written") from error
        except Unstorable as error:
            raise Invalid([Violation((name,), str(error), value)]) from error
        if self.tag:
            raw[str(self.tag_field)] = {"S": self.tag}
        if before := values.get("_stored"):
            raw.update((name, before[name]) for name in before.keys() - self._own)
        return raw | self.shards(raw) if self.sharded else raw

    def decode(self, raw: dict[str, Value], read: Container[str] | None = None) -> M:
        """Decode a stored item.

        Args:
            raw: the attributes that DynamoDB holds.
            read: names of the projected attributes, if not all.

        Raises:
            Unreadable: the stored item does not fit the model.
        """
        name, schema = str(self.tag_field), self
        try:
            if self.by_tag and self.tag_field in raw:
                schema = self.by_tag[raw[self.tag_field]["S"]]
            item = object.__new__(schema.model)
            values = item.__dict__
            for name, stored, decode, empty, when_absent in schema._decoders:
                if stored in raw:
                    values[name] = decode(raw[stored])
                elif read is None or stored in read:
                    values[name] = empty() if empty else when_absent(item)
            if self.undeclared == "refuse" and (unknown := raw.keys() - schema._own - {*TOKENS}):
                raise ValueError(f"undeclared attributes {', '.join(sorted(unknown))}")
        except (LookupError, ValueError, TypeError, ArithmeticError, AttributeError) as error:
            raise Unreadable(self.name, self.readable_key(raw), name, raw, repr(error)) from error
        values["_stored"] = raw
        return item

    def readable_key(self, raw: Mapping[str, Value]) -> dict[str, Any]:
        """Return the key of a stored item by name; a part that cannot be decoded as it is stored."""
        key: dict[str, Any] = {}
        for one in self._parts:
            try:
                key[one.name] = one.decode(raw[one.stored])
            except (LookupError, ValueError, TypeError, ArithmeticError):
                key[one.name] = raw.get(one.stored)
        return key

    # Keys

    def index_keys(self, index: Index) -> Keys:
        """Return what `keys` says of the table, of an index: its shard counts as a hash key."""
        shard = ((index.shard_name, "N"),) if index.sharded else ()
        return *shard, *((part.stored, part.codec.tag) for part in (*index.hash, *index.sort))

    @cached_property
    def positions(self) -> Mapping[str, tuple[str, ...]]:
        """The names of the attributes that make a position, by the name of the index; that of the table is empty."""
        return {
            index.name: tuple(dict.fromkeys(name for name, _ in (*self.index_keys(index), *self.keys)))
            for index in (self.primary, *self.indexes.values())
        }

    def projection(self, index: Index) -> Literal["ALL", "KEYS_ONLY"] | tuple[str, ...]:
        """Return the projection of an index: "ALL", "KEYS_ONLY" or the stored names."""
        if isinstance(index.project, tuple):
            return tuple(dict.fromkeys((*(declaration.attribute(one).stored for one in index.project), *self.needed)))
        return "ALL" if index.project == "all" else "KEYS_ONLY"

    def key(self, given: Any) -> dict[str, Value]:
        """Return DynamoDB's key.

        Args:
            given: the value of the hash key, a pair (hash, sort), or an item.

        Raises:
            Invalid: no key has such a value.
            TypeError: it lacks a part of the key.
        """
        if isinstance(given, self.model):
            given = self.key_values(given)
        values = given if isinstance(given, tuple) else (given,)
        if len(values) != len(self._parts):
            names = ", ".join(one.name for one in self._parts) or "there is none: it is a part of other models"
            raise TypeError(f"the key of {self.name} is ({names}), not {given!r}")
        return {one.stored: self._key_part(one, value) for one, value in zip(self._parts, values, strict=True)}

    def key_values(self, item: M) -> tuple[Any, ...]:
        """Return the values of an item's key."""
        return tuple(item.__dict__[one.name] for one in self._parts)

    def _key_part(self, one: Attr[Any], value: Any) -> Value:
        try:
            encoded = one.encode(value)
        except (ValueError, TypeError, AttributeError, LookupError) as error:
            raise Invalid([Violation((one.name,), f"is not a valid key: {error}", value)]) from error
        self._check_part(one, encoded, value)
        return encoded

    def _check_part(self, one: Attr[Any], encoded: Value, value: Any) -> None:
        check_key(one, encoded, HASH_BYTES if one is self.hash else SORT_BYTES)
        if one is self.hash and not self.prefix and encoded.get("S", "").startswith(RESERVED):
            raise Invalid([Violation((one.name,), f"begins with {RESERVED}, which is reserved", value)])

    def check_keys(self, item: M, raw: Mapping[str, Value]) -> None:
        """Refuse an item whose keys, of the table or an index, are empty or too long."""
        for one in self._parts:
            self._check_part(one, raw[one.stored], item.__dict__[one.name])
        for index in self.indexes.values():
            for parts, most in ((index.hash, HASH_BYTES), (index.sort, SORT_BYTES)):
                held = [(one, raw[one.stored]) for one in parts if one.stored in raw]
                for one, value in held:
                    check_key(one, value, most)
                if len(held) == len(parts) > 1 and _exceed([value for _, value in held], most):
                    names = " and ".join(one.name for one in parts)
                    raise Invalid(
                        [
                            Violation((one.name,), f"is not a valid key: {names} have more than {most} bytes")
                            for one in parts
                        ]
                    )

    def shards(self, key: Mapping[str, Value]) -> dict[str, Value]:
        """Return the stored shard attributes of the item at a key; they depend on the key alone, so never change."""
        place = crc32(repr([next(iter(key[name].values())) for name, _ in self.keys]).encode())
        return {index.shard_name: {"N": str(place % index.shards)} for index in self.sharded}

    def local_copies(self, raw: Mapping[str, Value]) -> int:
        """Return the bytes of an item's copies in local indexes, which count towards its size."""
        total = 0
        for index in self.indexes.values():
            if index.local and index.sort[0].stored in raw:
                copied = self.projection(index)
                keys = {name for name, _ in (*self.keys, *self.index_keys(index))}
                held = raw.keys() if copied == "ALL" else keys | set(copied if isinstance(copied, tuple) else ())
                total += item_size({name: raw[name] for name in held if name in raw})
        return total

    # What follows from it

    def create_table(self, name: str, **options: Any) -> dict[str, Any]:
        """Return the arguments of CreateTable.

        Args:
            name: of the table.
            **options: more arguments of CreateTable; billing is on demand otherwise.
        """
        types, kinds = dict(self.keys), dict[str, list[dict[str, Any]]]()
        for index in self.indexes.values():
            keys, projection = self.index_keys(index), self.projection(index)
            copied: dict[str, Any] = {"ProjectionType": projection}
            if isinstance(projection, tuple):
                copied = {"ProjectionType": "INCLUDE", "NonKeyAttributes": list(projection)}
            kind = "LocalSecondaryIndexes" if index.local else "GlobalSecondaryIndexes"
            made = {"IndexName": index.name, "KeySchema": _key_schema(keys, len(index.hash)), "Projection": copied}
            kinds.setdefault(kind, []).append(made)
            types |= dict(keys)
        defined = [{"AttributeName": one, "AttributeType": kind} for one, kind in types.items()]
        table = {"TableName": name, "AttributeDefinitions": defined, "KeySchema": _key_schema(self.keys)}
        return {**table, "BillingMode": "PAY_PER_REQUEST", **kinds, **options}

    def json_schema(self, purpose: Literal["create", "replace", "patch", "stored"] = "stored") -> dict[str, Any]:
        """Return a JSON Schema (2020-12).

        Args:
            purpose: that of a body: create, replace or patch; or "stored", for what `to_json` returns.
        """
        from .jsonschema import model_schema

        return model_schema(self, purpose)


def _exceed(values: list[Value], most: int) -> bool:
    """Return whether the parts of a key are too long together; they are counted only where characters are many."""
    return 4 * sum([len(*value.values()) for value in values]) > most < sum(map(size, values))


def check_key(one: Attr[Any], encoded: Value, most: int) -> None:
    """Refuse a value that no key may have: empty, longer than `most` bytes, or of another type."""
    ((tag, held),) = encoded.items()
    if not isinstance(held, bytes if tag == "B" else str):
        raise Invalid([Violation((one.name,), f"is not a valid key: it is {type(held).__name__}", held)])
    if tag != "N" and not 0 < len(held if isinstance(held, bytes) else held.encode()) <= most:
        raise Invalid([Violation((one.name,), f"is not a valid key: it must have 1 to {most} bytes", held)])


def _inherited(model: type[Any]) -> list[Schema[Any]]:
    """Return the schemas of the models that a class is derived from, the nearest first."""
    return [vars(base)["schema"] for base in model.__mro__[1:] if "schema" in vars(base)]


def _given(*attributes: Attr[Any] | None) -> tuple[Attr[Any], ...]:
    return tuple(one for one in attributes if one is not None)


def _key_schema(keys: Keys, hashes: int = 1) -> list[dict[str, str]]:
    kinds = ["HASH"] * max(hashes, 1) + ["RANGE"] * len(keys)  # a sharded index has its shard as hash key
    return [{"AttributeName": name, "KeyType": kind} for (name, _), kind in zip(keys, kinds, strict=False)]


def _empty_type(one: Attr[Any]) -> Callable[[], Any] | None:
    """Return the type of the value that is stored as no attribute, if there is one: None or an empty set."""
    if one.optional:  # whatever the default
        return NoneType
    kind: Callable[[], Any] = one.codec.type
    return kind if one.codec.kind == "set" else None  # DynamoDB has no empty set


def _when_absent(one: Attr[Any]) -> Callable[[Any], Any]:
    """Return the function that gives a value to an item that was stored without one."""
    if one.derive:
        return one.derive
    if one.role in _BEFORE:
        return lambda _: _BEFORE[one.role]
    if one.has_default and one.role not in ("hash", "sort"):
        return lambda _: one.make_default()
    return _refuse


# The values of an item that was stored before its model declared these.
_BEFORE: dict[str, Any] = {"version": 0, "owner": "", "created_at": EPOCH, "updated_at": EPOCH}


def _refuse(_: Any) -> Any:
    raise LookupError("nothing is stored")


def _hide(one: Attr[Any], prefix: str) -> None:
    encode, decode = one.encode, one.decode
    one.encode = lambda value: {"S": prefix + encode(value)["S"]}
    one.decode = lambda stored: decode({"S": stored["S"].removeprefix(prefix)})
