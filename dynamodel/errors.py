"""Errors, as types that carry data. Other errors of botocore propagate as they are."""

from collections.abc import Sequence
from typing import Any, NamedTuple


class DynamodelError(Exception):
    """Base of all errors of this package, except DeclarationError."""


class DeclarationError(TypeError):
    """The model is declared wrongly; raised when its class is defined."""


class Violation(NamedTuple):
    """One broken rule: `steps` leads to the value, e.g. ("lines", 1, "sku"); empty for the item as a whole."""

    steps: tuple[str | int, ...]
    message: str
    value: Any = None

    @property
    def path(self) -> str:
        """The steps as people write them: `lines[1].sku`."""
        parts = (f"[{step}]" if isinstance(step, int) else f".{step}" for step in self.steps)
        return "".join(parts).removeprefix(".")

    def __str__(self) -> str:
        """Render as `path: message`."""
        return f"{self.path}: {self.message}" if self.steps else self.message


class Invalid(DynamodelError):
    """The value breaks rules of the model; `violations` holds all of them."""

    def __init__(self, violations: Sequence[Violation]) -> None:
        self.violations = tuple(violations)
        super().__init__(self.violations)

    def __str__(self) -> str:
        """Render all violations; only when asked, since a client can send a million wrong fields."""
        return "; ".join(map(str, self.violations))


class Unreadable(DynamodelError):
    """A stored item does not fit the model: `key` (values by name), the `attribute` that is wrong, the stored `item`.

    `written` is true if the error follows an update that was made.
    """

    written = False

    def __init__(self, model: str, key: dict[str, Any], attribute: str, item: Any, cause: object) -> None:
        self.model, self.key, self.attribute, self.item = model, key, attribute, item
        super().__init__(f"{model}.{attribute} of {key} cannot be read from what is stored: {cause}")


class NotFound(DynamodelError):
    """No item has this key."""

    def __init__(self, key: Any) -> None:
        self.key = key
        super().__init__(f"no item has the key {key!r}")


class ConditionFailed(DynamodelError):
    """A condition of the write does not hold; `item` is the stored item, None if there is none or it is unreadable."""

    def __init__(self, item: Any, message: str = "the stored item does not meet the condition") -> None:
        self.item = item
        super().__init__(message)


class LimitReached(ConditionFailed):
    """An add, append or discard would exceed the bounds of an attribute, which `violations` names."""

    def __init__(self, item: Any, violations: Sequence[Violation]) -> None:
        self.violations = tuple(violations)
        super().__init__(item, "; ".join(map(str, violations)))


class AlreadyExists(ConditionFailed):
    """An item with this key is there already."""

    def __init__(self, item: Any) -> None:
        super().__init__(item, "an item with this key exists")


class NotUnique(DynamodelError):
    """Another item holds this value of a unique attribute."""

    def __init__(self, attribute: str, value: Any) -> None:
        self.attribute, self.value = attribute, value
        super().__init__(f"{attribute} {value!r} is taken")


class MissingReference(DynamodelError):
    """A reference is to an item that does not exist."""

    def __init__(self, attribute: str, value: Any) -> None:
        self.attribute, self.value = attribute, value
        super().__init__(f"{attribute} refers to {value!r}, which does not exist")


class InUse(DynamodelError):
    """The item cannot be deleted: one of `model` refers to it, by `attribute`."""

    def __init__(self, model: str, attribute: str) -> None:
        self.model, self.attribute = model, attribute
        super().__init__(f"{model}.{attribute} refers to the item")


class Conflict(DynamodelError):
    """Other writers kept changing the item: every attempt lost its race. Trying later is safe."""


class OutcomeUnknown(DynamodelError):
    """DynamoDB's answers to a write were lost: it was done once, or not at all."""

    def __init__(self) -> None:
        super().__init__("whether the write was done is unknown")


class Throttled(Conflict):
    """DynamoDB throttled every attempt; nothing was written. Trying later is safe."""


class OutOfTime(DynamodelError):
    """The time limit passed before a request could begin; the operation wrote nothing. Trying again is safe."""

    def __init__(self) -> None:
        super().__init__("the time limit passed before a request could begin")


class TransactionFailed(DynamodelError):
    """Nothing was written; `reasons` has the error of each operation, or None."""

    def __init__(self, reasons: Sequence[DynamodelError | None]) -> None:
        self.reasons = tuple(reasons)
        super().__init__("; ".join(f"operation {i}: {reason}" for i, reason in enumerate(reasons) if reason))


class Overlap(DynamodelError):
    """Two writes of a transaction are for one item, or one value of a unique attribute; nothing was written.

    `table` and `key` identify it as in DynamoDB.
    """

    def __init__(self, table: str, key: dict[str, Any]) -> None:
        self.table, self.key = table, key
        super().__init__(f"two writes concern {key} of {table}")


class InvalidCursor(DynamodelError):
    """The cursor was altered, or belongs to another query."""


class NoIndex(DynamodelError):
    """No key or index serves this query; the message lists the known ones."""


class NotSupported(DynamodelError):
    """DynamoDB does not do this; refused before the request."""


class Unprocessed(DynamodelError):
    """DynamoDB did not process some writes of a batch in ten attempts: `items` has their items or keys."""

    def __init__(self, items: Sequence[Any]) -> None:
        self.items = list(items)
        super().__init__(f"{len(self.items)} writes of the batch were not done")


class TooLarge(DynamodelError):
    """An item, expression or transaction exceeds a limit of DynamoDB; refused before the request."""
