"""GET /{resource}/{id}: read an item."""

from lambdas.endpoint import Request, Response, endpoint


@endpoint
def handler(request: Request) -> Response:
    """Give the item as it is stored now."""
    return Response(200, request.table.demand(request.id).to_json())
