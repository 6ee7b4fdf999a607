"""POST /{resource}: create an item."""

from lambdas.rest.endpoint import endpoint
from lambdas.rest.idempotency import run_idempotent
from lambdas.rest.request import Request
from lambdas.rest.response import Response, created


@endpoint
def handler(request: Request) -> Response:
    """Store a new item, once for each Idempotency-Key, and tell where it is."""
    item = request.model.parse(request.json)
    write = request.table.create.write(item)
    return run_idempotent(request, [write], lambda items: created(items[0], request.resource.href(items[0])))
