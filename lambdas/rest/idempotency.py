"""Idempotency-Key: a request that is sent again is answered again, and done once.

The record is written in the same transaction as the item, so that there is no state in between. It is kept in the
item's own table, scoped to the caller and the route.
"""

import json
from collections.abc import Callable, Sequence
from datetime import UTC, datetime, timedelta
from hashlib import sha256
from typing import Any

from dynamodel import AlreadyExists, Attr, Model, Pending, TransactionFailed, attr, key, transact, ttl
from dynamodel.operations import Plan
from dynamodel.transaction import Write
from lambdas.rest import caller
from lambdas.rest.limits import IDEMPOTENCY_KEY, MAX_KEY_LENGTH
from lambdas.rest.problems import Problem
from lambdas.rest.request import Request
from lambdas.rest.resource import EXPIRES
from lambdas.rest.response import Response
from lambdas.runtime.tables import table

KEPT_FOR = timedelta(hours=24)


class Replay(Model, hidden=True):
    """The first answer to a key."""

    id: Attr[str] = key()
    fingerprint: Attr[str] = attr()  # of the request: another one under the same key is a mistake of the client's
    status: Attr[int] = attr()
    headers: Attr[dict[str, str]] = attr()
    body: Attr[str] = attr()
    expires: Attr[datetime] = ttl(stored=EXPIRES)


def run_idempotent(
    request: Request, writes: Sequence[Pending[Any]], answer: Callable[[list[Any]], Response]
) -> Response:
    """Do the writes, all or none, and answer; under a key that was used before, give the answer that was given then."""
    given = request.headers.get("idempotency-key")
    if given is None:
        return answer([writes[0].send()] if len(writes) == 1 else transact(*writes))
    return remembered(request, record_id(request, given), writes, answer)


def remembered(
    request: Request, name: str, writes: Sequence[Pending[Any]], answer: Callable[[list[Any]], Response]
) -> Response:
    """Do the writes and keep their answer in one transaction; if an answer is there, give that."""
    fingerprint = sha256(json.dumps(request.json, sort_keys=True, default=str).encode()).hexdigest()
    replays = table(Replay, request.table.name)
    results: dict[int, Any] = {}  # of the writes that could be prepared
    response = Response(500)

    def noting(place: int, write: Pending[Any]) -> Pending[Any]:
        def prepare() -> Plan[Write[Any]]:
            results.pop(place, None)
            prepared = yield from write.prepare()
            results[place] = prepared.done(None)
            return prepared

        return Pending(prepare)

    def record() -> Plan[Write[Replay]]:
        nonlocal response
        if len(results) == len(writes):  # or else nothing is written, and there is no answer to keep
            response = answer([results[place] for place in range(len(writes))])
        return replays.create.write(kept(name, fingerprint, response)).prepare()

    try:
        transact(*(noting(*each) for each in enumerate(writes)), Pending(record))
    except TransactionFailed as failure:
        return replayed(failure, fingerprint)
    return response


def kept(name: str, fingerprint: str, response: Response) -> Replay:
    """The record of an answer."""
    return Replay(
        id=name,
        fingerprint=fingerprint,
        status=response.status,
        headers={**response.headers},
        body=response.text,
        expires=datetime.now(UTC) + KEPT_FOR,
    )


def replayed(failure: TransactionFailed, fingerprint: str) -> Response:
    """The answer in the record, if that is why the transaction failed; else the failure of the writes."""
    *of_writes, of_record = failure.reasons
    if not isinstance(of_record, AlreadyExists):
        raise (of_writes[0] if len(of_writes) == 1 else None) or TransactionFailed(of_writes)
    record = of_record.item
    if record.fingerprint != fingerprint:
        raise Problem("key-reused")
    return Response(record.status, json.loads(record.body), {**record.headers, "Idempotency-Replayed": "true"})


def record_id(request: Request, given: str) -> str:
    """What a record is found by: who calls, what route, and the client's key."""
    if not IDEMPOTENCY_KEY.fullmatch(given):
        raise Problem("invalid-header", f"Idempotency-Key is 1 to {MAX_KEY_LENGTH} visible ASCII characters.")
    parts = (caller.identity(request.event), request.event["httpMethod"], request.event["resource"], given)
    return sha256("\n".join(parts).encode()).hexdigest()
