"""PUT /{resource}/{id}: replace the writable fields of an item, or create it, if clients may choose ids."""

from lambdas.rest.conditional import creates_item, precondition
from lambdas.rest.endpoint import endpoint
from lambdas.rest.request import Request
from lambdas.rest.response import Response, created, found


@endpoint
def handler(request: Request) -> Response:
    """Replace an existing item; its id and creation time stay."""
    item, resource = request.model.parse(request.json), request.resource
    if creates_item(request):
        write = request.table.create.write(resource.with_id(item, request.id))
        new = write.send(as_transaction=True)  # others know the id, so may delete the item before the response arrives
        return created(new, resource.segment(new))
    return found(request.table.replace(request.id, item, condition=precondition(request)))
