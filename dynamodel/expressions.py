"""Paths, the conditions and changes made from them, and their DynamoDB expressions. Every name and value is aliased."""

from collections.abc import Callable, Iterable, Iterator
from decimal import Decimal
from functools import reduce
from typing import TYPE_CHECKING, Any, Literal, NamedTuple, overload

from .codec import Codec, Value
from .errors import Invalid, TooLarge, Violation

if TYPE_CHECKING:
    from .attributes import Attr, Rules

# https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/Constraints.html#limits-expression-parameters
EXPRESSION_BYTES = 4096
IN_OPERANDS = 100

type Step = Attr[Any] | int | str  # of a path: an attribute, a place in a list, a key of a map
type Number = int | Decimal
type Members[E] = set[E]  # `set` is also a method below
type Operator = Literal["=", "<>", "<", "<=", ">", ">="]

_TESTS = {  # how those of a fixed number of operands are written, but for functions
    **{operator: f"{{0}} {operator} {{1}}" for operator in ("=", "<>", "<", "<=", ">", ">=")},
    "BETWEEN": "{0} BETWEEN {1} AND {2}",
    "NOT": "(NOT {0})",
}


class Condition:
    """A test on a stored item: an operator or function of DynamoDB, and its operands. Compose with & | ~."""

    __slots__ = ("operands", "operator")

    def __init__(self, operator: str, *operands: Any) -> None:
        self.operator, self.operands = operator, operands

    @classmethod
    def never(cls) -> "Condition":
        """Return a condition that no item meets."""
        return exists(_NOWHERE) & missing(_NOWHERE)

    def __and__(self, other: "Condition") -> "Condition":
        return Condition("AND", self, other)

    def __or__(self, other: "Condition") -> "Condition":
        return Condition("OR", self, other)

    def __invert__(self) -> "Condition":
        return Condition("NOT", self)

    def __bool__(self) -> bool:
        raise TypeError("a condition has no truth value of its own: combine with & | ~, not with and, or, not")

    def attributes(self) -> "Iterator[Attr[Any]]":
        """Yield the attributes of the item that it tests."""
        for operand in self.operands:
            if isinstance(operand, Condition):
                yield from operand.attributes()
            elif isinstance(operand, Path | Size):
                yield (operand if isinstance(operand, Path) else operand.path).attr

    def parts(self) -> Iterator["Condition"]:
        """Yield the conditions that & joins at the top level."""
        if self.operator == "AND":
            for operand in self.operands:
                yield from operand.parts()
        else:
            yield self


_NOWHERE = "$dynamodel#never"  # an attribute that no item has


def exists(place: Any) -> Condition:
    """Return the condition that there is a value at a path or stored name."""
    return Condition("attribute_exists", place)


def missing(place: Any) -> Condition:
    """Return the condition that there is no value at a path or stored name."""
    return Condition("attribute_not_exists", place)


class _Comparable[T]:
    """The left side of <, <= and so on, which knows how to encode the right one."""

    __slots__ = ()

    def operand(self, value: Any) -> Any:
        """Encode the operand of a comparison."""
        raise NotImplementedError

    def _compare(self, operator: Operator, other: Any) -> Condition:
        return Condition(operator, self, self.operand(other))

    def __eq__(self, other: "T | _Comparable[T]") -> Condition:  # type: ignore[override]  # builds a condition
        return missing(self) if other is None else self._compare("=", other)

    def __ne__(self, other: "T | _Comparable[T]") -> Condition:  # type: ignore[override]  # builds a condition
        return exists(self) if other is None else self._compare("<>", other)

    def __lt__(self, other: "T | _Comparable[T]") -> Condition:
        return self._compare("<", other)

    def __le__(self, other: "T | _Comparable[T]") -> Condition:
        return self._compare("<=", other)

    def __gt__(self, other: "T | _Comparable[T]") -> Condition:
        return self._compare(">", other)

    def __ge__(self, other: "T | _Comparable[T]") -> Condition:
        return self._compare(">=", other)

    def between(self, low: T, high: T) -> Condition:
        """Test low <= this <= high."""
        return Condition("BETWEEN", self, self.operand(low), self.operand(high))

    def is_in(self, values: Iterable[T]) -> Condition:
        """Test membership in at most 100 values; no item has one of none."""
        operands = [self.operand(value) for value in values]
        if len(operands) > IN_OPERANDS:
            raise TooLarge(f"IN accepts {IN_OPERANDS} values, not {len(operands)}")
        return Condition("IN", self, *operands) if operands else Condition.never()

    __hash__ = object.__hash__


class Size(_Comparable[int]):
    """The length of text, bytes, list, map or set at a path."""

    __slots__ = ("path",)

    def __init__(self, path: "Path[Any]") -> None:
        self.path = path

    def operand(self, value: Any) -> Any:
        """Encode a length."""
        return value if isinstance(value, _Comparable) else {"N": str(int(value))}


class Path[T](_Comparable[T]):
    """The place of a value in an item: `Product.price`, `Order.lines[0][Line.sku]`, `Page.titles["en"]`."""

    __slots__ = ("codec", "rules", "steps")

    def __init__(self, steps: "tuple[Step, ...]", codec: Codec, rules: "Rules") -> None:
        self.steps, self.codec, self.rules = steps, codec, rules

    def __repr__(self) -> str:
        return f"Path({'.'.join(map(str, self.names))})"

    @property
    def attr(self) -> "Attr[Any]":
        """The attribute the path starts at."""
        return self.steps[0]  # type: ignore[return-value]  # the first step is always an attribute

    @property
    def names(self) -> tuple[str | int, ...]:
        """The path as violations give it."""
        return tuple(step if isinstance(step, int | str) else step.name for step in self.steps)

    def operand(self, value: Any) -> Any:
        """Encode the operand of a comparison or an assignment."""
        if isinstance(value, _Comparable):
            return value
        last = self.steps[-1]
        return self._encode(self.codec.encode if isinstance(last, int | str) else last.encode, value)

    def _encode(self, encode: Callable[[Any], Value], value: Any) -> Value:
        try:
            return encode(value)
        except (ValueError, TypeError, AttributeError, LookupError, ArithmeticError) as error:
            raise Invalid([Violation(self.names, f"has no value {value!r}: {error}", value)]) from error

    @overload
    def __getitem__[V](self, step: "Path[V]") -> "Path[V]": ...
    @overload
    def __getitem__[V](self: "Path[list[V]]", step: int) -> "Path[V]": ...
    @overload
    def __getitem__[V](self: "Path[list[V] | None]", step: int) -> "Path[V]": ...
    @overload
    def __getitem__[V](self: "Path[dict[str, V]]", step: str) -> "Path[V]": ...
    @overload
    def __getitem__[V](self: "Path[dict[str, V] | None]", step: str) -> "Path[V]": ...
    def __getitem__(self, step: Any) -> Any:
        """Step into a nested model by its attribute, into a list by index, into a map by key."""
        if isinstance(step, Path):
            if not any(issubclass(model, step.attr.model) for model in self.codec.models):
                raise TypeError(f"{'.'.join(map(str, self.names))} has no {step.attr.model.__name__}")
            return Path((*self.steps, *step.steps), step.codec, step.rules)
        if (
            self.codec.item is None
            or self.codec.kind != ("list" if isinstance(step, int) else "map")
            or (isinstance(step, int) and step < 0)
        ):
            raise TypeError(f"{'.'.join(map(str, self.names))} cannot be stepped into by {step!r}")
        return Path((*self.steps, step), self.codec.item, self.rules.items)

    def of(self, item: object) -> T:
        """Return the value at this place of an item in memory; LookupError or AttributeError if there is none."""
        value: Any = item
        for step in self.steps:
            value = getattr(value, step.name) if not isinstance(step, int | str) else value[step]
        return value  # type: ignore[no-any-return]  # what is declared is what is there

    def exists(self) -> Condition:
        """Test that there is a value."""
        return exists(self)

    def missing(self) -> Condition:
        """Test that there is none."""
        return missing(self)

    def is_type(self, tag: Literal["S", "SS", "N", "NS", "B", "BS", "BOOL", "NULL", "L", "M"]) -> Condition:
        """Test DynamoDB's type of the value."""
        return Condition("attribute_type", self, {"S": tag})

    def begins_with(self: "Text", prefix: str | bytes) -> Condition:
        """Test the start of text or bytes."""
        return Condition("begins_with", self, self.operand(prefix))

    def contains(self, part: Any) -> Condition:
        """Test for a substring, or for a member of a set or list."""
        return Condition("contains", self, self._encode((self.codec.item or self.codec).encode, part))

    def size(self) -> Size:
        """Compare its length: `Product.tags.size() > 3`."""
        return Size(self)

    def set(self, value: "T | Path[T]") -> "Change":
        """Replace the value, or copy that of another path. None removes an optional one."""
        return Change("remove", self) if value is None else Change("set", self, value)

    def set_default(self, value: T) -> "Change":
        """Set the value if there is none (if_not_exists)."""
        return Change("default", self, value)

    def remove(self) -> "Change":
        """Remove an optional value, a member of a map or list."""
        return Change("remove", self)

    @overload
    def add[N: Number | None](self: "Path[N]", amount: Number) -> "Change": ...
    @overload
    def add[E](self: "Path[Members[E]] | Path[Members[E] | None]", amount: Members[E]) -> "Change": ...
    def add(self, amount: Any) -> "Change":
        """Add to a number, or members to a set."""
        return Change("add", self, amount)

    def discard[E](self: "Path[Members[E]] | Path[Members[E] | None]", members: Members[E]) -> "Change":
        """Take members out of a set."""
        return Change("discard", self, members)

    def append[E](self: "Path[list[E]] | Path[list[E] | None]", values: list[E]) -> "Change":
        """Add values to the end of a list."""
        return Change("append", self, values)

    def prepend[E](self: "Path[list[E]] | Path[list[E] | None]", values: list[E]) -> "Change":
        """Add values to the front of a list."""
        return Change("prepend", self, values)


type Text = Path[str] | Path[str | None] | Path[bytes] | Path[bytes | None]
type Action = Literal["set", "default", "remove", "add", "discard", "append", "prepend", "merge", "put"]

# Clause, text, and what stands for a missing value. Numbers are added by SET: ADD and DELETE reach top-level attributes
# only. https://docs.aws.amazon.com/amazondynamodb/latest/APIReference/API_UpdateItem.html
_CLAUSES: dict[str, tuple[str, str, Value | None]] = {
    "set": ("SET", "{0} = {1}", None),
    "put": ("SET", "{0} = {1}", None),
    "default": ("SET", "{0} = if_not_exists({0}, {1})", None),
    "append": ("SET", "{0} = list_append(if_not_exists({0}, {2}), {1})", {"L": []}),
    "prepend": ("SET", "{0} = list_append({1}, if_not_exists({0}, {2}))", {"L": []}),
    "count": ("SET", "{0} = if_not_exists({0}, {2}) + {1}", {"N": "0"}),
    "remove": ("REMOVE", "{0}", None),
    "add": ("ADD", "{0} {1}", None),
    "discard": ("DELETE", "{0} {1}", None),
}


class Change(NamedTuple):
    """One step of an update."""

    action: Action
    path: Any  # a Path; for a put or remove of what is encoded already, a stored name
    value: Any = None

    @property
    def of_set(self) -> bool:
        """True if it adds or takes members of a set."""
        return isinstance(self.value, set | frozenset)

    def render(self, aliases: "Aliases") -> tuple[str, str]:
        """Return the clause (SET, REMOVE, ADD or DELETE) and its text."""
        clause, template, start = _CLAUSES["count" if self.action == "add" and not self.of_set else self.action]
        value = self.path.operand(self.value) if isinstance(self.path, Path) and self.value is not None else self.value
        operands = [operand for operand in (self.path, value, start) if operand is not None]
        return clause, template.format(*map(aliases.render, operands))


class Aliases:
    """Names and values of one request under aliases: reserved words, dots and dashes need no care."""

    def __init__(self) -> None:
        self.names: dict[str, str] = {}
        self.values: dict[str, Value] = {}

    def name(self, stored: str) -> str:
        """Return the alias of a stored name."""
        return self.names.setdefault(stored, f"#{len(self.names)}")

    def _path(self, path: Path[Any]) -> str:
        steps = (
            f"[{step}]" if isinstance(step, int) else "." + self.name(step if isinstance(step, str) else step.stored)
            for step in path.steps
        )
        return "".join(steps)[1:]

    def render(self, operand: Any) -> str:
        """Write a condition, path, size, stored name or encoded value."""
        if isinstance(operand, Condition):
            return self._condition(operand.operator, [self.render(one) for one in operand.operands])
        if isinstance(operand, Path):
            return self._path(operand)
        if isinstance(operand, Size):
            return f"size({self._path(operand.path)})"
        if isinstance(operand, str):
            return self.name(operand)
        alias = f":{len(self.values)}"
        self.values[alias] = operand
        return alias

    def _condition(self, operator: str, operands: list[str]) -> str:
        if operator in ("AND", "OR"):
            return f"({f' {operator} '.join(operands)})"
        if operator == "IN":
            return f"{operands[0]} IN ({', '.join(operands[1:])})"
        if operator in _TESTS:
            return _TESTS[operator].format(*operands)
        return f"{operator}({', '.join(operands)})"

    def update(self, changes: Iterable[Change]) -> str:
        """Write an update expression."""
        clauses: dict[str, list[str]] = {}
        for clause, body in (change.render(self) for change in changes):
            clauses.setdefault(clause, []).append(body)
        return " ".join(f"{clause} {', '.join(bodies)}" for clause, bodies in clauses.items())

    def parameters(self, **expressions: Condition | str | None) -> dict[str, Any]:
        """Return the request's expressions (those there are) with their names and values."""
        texts = {name: self.render(one) if isinstance(one, Condition) else one for name, one in expressions.items()}
        written = {name: expression for name, expression in texts.items() if expression}
        for name, expression in written.items():
            if len(expression) > EXPRESSION_BYTES:
                raise TooLarge(f"{name} has {len(expression)} bytes, DynamoDB accepts {EXPRESSION_BYTES}")
        result: dict[str, Any] = dict(written)
        if self.names:
            result["ExpressionAttributeNames"] = {alias: stored for stored, alias in self.names.items()}
        if self.values:
            result["ExpressionAttributeValues"] = self.values
        return result


def all_of(conditions: Iterable[Condition | None]) -> Condition | None:
    """Join conditions with &; None stands for no condition."""
    given = [condition for condition in conditions if condition is not None]
    if wrong := [condition for condition in given if not isinstance(condition, Condition)]:
        raise TypeError(f"{wrong[0]!r} is not a condition")
    return reduce(Condition.__and__, given) if given else None
