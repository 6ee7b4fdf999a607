"""POST /{resource}: create an item."""

from typing import Any

from lambdas.rest.conditional import check_collection
from lambdas.rest.endpoint import endpoint
from lambdas.rest.idempotency import run_idempotent
from lambdas.rest.request import Request
from lambdas.rest.response import Response, created


@endpoint
def handler(request: Request) -> Response:
    """Store a new item, once for each Idempotency-Key, and return it with its location."""

    def answer(items: list[Any]) -> Response:
        return created(items[0], request.resource.href(items[0]))

    check_collection(request)
    item = request.model.parse(request.json)
    return run_idempotent(request, [request.table.create.write(item)], answer)
