"""POST /{resource}/{id}/{counter}: add to a counter, or subtract from it, within its bounds."""

from lambdas.rest.change import change
from lambdas.rest.crud import Count
from lambdas.rest.endpoint import endpoint
from lambdas.rest.request import Request
from lambdas.rest.response import Response


@endpoint
def handler(request: Request) -> Response:
    """Add to the counter in one conditional write, once for each Idempotency-Key."""
    return change(request, request.attribute.path.add(Count.parse(request.json).delta))
