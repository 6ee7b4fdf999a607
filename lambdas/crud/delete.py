"""DELETE /{resource}/{id}: delete an item."""

from lambdas.rest.conditional import precondition
from lambdas.rest.endpoint import endpoint
from lambdas.rest.request import Request
from lambdas.rest.response import Response


@endpoint
def handler(request: Request) -> Response:
    """Delete an existing item."""
    write = request.table.delete.write(request.id, condition=precondition(request))
    write.send(as_transaction=request.resource.client_ids)  # or else a late copy may delete a new item at the same id
    return Response(204)
