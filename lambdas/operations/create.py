"""POST /{resource}: create an item."""

from lambdas.rest.endpoint import endpoint
from lambdas.rest.idempotency import once
from lambdas.rest.request import Request
from lambdas.rest.response import Response, created


@endpoint
def handler(request: Request) -> Response:
    """Store a new item, once for each Idempotency-Key, and tell where it is."""
    item = request.model.parse(request.json)
    write = request.table.create.write(item)
    return once(request, [write], lambda items: created(items[0], request.resource.href(items[0])))
