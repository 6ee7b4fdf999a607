"""DELETE /{resource}/{id}: delete an item."""

from lambdas.conditional import as_expected
from lambdas.endpoint import endpoint
from lambdas.request import Request
from lambdas.response import Response


@endpoint
def handler(request: Request) -> Response:
    """Delete the item that is there."""
    request.table.delete(request.id, condition=as_expected(request))
    return Response(204)
