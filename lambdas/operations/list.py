"""GET /{resource}: list items, newest first or as an index orders them, a page at a time."""

from urllib.parse import urlencode

from lambdas.rest import list_query as listing
from lambdas.rest.endpoint import endpoint
from lambdas.rest.request import Request
from lambdas.rest.response import Response


@endpoint
def handler(request: Request) -> Response:
    """Give one page, and where the next one is."""
    page = listing.page(request)
    items = [item.to_json(include=request.fields) for item in page.items]
    return Response(200, {"items": items, "next": page.cursor}, link(request, page.cursor))


def link(request: Request, cursor: str | None) -> dict[str, str]:
    """The address of the next page (RFC 8288), relative to this one."""
    if cursor is None:
        return {}
    return {"Link": f'<?{urlencode({**request.parameters, "cursor": cursor})}>; rel="next"'}
