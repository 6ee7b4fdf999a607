"""Idempotency-Key: a request that is sent again is answered again, and done once.

The record is written in the same transaction as the item, so that there is no state in between. It is kept in the
item's own table, scoped to the caller and the route.
"""

import json
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from hashlib import sha256
from typing import Any

from lambdas import caller
from lambdas.dynamodel import AlreadyExists, Attr, Model, Pending, TransactionFailed, attr, key, transact, ttl
from lambdas.problem import Problem
from lambdas.request import Request
from lambdas.resource import EXPIRES
from lambdas.response import Response
from lambdas.tables import table

KEPT_FOR = timedelta(hours=24)
LONGEST = 255  # characters of a key


class Replay(Model, hidden=True):
    """The first answer to a key."""

    id: Attr[str] = key()
    fingerprint: Attr[str] = attr()  # of the request: another one under the same key is a mistake of the client's
    status: Attr[int] = attr()
    headers: Attr[dict[str, str]] = attr()
    body: Attr[str] = attr()
    expires: Attr[datetime] = ttl(stored=EXPIRES)


def once[R](request: Request, write: Pending[R], answer: Callable[[R], Response]) -> Response:
    """Do the write and answer; under a key that was used before, give the answer that was given then."""
    given = request.headers.get("idempotency-key")
    if given is None:
        (result,) = transact(write)
        return answer(result)
    return remembered(request, record_id(request, given), write, answer)


def remembered[R](request: Request, name: str, write: Pending[R], answer: Callable[[R], Response]) -> Response:
    """Write the item and the record of its answer together; if the record is there, its answer is given."""
    fingerprint = sha256(json.dumps(request.json, sort_keys=True, default=str).encode()).hexdigest()
    replays = table(Replay, request.table.name)
    given: list[Response] = []

    def prepare() -> Any:
        prepared = yield from write.prepare()
        given[:] = [answer(prepared.done(None))]
        return prepared

    def record() -> Any:
        (response,) = given
        expires = datetime.now(UTC) + KEPT_FOR
        replay = Replay(
            id=id,
            fingerprint=fingerprint,
            expires=expires,
            status=response.status,
            headers={**response.headers},
            body=response.text,
        )
        return replays.create.write(replay).prepare()

    try:
        transact(Pending(prepare), Pending(record))
    except TransactionFailed as failure:
        return replayed(failure, fingerprint)
    return given[0]


def replayed(failure: TransactionFailed, fingerprint: str) -> Response:
    """The answer in the record, if that is why the transaction failed; else the failure of the write."""
    of_write, of_record = failure.reasons
    if not isinstance(of_record, AlreadyExists):
        raise of_write or failure
    if of_record.item.fingerprint != fingerprint:
        raise Problem("key-reused", "The Idempotency-Key was used for another request.")
    record = of_record.item
    return Response(record.status, json.loads(record.body), {**record.headers, "Idempotency-Replayed": "true"})


def record_id(request: Request, given: str) -> str:
    """What a record is found by: who calls, what route, and the client's key."""
    if not (given.isascii() and given.isprintable() and 0 < len(given) <= LONGEST):
        raise Problem("invalid-header", f"Idempotency-Key is 1 to {LONGEST} printable ASCII characters.")
    parts = (caller.identity(request.event), request.event["httpMethod"], request.event["resource"], given)
    return sha256("\n".join(parts).encode()).hexdigest()
