"""DELETE /{resource}/{id}/{file}: remove the file of an item."""

from dynamodel import TransactionFailed, transact
from lambdas.files.upload import expect_none, uploads
from lambdas.rest.conditional import precondition
from lambdas.rest.endpoint import endpoint
from lambdas.rest.request import Request
from lambdas.rest.response import Response


@endpoint
def handler(request: Request) -> Response:
    """Remove the file, and cancel an upload that is not linked to the item yet."""
    removed = request.table.update.write(request.id, request.attribute.path.remove(), condition=precondition(request))
    try:
        transact(removed, expect_none(uploads(request.model, request.settings), request.attribute.name, request.id))
    except TransactionFailed as failure:
        raise failure.reasons[0] or failure from None
    return Response(204)
