"""PUT /{resource}/{id}: replace what a client may write of an item, or create it where the resource allows that."""

from lambdas.rest.conditional import as_expected, creates
from lambdas.rest.endpoint import endpoint
from lambdas.rest.request import Request
from lambdas.rest.response import Response, created, found


@endpoint
def handler(request: Request) -> Response:
    """Replace the item that is there; its id and creation time stay."""
    item = request.model.parse(request.json)
    if creates(request):
        return created(request.table.create(request.resource.with_id(item, request.id)), request.id)
    return found(request.table.replace(request.id, item, condition=as_expected(request)))
