"""GET /{resource}: list items, newest first or as an index orders them, a page at a time."""

from typing import Any
from urllib.parse import urlencode

from dynamodel import to_json
from lambdas.rest.endpoint import endpoint
from lambdas.rest.list_query import read_page
from lambdas.rest.request import Request
from lambdas.rest.response import Response
from lambdas.runtime.observability import log_unreadable


@endpoint
def handler(request: Request) -> Response:
    """Return one page, a link to the next one, and the keys of items in its place that do not fit the model."""
    page, fields = read_page(request), request.fields
    body: dict[str, Any] = {"items": [item.to_json(include=fields) for item in page.items], "next": page.cursor}
    if page.unreadable:
        log_unreadable(page.unreadable)
        body["unreadable"] = [to_json(error.key) for error in page.unreadable]
    return Response(200, body, link(request, page.cursor) if page.cursor else {})


def link(request: Request, cursor: str) -> dict[str, str]:
    """Return the address of the next page (RFC 8288), relative to this one."""
    return {"Link": f'<?{urlencode({**request.parameters, "cursor": cursor})}>; rel="next"'}
