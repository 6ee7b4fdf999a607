"""Model: a class whose annotations declare the attributes of items."""

from collections.abc import Callable, Collection, Mapping
from copy import copy, deepcopy
from typing import Any, ClassVar, Literal, Self, dataclass_transform

from .attributes import MISSING, attr, created_at, derived, key, owner, reference, sort_key, ttl, updated_at, version
from .expressions import Change
from .jsonvalue import CONVERTERS, PLAIN, to_json
from .schema import Schema


@dataclass_transform(
    kw_only_default=True,
    field_specifiers=(attr, key, sort_key, created_at, updated_at, version, owner, ttl, derived, reference),
)
class Model:
    """The items of a table, or a part of one. Declare attributes as `price: Attr[Decimal] = attr(ge=0)`.

    Class options:
    tag, tag_field: the value that tells this model from others of a table or union, and the attribute that holds it
    undeclared: "keep" stored attributes the class does not name through read, change and save; or "refuse" to read them
    stored: the name of the class in markers of unique values and keys of hidden items; keep the old one in a rename
    hidden: items live under a reserved prefix beside another model's in one table, never in its queries and scans
    """

    schema: ClassVar[Schema[Any]]

    def __init_subclass__(
        cls,
        *,
        tag: str | None = None,
        tag_field: str | None = None,
        undeclared: Literal["keep", "refuse"] | None = None,
        hidden: bool = False,
        stored: str = "",
    ) -> None:
        super().__init_subclass__()
        cls.schema = Schema(cls, tag, tag_field, undeclared, hidden, stored)
        if __debug__:
            from .checks import check

            check(cls.schema)
        cls.schema.compile()

    def __init__(self, **values: Any) -> None:
        self.schema.fill(self, values)

    @classmethod
    def parse(cls, document: Mapping[str, Any]) -> Self:
        """Make an item from outside data.

        Args:
            document: decoded JSON; numbers as int or Decimal, decimals as text too.

        Raises:
            Invalid: with every violation: broken rules, missing, unknown and read-only attributes.
        """
        from .validation import parse

        return parse(cls, document)

    @classmethod
    def parse_patch(cls, document: Mapping[str, Any]) -> tuple[Change, ...]:
        """Turn a JSON Merge Patch (RFC 7396) into the changes of an update, held to the rules of `parse`.

        Args:
            document: decoded JSON; null removes an optional attribute and is a violation on any other.

        Raises:
            Invalid: with every violation.
        """
        from .changes import parse_patch

        return parse_patch(cls, document)

    def validate(self) -> None:
        """Check the item by every rule and bring its values to the form they are stored in.

        Raises:
            Invalid: with every violation.
        """
        from .validation import validate

        validate(self)

    def to_json(self, *, include: Collection[str] | None = None, exclude: Collection[str] = ()) -> dict[str, Any]:
        """Return the item as JSON values: decimals as text, times as RFC 3339, sets as sorted lists.

        Args:
            include: names of the attributes to show, all by default.
            exclude: names of the attributes to leave out.
        """
        schema, values = self.schema, self.__dict__
        result = {str(schema.tag_field): schema.tag} if schema.tag else {}
        for name in schema.attributes:
            if name in values and (include is None or name in include) and name not in exclude:
                value = values[name]
                kind = type(value)
                result[name] = value if kind in PLAIN else CONVERTERS.get(kind, to_json)(value)
        return result

    @property
    def stored(self) -> Self | None:
        """The item as it was when read or written last; None if it never was."""
        raw = self.__dict__.get("_stored")
        read = {one.stored for name, one in self.schema.attributes.items() if name in self.__dict__}
        return raw and self.schema.decode(raw, read)

    @property
    def changed(self) -> frozenset[str]:
        """The attributes whose values differ from what was read or written last."""
        before = getattr(self.stored, "__dict__", {})
        values = self.__dict__
        return frozenset(n for n in self.schema.attributes if values.get(n, MISSING) != before.get(n, MISSING))

    def before_write(self) -> None:
        """Hook, called before the whole item is validated and written; override it to set dependent values."""

    def after_write(self) -> None:
        """Hook, called after the item was written, with its stored values; override it."""

    def after_read(self) -> None:
        """Hook, called after the item was read; override it."""

    def __eq__(self, other: object) -> bool:
        """Compare the attributes, whether stored or not."""
        if type(other) is not type(self):
            return NotImplemented
        return all(self.__dict__.get(name) == other.__dict__.get(name) for name in self.schema.attributes)

    __hash__ = None  # type: ignore[assignment]  # values change

    def __repr__(self) -> str:
        """Return the constructor call that makes an equal item."""
        values = ", ".join(
            f"{name}={self.__dict__[name]!r}" for name in self.schema.attributes if name in self.__dict__
        )
        return f"{type(self).__name__}({values})"

    def __deepcopy__(self, memo: dict[int, Any]) -> Self:
        """Copy the values; what is stored stays the same."""
        new = copy(self)
        new.__dict__.update({n: deepcopy(value, memo) for n, value in self.__dict__.items() if n != "_stored"})
        return new


def rule(*attributes: Any) -> Callable[[Callable[[Any], None]], Callable[[Any], None]]:
    """Mark a method as a rule for the item as a whole: it raises ValueError with a message if it does not hold.

    Args:
        *attributes: an update that touches one of them (any, if none are named) reads the item first, to check the
            rule.
    """

    def mark(method: Callable[[Any], None]) -> Callable[[Any], None]:
        method.rule_of = attributes  # type: ignore[attr-defined]
        return method

    return mark
