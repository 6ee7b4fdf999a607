"""PUT /{resource}/{id}: replace what a client may write of an item."""

from lambdas.endpoint import Request, Response, endpoint


@endpoint
def handler(request: Request) -> Response:
    """Replace the item that is there; its id and creation time stay."""
    return Response(200, request.table.replace(request.id, request.model.parse(request.json)).to_json())
