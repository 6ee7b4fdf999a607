"""PUT /{resource}/{id}: replace what a client may write of an item, or create it where the resource allows that."""

from lambdas.conditional import as_expected, creates
from lambdas.endpoint import endpoint
from lambdas.request import Request
from lambdas.response import Response, created, found


@endpoint
def handler(request: Request) -> Response:
    """Replace the item that is there; its id and creation time stay."""
    item = request.model.parse(request.json)
    if creates(request):
        return created(request.table.create(request.resource.at(item, request.id)), request.id)
    return found(request.table.replace(request.id, item, condition=as_expected(request)))
