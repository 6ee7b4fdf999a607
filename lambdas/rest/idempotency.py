"""Idempotency-Key: a retried request has its effect once, and every attempt gets the first response.

The record of the response is written in the same transaction as the items, so that there is no state in between. It is
kept in the resource's own table, scoped to the caller, the route and the item.
"""

import json
from collections.abc import Callable, Sequence
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from hashlib import sha256
from typing import Any

from dynamodel import (
    AlreadyExists,
    Attr,
    ConditionFailed,
    InUse,
    MissingReference,
    Model,
    NotFound,
    NotUnique,
    Pending,
    TransactionFailed,
    attr,
    key,
    transact,
    ttl,
)
from lambdas.rest import caller
from lambdas.rest.limits import IDEMPOTENCY_KEY, MAX_KEY_LENGTH, MAX_STORED_BYTES
from lambdas.rest.problems import Problem
from lambdas.rest.request import Request
from lambdas.rest.resource import EXPIRES
from lambdas.rest.response import Response
from lambdas.runtime.tables import table_beside

KEPT_FOR = timedelta(hours=24)
STATE_ERRORS = (NotFound, ConditionFailed, NotUnique, InUse, MissingReference)  # they depend on what is stored
MAX_INTEGER_EXPONENT = 400  # above it, a number that is written with an exponent is not expanded

type Answer = Callable[[list[Any]], Response]  # of the results of the writes


class Replay(Model, hidden=True):
    """The first response for a key. No index of the resource may find its attributes: they have names of their own."""

    id: Attr[str] = key()
    fingerprint: Attr[str] = attr(stored="_fingerprint")  # of the body: another under the same key is a mistake
    status: Attr[int] = attr(stored="_status")
    headers: Attr[dict[str, str]] = attr(stored="_headers")
    body: Attr[str] = attr(stored="_body")
    expires: Attr[datetime] = ttl(stored=EXPIRES)


def run_idempotent(request: Request, writes: Sequence[Pending[Any]], answer: Answer) -> Response:
    """Apply the writes, all or none, and return the response; for a key that was used before, the stored one."""
    if "idempotency-key" in request.headers:
        return Recording(request, answer).run(writes)
    return answer([writes[0].send()] if len(writes) == 1 else transact(*writes))


class Recording:
    """One attempt with a key: the writes, and the record of their response."""

    def __init__(self, request: Request, answer: Answer) -> None:
        """Identify the request by caller, route and key, and its body by a fingerprint."""
        self.id, self.answer = record_id(request), answer
        body = json.dumps(request.json if request.route.body else None, sort_keys=True, default=canonical_number)
        self.fingerprint = sha256(body.encode()).hexdigest()
        self.replays = table_beside(Replay, request.model, request.settings)
        self.response = Response(500)

    def run(self, writes: Sequence[Pending[Any]]) -> Response:
        """Apply the writes and store the response in one transaction; return a response that is stored already."""
        try:
            transact(*writes, record=self.make_record)
        except TransactionFailed as failure:
            return self.replay_response(failure, len(writes))
        return self.response

    def make_record(self, results: list[Any]) -> Pending[Replay]:
        """Make the response from the results of the writes, and the write of its record."""
        self.response = self.answer(results)
        if len(self.response.text.encode()) > MAX_STORED_BYTES:
            title = f"Under an Idempotency-Key the response is stored, and may have at most {MAX_STORED_BYTES:,} bytes."
            raise Problem("too-large", title)
        record = self.replays.model(
            id=self.id,
            fingerprint=self.fingerprint,
            status=self.response.status,
            headers={**self.response.headers},
            body=self.response.text,
            expires=datetime.now(UTC) + KEPT_FOR,
        )
        return self.replays.create.write(record)

    def replay_response(self, failure: TransactionFailed, writes: int) -> Response:
        """Return the stored response, if there is one; else raise the failure of the writes."""
        record = self.stored_record(failure, writes)
        if record is None:
            reasons = failure.reasons[:writes]
            raise (reasons[0] if writes == 1 else None) or TransactionFailed(reasons)
        if record.fingerprint != self.fingerprint:
            raise Problem("key-reused")
        return Response(record.status, json.loads(record.body), {**record.headers, "Idempotency-Replayed": "true"})

    def stored_record(self, failure: TransactionFailed, writes: int) -> Replay | None:
        """Return the record that made the transaction fail, or that of an earlier attempt which did the writes before.

        A write that reads its item first fails without a transaction where it was done already: the item is gone, say.
        """
        of_record = failure.reasons[writes:]
        if not of_record and any(isinstance(reason, STATE_ERRORS) for reason in failure.reasons):
            return self.replays.get(self.id, consistent=True)
        exists = bool(of_record) and isinstance(of_record[0], AlreadyExists)
        return of_record[0].item if exists else None  # type: ignore[union-attr] # it is AlreadyExists


def canonical_number(number: Decimal) -> int | str:
    """Return the same for equal numbers, as JSON text can write them in many ways: 9.99 and 9.990, 1e1 and 10."""
    sign, digits, exponent = number.as_tuple()
    coefficient = "".join(map(str, digits)).rstrip("0") or "0"
    exponent = int(exponent) + len(digits) - len(coefficient) if coefficient != "0" else 0
    text = f"{'-' * sign}{coefficient}e{exponent}"
    return int(Decimal(text)) if 0 <= exponent < MAX_INTEGER_EXPONENT else text


def record_id(request: Request) -> str:
    """Return the id of the request's record: a hash of the caller, the route, the item and the client's key."""
    given, event = request.headers["idempotency-key"], request.event
    if not IDEMPOTENCY_KEY.fullmatch(given):
        raise Problem("invalid-header", f"Idempotency-Key must be 1 to {MAX_KEY_LENGTH} visible ASCII characters.")
    item = (request.id,) if event["pathParameters"] else ()  # else the answer about one would be given for another
    parts = (caller.identity(event), event["httpMethod"], event["resource"], given, *item)
    return sha256("\n".join(parts).encode()).hexdigest()
