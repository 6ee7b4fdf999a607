"""POST /{resource}/{id}/{counter}: count up or down, never past the counter's bounds."""

from typing import Any

from dynamodel import ConditionFailed, LimitReached
from lambdas.rest.conditional import meets_precondition, precondition
from lambdas.rest.count_body import Count
from lambdas.rest.endpoint import endpoint
from lambdas.rest.idempotency import run_idempotent
from lambdas.rest.request import Request
from lambdas.rest.response import Response, found


@endpoint
def handler(request: Request) -> Response:
    """Add to the counter in one conditional write, once for each Idempotency-Key."""

    def answer(items: list[Any]) -> Response:
        return found(items[0])

    change = request.counter.add(Count.parse(request.json).delta)
    condition = precondition(request, required=False)
    keyed = "idempotency-key" in request.headers  # the stored answer needs the result before the write is done
    try:
        write = request.table.update.write(request.id, change, condition=condition, read_first=keyed)
        return run_idempotent(request, [write], answer)
    except LimitReached as limit:
        if not meets_precondition(request, limit.item):  # preconditions come first (RFC 9110, section 13.2.1)
            raise ConditionFailed(limit.item) from None
        raise
