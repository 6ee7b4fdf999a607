"""GET /{resource}/{id}: read an item."""

from lambdas.rest.conditional import not_modified
from lambdas.rest.endpoint import endpoint
from lambdas.rest.etag import etag
from lambdas.rest.request import Request
from lambdas.rest.response import Response, found


@endpoint
def handler(request: Request) -> Response:
    """Return the item; 304 if If-None-Match has its current ETag."""
    item = request.table.get_one(request.id, fields=request.projection)
    return Response(304, headers={"ETag": etag(item)}) if not_modified(request, item) else found(item, request.fields)
