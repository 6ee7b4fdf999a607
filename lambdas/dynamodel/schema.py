"""What a model declares, checked and compiled when its class is defined, and read by tables, templates and documents."""

from collections.abc import Callable, Container, Iterator, Mapping
from inspect import get_annotations
from typing import TYPE_CHECKING, Any, ClassVar, Literal, get_args, get_origin
from zlib import crc32

from .attributes import MISSING, Attr, Index, Role, Rules, attr, now
from .codec import Unstorable, Value
from .errors import DeclarationError, Invalid, Unreadable, Violation
from .expressions import Path

if TYPE_CHECKING:
    from .model import Model

RESERVED = "$dynamodel#"  # keys that begin so are ours: markers of unique values, items of hidden models
KEY_BYTES = {"hash": 2048, "sort": 1024}
_KEY_TAGS = ("S", "N", "B")
_RULES_OF: dict[str, frozenset[str]] = {
    "S": frozenset({"min_length", "max_length", "pattern"}),
    "B": frozenset({"min_length", "max_length"}),
    "N": frozenset({"ge", "gt", "le", "lt", "multiple_of"}),
    "L": frozenset({"min_length", "max_length", "each"}),
    "M": frozenset({"min_length", "max_length", "each"}),
}


class Schema[M: "Model"]:
    """The facts of one model.

    keys: stored name and DynamoDB type ("S", "N", "B") of the table's hash key and, if declared, sort key
    attributes: by name; hash, sort, ttl, version, created_at, updated_at: the attribute with that role, if any
    unique: the attributes no two items share; indexes: by name, sharded: those over shards; tag, tag_field: what tells this model from others
    """

    def __init__(
        self,
        model: type[M],
        tag: str | None,
        tag_field: str | None,
        undeclared: Literal["keep", "refuse"] | None,
        hidden: bool,
    ) -> None:
        above = next((base.schema for base in model.__mro__[1:] if hasattr(base, "schema")), None)
        self.model, self.name = model, model.__name__
        self.tag, self.tag_field = tag, tag_field or (above.tag_field if above else None)
        self.undeclared = undeclared or (above.undeclared if above else "keep")
        self.attributes: Mapping[str, Attr[Any]] = _attributes(model)
        self.hash, self.sort = self._role("hash"), self._role("sort")
        self.ttl, self.version = self._role("ttl"), self._role("version")
        self.created_at, self.updated_at = self._role("created_at"), self._role("updated_at")
        self.unique = tuple(one for one in self.attributes.values() if one.unique)
        self.indexes: Mapping[str, Index] = dict(_indexes(model, self.hash))
        self.sharded = tuple(index for index in self.indexes.values() if index.shards > 1)
        self.keys = tuple((one.stored, one.codec.tag) for one in (self.hash, self.sort) if one)
        self.rules = tuple(name for name in dir(model) if hasattr(getattr(model, name, None), "rule_of"))
        self.derived = tuple(one for one in self.attributes.values() if one.derive)
        for one in (self.hash, self.sort, *(part for i in self.indexes.values() for part in (i.hash, i.sort))):
            if one is not None:
                one.never_empty()
        self._check()
        self.prefix = f"{RESERVED}{self.name}#" if hidden else ""
        if self.hash and hidden:
            _hide(self.hash, self.prefix)
        self._compile()

    def _role(self, role: Role) -> Attr[Any] | None:
        found = [one for one in self.attributes.values() if one.role == role]
        if len(found) > 1:
            raise DeclarationError(f"{self.name} has two {role} attributes: {found[0].name} and {found[1].name}")
        return found[0] if found else None

    def _check(self) -> None:
        for one in self.attributes.values():
            _check_attribute(self.name, one)
        taken = [one.stored for one in self.attributes.values()] + [i.shard_name for i in self.sharded]
        taken += [self.tag_field] if self.tag_field else []
        if clash := {name for name in taken if taken.count(name) > 1}:
            raise DeclarationError(f"{self.name}: several attributes are stored as {', '.join(sorted(clash))}")
        if self.tag and not self.tag_field:
            raise DeclarationError(f"{self.name} has a tag, but no tag_field to store it in")
        if self.sort and not self.hash:
            raise DeclarationError(f"{self.name} has a sort key, but no key")
        if self.unique and (not self.hash or self.hash.codec.tag != "S"):
            raise DeclarationError(f"{self.name}.{self.unique[0].name}: unique needs a text key, for its marker items")
        if self.unique and self.ttl:
            raise DeclarationError(f"{self.name}: items that expire would leave the markers of unique values behind")

    def _compile(self) -> None:
        every = self.attributes.values()
        self._encoders = tuple((one.name, one.stored, one.encode, one.codec.kind == "set") for one in every)
        self._decoders = tuple((one.name, one.stored, one.decode, _when_absent(one)) for one in every)
        self._own = frozenset(one.stored for one in every) | {index.shard_name for index in self.sharded}
        self._own |= {self.tag_field} if self.tag_field else set()
        self.by_tag: dict[str, Schema[Any]] = {}
        for model in self.model.__mro__:
            above = self if model is self.model else model.__dict__.get("schema")
            if self.tag and above is not None:
                above.by_tag[self.tag] = self

    def fill(self, item: M, given: dict[str, Any]) -> None:
        """Set the attributes of a new item: what is given, else defaults, else what the store starts with."""
        allowed = self.attributes.keys() - {one.name for one in self.attributes.values() if one.by_store}
        if unknown := given.keys() - allowed:
            raise TypeError(f"{self.name}() does not take {', '.join(sorted(unknown))}")
        values = item.__dict__
        time = now()
        starts = {"version": 0, "created_at": time, "updated_at": time}
        for name, one in self.attributes.items():
            if name in given:
                values[name] = given[name]
            elif one.has_default:
                values[name] = one.make_default()
            elif one.role in starts:
                values[name] = starts[one.role]
            elif not one.derive:
                raise TypeError(f"{self.name}() needs {name}")
        self.derive(item)

    def reads_before(self, changed: Attr[Any]) -> bool:
        """Whether a change of an attribute concerns others: a unique value, a derived attribute, a rule."""
        concerned = [getattr(self.model, name).rule_of for name in self.rules] + [one.derive_of for one in self.derived]
        return changed.unique or any(not of or changed in of for of in concerned)

    def derive(self, item: M) -> None:
        """Compute the derived attributes."""
        for one in self.derived:
            item.__dict__[one.name] = one.derive and one.derive(item)

    def encode(self, item: M) -> dict[str, Value]:
        """Return the item as DynamoDB holds it, with the attributes it was read with that the model does not name."""
        values, raw, name, value = item.__dict__, {}, "", None
        try:
            for name, stored, encode, is_set in self._encoders:
                value = values[name]
                if value is not None and (value or not is_set):
                    raw[stored] = encode(value)
        except KeyError as error:
            raise TypeError(f"{self.name}.{name} was not read: an item read in part cannot be written") from error
        except Unstorable as error:
            raise Invalid([Violation((name,), str(error), value)]) from error
        if self.tag and self.tag_field:
            raw[self.tag_field] = {"S": self.tag}
        if before := values.get("_stored"):
            raw.update((name, before[name]) for name in before.keys() - self._own)
        if self.sharded:
            raw.update(self.shards(raw))
        return raw

    def decode(self, raw: dict[str, Value], read: Container[str] | None = None) -> M:
        """Make the item of what DynamoDB holds; `read` names what was asked for, if not all. Raises Unreadable."""
        schema = self._schema_of(raw)
        item = object.__new__(schema.model)
        values = item.__dict__
        name = "item"
        try:
            for name, stored, decode, when_absent in schema._decoders:
                if stored in raw:
                    values[name] = decode(raw[stored])
                elif read is None or stored in read:
                    values[name] = when_absent()
            if self.undeclared == "refuse" and (unknown := raw.keys() - schema._own):
                raise ValueError(f"undeclared attributes {', '.join(sorted(unknown))}")
        except (LookupError, ValueError, TypeError, ArithmeticError, AttributeError) as error:
            raise Unreadable(self.name, name, raw, repr(error)) from error
        values["_stored"] = raw
        return item

    def _schema_of(self, raw: dict[str, Value]) -> "Schema[M]":
        if not self.by_tag or self.tag_field not in raw:
            return self
        tag = raw[self.tag_field].get("S")
        if tag not in self.by_tag:
            raise Unreadable(self.name, self.tag_field, raw, f"{tag!r} is none of {sorted(self.by_tag)}")
        return self.by_tag[tag]

    # Keys

    def index_keys(self, index: Index) -> tuple[tuple[str, str], ...]:
        """The same of an index."""
        first = (index.shard_name, "N") if index.shards > 1 else (index.hash.stored, index.hash.codec.tag)
        return (first, (index.sort.stored, index.sort.codec.tag)) if index.sort else (first,)

    def projection(self, index: Index) -> Literal["ALL", "KEYS_ONLY"] | tuple[str, ...]:
        """What an index copies: "ALL", "KEYS_ONLY" or the stored names."""
        if isinstance(index.project, tuple):
            return tuple(_attribute(one).stored for one in index.project)
        return "ALL" if index.project == "all" else "KEYS_ONLY"

    def key(self, given: Any) -> dict[str, Value]:
        """Return DynamoDB's key for a hash key value, a (hash, sort) pair or an item. Raises Invalid."""
        parts = [one for one in (self.hash, self.sort) if one]
        if not parts:
            raise TypeError(f"{self.name} has no key: it is a part of other models")
        if isinstance(given, self.model):
            given = self.key_values(given)
        values = given if isinstance(given, tuple) else (given,)
        if len(values) != len(parts):
            raise TypeError(f"the key of {self.name} is ({', '.join(one.name for one in parts)}), not {given!r}")
        return {one.stored: self._key_part(one, value) for one, value in zip(parts, values, strict=True)}

    def key_values(self, item: M) -> tuple[Any, ...]:
        """Return the values of an item's key."""
        return tuple(item.__dict__[one.name] for one in (self.hash, self.sort) if one)

    def _key_part(self, one: Attr[Any], value: Any) -> Value:
        encoded: Value = {}
        try:
            encoded = one.encode(value)
            problem = _key_problem(one, *encoded.items())
        except (ValueError, TypeError, AttributeError, LookupError) as error:
            problem = f"is no key: {error}"
        if not problem and one is self.hash and not self.prefix and encoded.get("S", "").startswith(RESERVED):
            problem = f"begins with {RESERVED}, which is reserved"
        if problem:
            raise Invalid([Violation((one.name,), problem, value)])
        return encoded

    def check_keys(self, raw: Mapping[str, Value]) -> None:
        """Refuse an item whose table or index keys are empty or too long."""
        self.key(tuple(one.decode(raw[one.stored]) for one in (self.hash, self.sort) if one))
        keys = {one.stored: one for index in self.indexes.values() for one in (index.hash, index.sort) if one}
        wrong = [(one, _key_problem(one, *raw[name].items())) for name, one in keys.items() if name in raw]
        if found := [Violation((one.name,), problem) for one, problem in wrong if problem]:
            raise Invalid(found)

    def shards(self, key: Mapping[str, Value]) -> dict[str, Value]:
        """Return the stored shard attributes of the item at a key; they depend on the key alone, so never change."""
        place = crc32(repr([next(iter(key[name].values())) for name, _ in self.keys]).encode())
        return {index.shard_name: {"N": str(place % index.shards)} for index in self.sharded}

    # The table

    def create_table(self, name: str, **options: Any) -> dict[str, Any]:
        """Return the arguments of CreateTable; `options` are added to them (BillingMode is on demand otherwise)."""
        types = dict(self.keys)
        kinds: dict[str, list[dict[str, Any]]] = {}
        for index in self.indexes.values():
            types |= dict(self.index_keys(index))
            kind = "LocalSecondaryIndexes" if index.local else "GlobalSecondaryIndexes"
            kinds.setdefault(kind, []).append(self._create_index(index))
        return {
            "TableName": name,
            "AttributeDefinitions": [{"AttributeName": one, "AttributeType": kind} for one, kind in types.items()],
            "KeySchema": _key_schema(self.keys),
            "BillingMode": "PAY_PER_REQUEST",
            **kinds,
            **options,
        }

    def _create_index(self, index: Index) -> dict[str, Any]:
        projection = self.projection(index)
        copied: dict[str, Any] = {"ProjectionType": projection}
        if isinstance(projection, tuple):
            copied = {"ProjectionType": "INCLUDE", "NonKeyAttributes": list(projection)}
        return {"IndexName": index.name, "KeySchema": _key_schema(self.index_keys(index)), "Projection": copied}

    def json_schema(self, purpose: Literal["create", "replace", "patch", "stored"] = "stored") -> dict[str, Any]:
        """Return the JSON Schema (2020-12) of a body that creates, replaces or patches, or of what `to_json` gives."""
        from .jsonschema import model_schema

        return model_schema(self, purpose)


def _attributes(model: type[Any]) -> dict[str, Attr[Any]]:
    found: dict[str, Attr[Any]] = {}
    for base in reversed(model.__mro__[1:]):
        if isinstance(above := base.__dict__.get("schema"), Schema):
            found |= above.attributes
    for name, annotation in _annotations(model).items():
        if get_origin(annotation) is ClassVar or annotation is ClassVar or name.startswith("_"):
            continue
        if get_origin(annotation) is not Attr:
            raise DeclarationError(f"{model.__name__}.{name}: annotate it as Attr[{annotation}]")
        if name == "schema" or (hasattr(model.__base__, name) and name not in found):
            raise DeclarationError(f"{model.__name__}.{name}: the name is taken by a method of every model")
        declared = model.__dict__.get(name) or attr()
        if not isinstance(declared, Attr):
            raise DeclarationError(f"{model.__name__}.{name} = {declared!r}: give defaults as attr(default=...)")
        declared.bind(model, name, get_args(annotation)[0])
        setattr(model, name, declared)
        found[name] = declared
    if stray := [n for n, value in model.__dict__.items() if isinstance(value, Attr) and n not in found]:
        raise DeclarationError(f"{model.__name__}.{stray[0]} has no annotation: write {stray[0]}: Attr[...]")
    return found


def _annotations(model: type[Any]) -> dict[str, Any]:
    own = get_annotations(model)
    if any(isinstance(annotation, str) for annotation in own.values()):
        from typing import get_type_hints

        resolved = get_type_hints(model)
        return {name: resolved[name] for name in own}
    return own


def _attribute(reference: Any) -> Attr[Any]:
    return reference.attr if isinstance(reference, Path) else reference  # type: ignore[no-any-return]  # an Attr


def _indexes(model: type[Any], table_hash: Attr[Any] | None) -> Iterator[tuple[str, Index]]:
    for base in reversed(model.__mro__):
        for name, index in vars(base).items():
            if not isinstance(index, Index):
                continue
            index.hash = _attribute(table_hash if index.local else index.hash)
            index.sort = _attribute(index.sort)
            for part in (index.hash, index.sort):
                if part is not None and (not isinstance(part, Attr) or not _is_key(part)):
                    raise DeclarationError(f"{model.__name__}.{name}: {part!r} cannot be a key")
            if index.hash is None and index.shards < 2:
                raise DeclarationError(f"{model.__name__}.{name} has no hash key")
            yield name, index


def _is_key(one: Attr[Any]) -> bool:
    return one.codec.kind in ("scalar", "decimal") and one.codec.tag in _KEY_TAGS


def _check_attribute(model: str, one: Attr[Any]) -> None:
    where = f"{model}.{one.name}"
    if one.role in ("hash", "sort") and (one.optional or not _is_key(one)):
        raise DeclarationError(f"{where}: a key is text, number or bytes, and never None")
    if isinstance(one.default, list | dict | set):
        raise DeclarationError(f"{where}: give a mutable default as default_factory={type(one.default).__name__}")
    if one.default is not MISSING and one.default_factory:
        raise DeclarationError(f"{where} has both a default and a default_factory")
    if one.unique and not _is_key(one):
        raise DeclarationError(f"{where}: only text, numbers and bytes can be unique")
    tag = "L" if one.codec.kind in ("set", "list") else one.codec.tag
    allowed = _RULES_OF.get(tag, frozenset()) | {"check"}
    allowed |= {"decimal_places", "max_digits"} if one.codec.kind == "decimal" else set()
    allowed |= {"ge", "gt", "le", "lt"} if one.codec.normal else set()
    given = {name for name in Rules.__slots__ if getattr(one.rules, name) is not None}
    if wrong := given - allowed:
        raise DeclarationError(f"{where}: {', '.join(sorted(wrong))} does not apply to {one.codec.type}")


def _when_absent(one: Attr[Any]) -> Callable[[], Any]:
    if one.optional:
        return lambda: None
    if one.codec.kind == "set":  # DynamoDB has no empty sets: they are stored as no attribute
        return set
    return _refuse


def _refuse() -> Any:
    raise LookupError("nothing is stored")


def _hide(one: Attr[Any], prefix: str) -> None:
    encode, decode = one.encode, one.decode
    one.encode = lambda value: {"S": prefix + encode(value)["S"]}
    one.decode = lambda stored: decode({"S": stored["S"].removeprefix(prefix)})


def _key_problem(one: Attr[Any], encoded: tuple[str, Any]) -> str | None:
    tag, held = encoded
    if not isinstance(held, bytes if tag == "B" else str):
        return f"is {type(held).__name__}, not {one.codec.type.__name__}"
    if tag != "N" and not held:
        return "is empty, which no key may be"
    if tag != "N" and len(held if isinstance(held, bytes) else held.encode()) > KEY_BYTES.get(
        one.role, KEY_BYTES["sort"]
    ):
        return f"is longer than the {KEY_BYTES.get(one.role, KEY_BYTES['sort'])} bytes of a key"
    return None


def _key_schema(keys: tuple[tuple[str, str], ...]) -> list[dict[str, str]]:
    return [{"AttributeName": name, "KeyType": kind} for (name, _), kind in zip(keys, ("HASH", "RANGE"), strict=False)]
