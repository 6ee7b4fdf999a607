"""POST /{resource}/{id}/{file}: request a signed URL, to upload a file to storage directly."""

from datetime import UTC, datetime

from lambdas.files import storage
from lambdas.files.serving import EXPIRES_AFTER
from lambdas.files.ticket import UploadTicket, upload_body
from lambdas.files.upload import Place, expect, uploads
from lambdas.rest.conditional import check_precondition
from lambdas.rest.endpoint import endpoint
from lambdas.rest.request import Request
from lambdas.rest.response import Response


@endpoint
def handler(request: Request) -> Response:
    """Return a URL that accepts these bytes once; the file is linked to the item when it is verified.

    Cancels an earlier upload that is not linked yet.
    """
    body = upload_body(request.resource, request.attribute.name).parse(request.json)
    item = request.table.get_one(request.id, consistent=True)
    check_precondition(request, item)
    place = Place.new(
        request.resource.path, request.attribute.name, request.id, sha256=body.sha256, media_type=body.type
    )
    expires_at = datetime.now(UTC) + EXPIRES_AFTER
    url, headers = storage.signed_put(
        request.settings.uploads_bucket,
        place.staged_key,
        media_type=body.type,
        length=body.bytes,
        sha256=body.sha256,
    )
    expect(uploads(request.model, request.settings), place, body, request.resource.created_at.of(item))
    ticket = UploadTicket(method="PUT", url=url, headers=headers, expires_at=f"{expires_at:%Y-%m-%dT%H:%M:%SZ}")
    return Response(201, ticket.to_json())
