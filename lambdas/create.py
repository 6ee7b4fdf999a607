"""POST /{resource}: create an item."""

from lambdas.endpoint import endpoint
from lambdas.idempotency import once
from lambdas.request import Request
from lambdas.response import Response, created


@endpoint
def handler(request: Request) -> Response:
    """Store a new item, once for each Idempotency-Key, and tell where it is."""
    item = request.model.parse(request.json)
    write = request.table.create.write(item)
    return once(request, [write], lambda items: created(items[0], request.resource.href(items[0])))
