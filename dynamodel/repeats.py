"""Writes that may arrive twice: each leaves a token in the item, so that a repeat recognizes the first.

An answer can be lost after DynamoDB has done the work, and whoever sent the request (the SDK, usually) sends it again.
Transactions have a token for that. Single writes have none, so each takes part in this protocol:

- An item holds the tokens of its last writes, the newest first, in attributes of which models know nothing. A new item
  holds its first writer's token in all of them. Tokens grow with time.
- A write is refused if its token is there already (it is a repeat), or if the oldest one there is younger than its own:
  the item was made, or written too often, since the write began.

So no write is done twice, or done to another item that has got the key meanwhile, however late a copy of it arrives.
"""

import os
import time
from collections.abc import Mapping
from typing import Any, Literal

from .codec import Value

TOKENS = tuple(f"$w{place}" for place in range(4))  # the stored names, the newest first
SERVER_FAULT = 500  # statuses from here on leave open whether the request was done
_TIME_BYTES, _CHANCE_BYTES = 7, 3  # microseconds since 1970, which 7 bytes hold until 4253; two writers in one of them

_NAMES = {f"#w{place}": name for place, name in enumerate(TOKENS)}
_GUARD = "(attribute_not_exists(#w3) OR #w3 < :w) AND NOT :w IN (#w0, #w1, #w2)"
_SHIFT = "#w0 = :w, " + ", ".join(f"#w{n + 1} = if_not_exists(#w{n}, :w)" for n in range(len(TOKENS) - 1))

LOST = "DynamodelLost"  # in a response's metadata: an answer to an earlier attempt was lost

type Outcome = Literal["done", "refused", "again", "unknown"]


def note_lost_answers(client: Any) -> None:
    """Mark responses to requests that the SDK has repeated, because an answer did not arrive or was a fault."""
    client.meta.events.register("needs-retry.dynamodb", _note, unique_id=LOST)


def _note(request_dict: Any, response: Any, caught_exception: Exception | None, **_: Any) -> None:
    context = request_dict["context"]
    if caught_exception is not None or is_fault(response[1]):
        context[LOST] = True
    elif LOST in context:
        response[1]["ResponseMetadata"][LOST] = True


def is_lost(response: Mapping[str, Any]) -> bool:
    """Return whether the request may have been done although it was refused at last."""
    return LOST in response.get("ResponseMetadata", {}) or is_fault(response)


def is_fault(response: Mapping[str, Any]) -> bool:
    """Return whether DynamoDB answered that it failed, which leaves the outcome open."""
    return bool(response.get("ResponseMetadata", {}).get("HTTPStatusCode", 0) >= SERVER_FAULT)


def new_token(after: bytes = b"") -> bytes:
    """Return a token that is younger than all before it, and than `after`."""
    moment = max(time.time_ns() // 1000, int.from_bytes(after[:_TIME_BYTES]) + 1)
    return moment.to_bytes(_TIME_BYTES) + os.urandom(_CHANCE_BYTES)


def marked(item: Mapping[str, Value], token: bytes) -> dict[str, Value]:
    """Return a new item with its first writer's token."""
    return {**item, **{name: {"B": token} for name in TOKENS}}


def guarded(kind: str, parameters: Mapping[str, Any], token: bytes) -> dict[str, Any]:
    """Return the parameters of a PutItem, UpdateItem or DeleteItem that is done once, however often it arrives.

    Its condition, if it has one, stands in parentheses unless it is a single test.
    """
    result, condition = dict(parameters), parameters.get("ConditionExpression")
    if kind == "Put":
        result["Item"] = marked(parameters["Item"], token)
    if kind == "Update":
        result["UpdateExpression"] = _shifting(parameters.get("UpdateExpression", ""))
    result["ConditionExpression"] = f"{condition} AND {_GUARD}" if condition else _GUARD
    result["ExpressionAttributeNames"] = parameters.get("ExpressionAttributeNames", {}) | _NAMES
    result["ExpressionAttributeValues"] = parameters.get("ExpressionAttributeValues", {}) | {":w": {"B": token}}
    return result


def _shifting(update: str) -> str:
    """Return the update expression, which also puts the token before the others; all names in it are aliases."""
    if "SET " in update:
        return update.replace("SET ", f"SET {_SHIFT}, ", 1)
    return f"SET {_SHIFT} {update}".rstrip()


def outcome(kind: str, token: bytes, item: Mapping[str, Value] | None, lost: bool) -> Outcome:
    """Return the outcome of a write that was refused at last, where `item` was stored.

    If an answer was `lost`, an earlier copy of the write may have been done. A delete is, when nothing is there (RFC
    9110, 13.1.1: it "appears to have already been applied"); of other writes, nobody knows.
    """
    held = [bytes(item[name]["B"]) for name in TOKENS if name in item] if item else []
    if token in held or (item is None and lost and kind == "Delete"):
        return "done"
    overtaken = bool(held) and held[-1] > token
    if lost and (item is None or overtaken):
        return "unknown"
    return "again" if overtaken else "refused"


def oldest(item: Mapping[str, Value] | None) -> bytes:
    """Return the oldest token of an item that has some."""
    return bytes(item[TOKENS[-1]]["B"]) if item else b""
