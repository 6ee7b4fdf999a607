"""Writes: the actions of one operation, sent as one call or, together with those of others, as one transaction."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Concatenate, Literal, overload

from botocore.exceptions import ClientError

from .codec import Value, item_size
from .errors import Conflict, DynamodelError, Overlap, TooLarge, TransactionFailed
from .operations import ATTEMPTS, Operation, Plan, Request, backoff

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient

    from .reading import Reader

# https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/Constraints.html#limits-dynamodb-transactions
TRANSACTION_ACTIONS = 100
TRANSACTION_BYTES = 4 * 1024 * 1024

type Item = dict[str, Value]


class LostRace(Conflict):
    """What was read has changed before it could be written; the write is planned again."""


@dataclass(frozen=True, slots=True)
class Action:
    """One PutItem, UpdateItem, DeleteItem or ConditionCheck; `failed` makes its error of what is stored."""

    kind: Literal["Put", "Update", "Delete", "ConditionCheck"]
    parameters: dict[str, Any]
    failed: Callable[[Item | None], DynamodelError]


@dataclass(frozen=True, slots=True)
class Write[R]:
    """The actions of one operation on a table, to be done together; `done` makes its result of the attributes returned."""

    client: "DynamoDBClient"
    actions: Sequence[Action]
    done: Callable[[Item | None], R]


@dataclass(frozen=True, slots=True)
class Pending[R]:
    """A write that is not sent yet: give it to `transact`."""

    prepare: Callable[[], Plan[Write[R]]]

    def send(self) -> R:
        """Do it alone, as the operation itself would."""
        return Operation(lambda: _alone(self.prepare))()


class WriteOperation[**P, R](Operation[P, R]):
    """An operation that writes: also a part of a transaction, as `write(...)`."""

    def __init__(self, prepare: Callable[P, Plan[Write[R]]]) -> None:
        super().__init__(lambda *args, **kwargs: _alone(lambda: prepare(*args, **kwargs)))
        self.prepare = prepare

    def write(self, *args: P.args, **kwargs: P.kwargs) -> Pending[R]:
        """Return the write, for `transact`, without sending it."""
        return Pending(lambda: self.prepare(*args, **kwargs))


class write[S, **P, R]:  # noqa: N801  # used as a decorator
    """Make a method that plans a Write a WriteOperation of its object."""

    def __init__(self, prepare: Callable[Concatenate[S, P], Plan[Write[R]]]) -> None:
        self.prepare, self.__doc__ = prepare, prepare.__doc__

    @overload
    def __get__(self, instance: None, owner: type) -> "write[S, P, R]": ...
    @overload
    def __get__(self, instance: S, owner: type) -> WriteOperation[P, R]: ...
    def __get__(self, instance: S | None, owner: type) -> "WriteOperation[P, R] | write[S, P, R]":
        """Bind to the object."""
        if instance is None:
            return self
        return WriteOperation(self.prepare.__get__(instance, owner))


def _alone[R](prepare: Callable[[], Plan[Write[R]]]) -> Plan[R]:
    for attempt in range(ATTEMPTS):
        prepared = yield from prepare()
        try:
            if len(prepared.actions) == 1 and prepared.actions[0].kind != "ConditionCheck":
                return prepared.done((yield from _single(prepared.client, prepared.actions[0])))
            yield from _together(prepared.client, prepared.actions, None)
            return prepared.done(None)
        except TransactionFailed as failure:
            reason = next(filter(None, failure.reasons))
            if not isinstance(reason, LostRace):
                raise reason from failure.__cause__
        except Conflict:
            pass
        yield backoff(attempt)
    raise Conflict(f"gave up after {ATTEMPTS} attempts")


def _single(client: "DynamoDBClient", action: Action) -> Plan[Item | None]:
    returned = {"ReturnValues": "ALL_NEW"} if action.kind == "Update" else {}
    try:
        reply = yield Request(client, action.kind + "Item", action.parameters | returned | _ON_FAILURE)
    except ClientError as error:
        code = _code(error)
        if code == "ConditionalCheckFailedException":
            raise action.failed(_response(error).get("Item")) from error
        if code == "TransactionConflictException":
            raise Conflict("the item is in a transaction") from error
        raise
    return reply.get("Attributes")  # type: ignore[no-any-return]  # replies are Any


_ON_FAILURE = {"ReturnValuesOnConditionCheckFailure": "ALL_OLD"}


def _response(error: ClientError) -> dict[str, Any]:
    return dict(error.response)  # the stub's type lacks what DynamoDB adds


def _code(error: ClientError) -> str:
    return str(_response(error)["Error"]["Code"])


def _together(client: "DynamoDBClient", actions: Sequence[Action], token: str | None) -> Plan[None]:
    if len(actions) > TRANSACTION_ACTIONS:
        raise TooLarge(f"{len(actions)} actions; a transaction takes {TRANSACTION_ACTIONS}")
    if sum(item_size(action.parameters.get("Item", {})) for action in actions) > TRANSACTION_BYTES:
        raise TooLarge(f"a transaction takes {TRANSACTION_BYTES} bytes")
    parameters: dict[str, Any] = {"TransactItems": [{one.kind: one.parameters | _ON_FAILURE} for one in actions]}
    try:
        yield Request(client, "TransactWriteItems", parameters | ({"ClientRequestToken": token} if token else {}))
    except ClientError as error:
        code = _code(error)
        if code == "TransactionInProgressException":
            raise Conflict("a transaction with this token is under way") from error
        if "multiple operations on one item" in str(_response(error)["Error"].get("Message")):
            raise Overlap from error
        if code != "TransactionCanceledException":
            raise
        raise _why(error, actions) from error


def _why(error: ClientError, actions: Sequence[Action]) -> Exception:
    """Read the reasons, one per action. Conflicts alone may be retried; of a failed condition we make its own error."""
    reasons: list[dict[str, Any]] = _response(error).get("CancellationReasons", [])
    codes = {reason.get("Code", "None") for reason in reasons} - {"None"}
    if codes == {"TransactionConflict"}:
        return Conflict("other transactions hold the items")
    if "ConditionalCheckFailed" not in codes:
        return error
    return TransactionFailed([_reason(*pair) for pair in zip(actions, reasons, strict=True)])


def _reason(action: Action, reason: dict[str, Any]) -> DynamodelError | None:
    if reason.get("Code") == "ConditionalCheckFailed":
        return action.failed(reason.get("Item"))
    return Conflict(reason.get("Message")) if reason.get("Code", "None") != "None" else None


def _transact(*writes: Pending[Any], token: str | None = None) -> Plan[list[Any]]:
    """Do all the writes, of any tables and models, or none of them; return their results.

    Results are those of the single operations, except that an update that needed no read gives None: DynamoDB returns no
    new values. At most 100 actions (a unique attribute adds one or two) and 4 MB. `token` (1-36 characters): DynamoDB
    does the same writes under the same token once in ten minutes, and refuses others.
    Raises TransactionFailed with a reason per write, Conflict when others kept the items busy, TooLarge.
    """
    for attempt in range(ATTEMPTS if writes else 0):
        prepared = yield from _prepared(writes)
        try:
            yield from _together(prepared[0].client, [action for one in prepared for action in one.actions], token)
        except TransactionFailed as failure:
            reasons = iter(failure.reasons)
            by_write = [next(filter(None, [next(reasons) for _ in one.actions]), None) for one in prepared]
            if not any(isinstance(reason, LostRace) for reason in by_write):
                raise TransactionFailed(by_write) from failure.__cause__
        except Conflict:
            pass
        else:
            return [one.done(None) for one in prepared]
        yield backoff(attempt)
    if writes:
        raise Conflict(f"gave up after {ATTEMPTS} attempts")
    return []


def _prepared(writes: Sequence[Pending[Any]]) -> Plan[list[Write[Any]]]:
    prepared: list[Write[Any]] = []
    reasons: list[DynamodelError | None] = []
    for one in writes:
        try:
            prepared.append((yield from one.prepare()))
        except DynamodelError as error:
            reasons.append(error)
        else:
            reasons.append(None)
    if any(reasons):
        raise TransactionFailed(reasons)
    return prepared


transact = Operation(_transact)


def _transact_get(*places: tuple["Reader[Any]", Any]) -> Plan[list[Any]]:
    """Read the items at up to 100 (table, key) pairs as they all are at one moment; None where there is none."""
    if len(places) > TRANSACTION_ACTIONS:
        raise TooLarge(f"{len(places)} reads; a transaction takes {TRANSACTION_ACTIONS}")
    gets = [{"Get": table.get.request(key).parameters} for table, key in places]
    for attempt in range(ATTEMPTS):
        try:
            reply = yield Request(places[0][0].client, "TransactGetItems", {"TransactItems": gets})
        except ClientError as error:
            if not isinstance(why := _why(error, ()), Conflict):
                raise why from None
            yield backoff(attempt)
        else:
            return [table.seen(one.get("Item")) for (table, _), one in zip(places, reply["Responses"], strict=True)]
    raise Conflict(f"gave up after {ATTEMPTS} attempts")


transact_get = Operation(_transact_get)
