"""GET /{resource}: list items, newest first or as an index orders them, a page at a time."""

from urllib.parse import urlencode

from lambdas.rest.endpoint import endpoint
from lambdas.rest.list_query import read_page
from lambdas.rest.request import Request
from lambdas.rest.response import Response


@endpoint
def handler(request: Request) -> Response:
    """Return one page, and a link to the next one."""
    page, fields = read_page(request), request.fields
    items = [item.to_json(include=fields) for item in page.items]
    headers = link(request, page.cursor) if page.cursor else {}
    return Response(200, {"items": items, "next": page.cursor}, headers)


def link(request: Request, cursor: str) -> dict[str, str]:
    """Return the address of the next page (RFC 8288), relative to this one."""
    return {"Link": f'<?{urlencode({**request.parameters, "cursor": cursor})}>; rel="next"'}
