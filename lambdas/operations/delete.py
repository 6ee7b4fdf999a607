"""DELETE /{resource}/{id}: delete an item."""

from lambdas.rest.conditional import precondition
from lambdas.rest.endpoint import endpoint
from lambdas.rest.request import Request
from lambdas.rest.response import Response


@endpoint
def handler(request: Request) -> Response:
    """Delete an existing item."""
    request.table.delete(request.id, condition=precondition(request))
    return Response(204)
