"""PATCH /{resource}/{id}: change some fields of an item."""

from lambdas.endpoint import Request, Response, endpoint


@endpoint
def handler(request: Request) -> Response:
    """Change the fields that are given, held to the same rules as a new item."""
    changes = request.model.parse_patch(request.json)
    return Response(200, request.table.update(request.id, *changes).to_json())
