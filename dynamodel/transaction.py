"""Writes: the actions of one operation, sent as one call or, together with those of others, as one transaction."""

from collections.abc import Callable, Sequence
from typing import Any, Concatenate, Literal, NamedTuple, overload
from uuid import uuid4

from botocore.exceptions import ClientError, HTTPClientError

from .codec import Item, item_size
from .errors import (
    AlreadyExists,
    ConditionFailed,
    Conflict,
    DynamodelError,
    LimitReached,
    OutcomeUnknown,
    OutOfTime,
    Overlap,
    Throttled,
    TooLarge,
    TransactionFailed,
)
from .operations import ATTEMPTS, Client, Operation, Pause, Plan, Request, backoff, document, run
from .repeats import LOST, guarded, is_fault, is_lost, new_token, note_lost_answers, oldest, outcome

# https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/Constraints.html#limits-dynamodb-transactions
TRANSACTION_ACTIONS = 100
TRANSACTION_BYTES = 4 * 1024 * 1024
ITEM_BYTES = 400 * 1024
_ALWAYS_FIT = 10  # items of at most 400 KB
COUNT = "$n"  # the attribute of a counter of ours


class LostRace(Conflict):
    """The item that was read has changed before it could be written; the write is planned again."""


class Action(NamedTuple):
    """One PutItem, UpdateItem, DeleteItem or ConditionCheck of the item at `key`.

    `failed(stored_item)` returns the exception to raise. Those that count, and those that only test that the item is
    `present`, go together with others of the same item.
    """

    kind: Literal["Put", "Update", "Delete", "ConditionCheck"]
    key: Item
    parameters: dict[str, Any]
    failed: Callable[[Item | None], DynamodelError]
    counted: int | None = None
    present: bool = False

    @property
    def size(self) -> int:
        """The bytes that it writes, as far as the request has them."""
        return item_size(self.parameters.get("Item") or self.parameters.get("ExpressionAttributeValues", {}))


def counting(table: str, key: Item, by: int) -> Action:
    """Return the action that adds to a counter of ours."""
    names, values = {"#n": COUNT}, {":n": {"N": str(by)}}
    update = {"UpdateExpression": "ADD #n :n", "ExpressionAttributeNames": names, "ExpressionAttributeValues": values}
    return Action("Update", key, {"TableName": table, "Key": key, **update}, lambda _: Conflict(), by)


class Write[R]:
    """The actions of one operation, to be done together; `done` makes its result of the attributes returned."""

    def __init__(self, client: Client, actions: Sequence[Action], done: Callable[[Item | None], R]) -> None:
        self.client, self.actions, self.done = client, actions, done


class Pending[R]:
    """A write that is not sent yet: pass it to `transact`."""

    def __init__(self, prepare: Callable[[], Plan[Write[R]]]) -> None:
        self.prepare = prepare

    def send(self, *, as_transaction: bool = False) -> R:
        """Send it by itself, as the operation would.

        Args:
            as_transaction: in a transaction even if it is a single write. It takes twice the write units, and DynamoDB
                recognizes a copy of it even after the item was deleted.
        """
        return run(_send(self.prepare, as_transaction))


class WriteOperation[**P, R](Operation[P, R]):
    """An operation that writes: also a part of a transaction, as `write(...)`."""

    def __init__(self, prepare: Callable[P, Plan[Write[R]]]) -> None:
        self.plan, self.prepare = lambda *args, **kwargs: _send(lambda: prepare(*args, **kwargs)), prepare
        document(self, prepare)

    def write(self, *args: P.args, **kwargs: P.kwargs) -> Pending[R]:
        """Return the write, for `transact`, without sending it."""
        return Pending(lambda: self.prepare(*args, **kwargs))


class write[S, **P, R]:  # noqa: N801  # used as a decorator
    """Make a method that plans a Write a WriteOperation of its object."""

    def __init__(self, prepare: Callable[Concatenate[S, P], Plan[Write[R]]]) -> None:
        self.prepare = prepare
        document(self, prepare)

    @overload
    def __get__(self, instance: None, owner: type) -> "write[S, P, R]": ...
    @overload
    def __get__(self, instance: S, owner: type) -> WriteOperation[P, R]: ...
    def __get__(self, instance: S | None, owner: type) -> "WriteOperation[P, R] | write[S, P, R]":
        """Bind to the object."""
        return self if instance is None else WriteOperation(self.prepare.__get__(instance, owner))


def retried[R](attempt_once: Callable[[], Plan[R]]) -> Plan[R]:
    """Run a plan, again when it meets a Conflict; after ten attempts Conflict, or Throttled, is raised."""
    for attempt in range(ATTEMPTS - 1):
        try:
            return (yield from attempt_once())
        except Conflict:
            yield backoff(attempt)
    try:
        return (yield from attempt_once())
    except LostRace as error:
        raise Conflict(f"gave up after {ATTEMPTS} attempts") from error


def _send[R](prepare: Callable[[], Plan[Write[R]]], as_transaction: bool = False) -> Plan[R]:
    def attempt_once() -> Plan[R]:
        prepared = yield from prepare()
        if not prepared.actions:
            return prepared.done(None)
        if len(prepared.actions) == 1 and prepared.actions[0].kind != "ConditionCheck" and not as_transaction:
            return prepared.done((yield from _send_action(prepared.client, prepared.actions[0])))
        try:
            yield from _send_transaction([prepared], None)
        except TransactionFailed as failure:
            raise failure.reasons[0] or failure from failure.__cause__
        return prepared.done(None)

    return retried(attempt_once)


_THROTTLED = {"ThrottlingError", "ProvisionedThroughputExceeded", "RequestLimitExceeded"}  # codes of reasons
_RETURNED = {"Update": {"ReturnValues": "ALL_NEW"}, "Delete": {"ReturnValues": "ALL_OLD"}}
_UNDER_WAY = "TransactionInProgressException"
_ON_FAILURE = {"ReturnValuesOnConditionCheckFailure": "ALL_OLD"}


def _send_action(client: Client, action: Action) -> Plan[Item | None]:
    """Send one action; copies of it, which the SDK sends when an answer is lost, are told by their token."""
    returned = _RETURNED.get(action.kind, {})
    note_lost_answers(client)
    token, lost = new_token(), False
    for attempt in range(ATTEMPTS):
        parameters = guarded(action.kind, action.parameters, token) | returned | _ON_FAILURE
        try:
            reply = yield from _in_time(Request(client, action.kind + "Item", parameters), lost)
            return reply.get("Attributes")  # type: ignore[no-any-return]  # replies are Any
        except (ClientError, HTTPClientError) as error:
            response, code, _ = refusal(error)
            lost = lost or is_lost(response)
            if code != "ConditionalCheckFailedException":
                if not (lost and code == "TransactionConflictException"):
                    raise _unfinished(error, lost) from error
            else:
                item = response.get("Item")
                match outcome(action.kind, token, item, lost):
                    case "done":
                        return item
                    case "refused":
                        raise _final(action.failed(item), lost) from error
                    case "unknown":
                        raise OutcomeUnknown from error
                    case "again":
                        token = new_token(after=oldest(item))
        yield from _in_time(backoff(attempt), lost)
    raise OutcomeUnknown if lost else Conflict("others keep writing the item")


def _unfinished(error: ClientError | HTTPClientError, lost: bool) -> Exception:
    if lost:
        return OutcomeUnknown()
    _, code, message = refusal(error)
    if exceeds_size(message):
        return TooLarge(message)
    return Conflict("the item is in a transaction") if code == "TransactionConflictException" else error


def _final(failed: DynamodelError, lost: bool) -> DynamodelError:
    """Return the error, unless a copy that is still under way may find room, or nothing at the key."""
    return OutcomeUnknown() if lost and isinstance(failed, LimitReached | AlreadyExists) else failed


def exceeds_size(message: str) -> bool:
    """Return if DynamoDB refused a request for its size."""
    return "size" in message and ("exceed" in message or "limit" in message)


def refusal(error: ClientError | HTTPClientError) -> tuple[dict[str, Any], str, str]:
    """Return the parts of DynamoDB's refusal: response, code and message; those of no response, where none arrived."""
    if isinstance(error, HTTPClientError):
        return {"ResponseMetadata": {LOST: True}}, "", str(error)
    response: dict[str, Any] = dict(error.response)  # the stub's type lacks what DynamoDB adds
    return response, response["Error"]["Code"], response["Error"].get("Message", "")


def _send_transaction(writes: Sequence[Write[Any]], token: str | None) -> Plan[None]:
    actions, places = _joined([action for one in writes for action in one.actions])
    if not actions:
        return
    if len(actions) > _ALWAYS_FIT and sum(action.size for action in actions) > TRANSACTION_BYTES:
        raise TooLarge(f"a transaction may have at most {TRANSACTION_BYTES} bytes")
    parameters: dict[str, Any] = {"TransactItems": [{one.kind: one.parameters | _ON_FAILURE} for one in actions]}
    parameters["ClientRequestToken"] = token or str(uuid4())  # with it, copies of the request are done once
    lost = False  # or may be: the SDK has sent copies of the request
    for attempt in range(ATTEMPTS):
        try:
            yield from _in_time(Request(writes[0].client, "TransactWriteItems", parameters), lost)
            return
        except (ClientError, HTTPClientError) as error:
            response, code, _ = refusal(error)
            lost = lost or code == _UNDER_WAY or response["ResponseMetadata"].get("RetryAttempts", 0) > 0
            if failure := _transaction_failure(error, writes, places, lost):
                raise failure from error
        yield from _in_time(backoff(attempt), lost)
    raise OutcomeUnknown


def _joined(actions: Sequence[Action]) -> tuple[list[Action], list[int | None]]:
    """Join actions on one item, since DynamoDB accepts one action for an item. Raises Overlap for others.

    Returns also, for each action given, the place of the one that does it; None if it is done by another's way.
    """
    separate = sum(action.counted is None and not action.present for action in actions)
    joined, places, places_by_key = list[Action](), list[int | None](), dict[tuple[str, str], int]()
    for action in actions if separate <= TRANSACTION_ACTIONS else ():
        table, key = action.parameters["TableName"], action.key
        at = places_by_key.setdefault((table, repr(key)), len(joined))
        places.append(at)
        if at == len(joined):
            joined.append(action)
        elif action.counted is not None and joined[at].counted is not None:
            joined[at] = counting(table, key, action.counted + (joined[at].counted or 0))
        elif action.present and joined[at].kind != "Delete":  # what writes the item has a condition of its own
            places[-1] = at if joined[at].present else None
        elif joined[at].present and action.kind != "Delete":
            joined[at] = action
            places = [None if place == at else place for place in places[:-1]] + [at]
        else:
            raise Overlap(table, key)
    if max(separate, len(joined)) > TRANSACTION_ACTIONS:
        raise TooLarge(f"{max(separate, len(joined))} actions; a transaction may have at most {TRANSACTION_ACTIONS}")
    return joined, places


def _transaction_failure(
    error: ClientError | HTTPClientError, writes: Sequence[Write[Any]], places: Sequence[int | None], lost: bool
) -> Exception | None:
    """Return the error of a transaction; None where the same request, sent again, finds out more."""
    response, code, message = refusal(error)
    if isinstance(error, HTTPClientError) or is_fault(response):
        return OutcomeUnknown()
    if code == _UNDER_WAY:
        return None
    reasons = response.get("CancellationReasons", [])
    if exceeds_size(" ".join([message, *(str(one.get("Message")) for one in reasons)])):
        return TooLarge(message)
    of_actions = [reasons[place] if place is not None else {} for place in places] if reasons else []
    failure = transaction_error(error, of_actions, writes)
    if not lost or _stays(failure):
        return failure
    return None if isinstance(failure, Conflict) else OutcomeUnknown()


def _stays(failure: Exception) -> bool:
    """Return whether a copy of the request that is still under way must fail for the same reason.

    Versions only grow, while a value that is taken, a key or a limit may be free by then.
    """
    if isinstance(failure, TransactionFailed):
        return all(reason is None or type(reason) is ConditionFailed for reason in failure.reasons)
    return isinstance(failure, LostRace)


def _in_time(step: Request | Pause, lost: bool) -> Plan[Any]:
    """Do a step; if there is no time for it after an answer was lost, the outcome is unknown."""
    try:
        return (yield step)
    except OutOfTime as error:
        raise (OutcomeUnknown() if lost else error) from None


def transaction_error(error: ClientError, reasons: list[dict[str, Any]], writes: Sequence[Write[Any]]) -> Exception:
    """Make the error of the reasons, one per action: conflicts and lost races may be retried, the rest is errors.

    Where an action met a conflict, or was throttled, a failed condition of another does not count: what the first would
    have met is not known yet, and it can be the record that tells that all of this was done before.
    """
    codes = {reason.get("Code", "None") for reason in reasons} - {"None"}
    if codes & _THROTTLED:
        return Throttled("DynamoDB throttles the items")
    if "TransactionConflict" in codes:
        return Conflict("other transactions hold the items")
    if "ConditionalCheckFailed" not in codes:
        return error
    errors: list[DynamodelError | None] = []
    met = map(_reason, (action for one in writes for action in one.actions), reasons)
    for one in writes:
        of_write = [next(met) for _ in one.actions]
        errors.append(next((found for found in of_write if found), None))
    return next((reason for reason in errors if isinstance(reason, LostRace)), TransactionFailed(errors))


def _reason(action: Action, reason: dict[str, Any]) -> DynamodelError | None:
    if reason.get("Code") == "ConditionalCheckFailed":
        try:
            return action.failed(reason.get("Item"))
        except DynamodelError as error:
            return error
    return Conflict(reason.get("Message")) if reason.get("Code", "None") != "None" else None


@Operation
def transact(
    *writes: Pending[Any], token: str | None = None, record: Callable[[list[Any]], Pending[Any]] | None = None
) -> Plan[list[Any]]:
    """Apply all writes, of any tables and models, or none.

    Args:
        *writes: made by `table.create.write(item)` and the like; at most 100 actions (a unique attribute adds one or
            two) of 4 MB together.
        token: 1 to 36 characters. DynamoDB does the same writes under the same token once in ten minutes, and refuses
            others.
        record: returns one more write of the transaction, made of the results that the others will have.

    Returns:
        The results of the single operations; None for an update that needed no read, since DynamoDB returns no values.

    Raises:
        TransactionFailed: nothing was written; it holds a reason per write, that of `record` last.
        Conflict: other writers kept changing the items.
        Throttled: DynamoDB throttled every attempt.
        Overlap: two writes concern one item.
        TooLarge: DynamoDB takes less in one transaction.
    """

    if token is not None and not 1 <= len(token) <= 36:
        raise ValueError("a token must have 1 to 36 characters")

    def attempt_once() -> Plan[list[Any]]:
        prepared = yield from _prepared(writes)
        if record is None:
            yield from _send_transaction(prepared, token)
            return [one.done(None) for one in prepared]
        results = [one.done(None) for one in prepared]
        recorded = yield from record(results).prepare()
        yield from _send_transaction([*prepared, recorded], token)
        return results

    return retried(attempt_once)


def _prepared(writes: Sequence[Pending[Any]]) -> Plan[list[Write[Any]]]:
    prepared: list[Write[Any]] = []
    reasons: list[DynamodelError | None] = [None] * len(writes)
    for place, one in enumerate(writes):
        if not isinstance(one, Pending):
            raise TypeError(f"{one!r} is not a write: pass table.create.write(item) and the like to transact")
        try:
            prepared.append((yield from one.prepare()))
        except DynamodelError as error:
            reasons[place] = error
    if any(reasons):
        raise TransactionFailed(reasons)
    return prepared
