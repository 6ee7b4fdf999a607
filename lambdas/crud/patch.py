"""PATCH /{resource}/{id}: change some fields of an item, as a JSON Merge Patch (RFC 7396)."""

from lambdas.rest.conditional import precondition
from lambdas.rest.endpoint import endpoint
from lambdas.rest.request import Request
from lambdas.rest.response import Response, found


@endpoint
def handler(request: Request) -> Response:
    """Change the fields that are sent, under the same rules as a new item."""
    changes = request.model.parse_patch(request.json)
    return found(request.table.update(request.id, *changes, condition=precondition(request)))
