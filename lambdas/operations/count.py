"""POST /{resource}/{id}/{counter}: count up or down, never past the counter's bounds."""

from lambdas.rest.count_body import Count
from lambdas.rest.endpoint import endpoint
from lambdas.rest.request import Request
from lambdas.rest.response import Response, found


@endpoint
def handler(request: Request) -> Response:
    """Add to the counter in one conditional write."""
    delta = Count.parse(request.json).delta
    return found(request.table.update(request.id, request.counter.add(delta)))
