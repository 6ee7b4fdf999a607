"""DELETE /{resource}/{id}: delete an item."""

from lambdas.rest.conditional import as_expected
from lambdas.rest.endpoint import endpoint
from lambdas.rest.request import Request
from lambdas.rest.response import Response


@endpoint
def handler(request: Request) -> Response:
    """Delete the item that is there."""
    request.table.delete(request.id, condition=as_expected(request))
    return Response(204)
