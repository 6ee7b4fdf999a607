"""DELETE /{resource}/{id}: delete an item."""

from lambdas.endpoint import Request, Response, endpoint


@endpoint
def handler(request: Request) -> Response:
    """Delete the item that is there."""
    request.table.delete(request.id)
    return Response(204)
