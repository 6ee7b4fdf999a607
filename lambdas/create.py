"""POST /{resource}: create an item."""

from lambdas.endpoint import Request, Response, endpoint


@endpoint
def handler(request: Request) -> Response:
    """Store a new item and tell where it is."""
    item = request.table.create(request.model.parse(request.json))
    return Response(201, item.to_json(), headers={"Location": request.resource.href(item)})
