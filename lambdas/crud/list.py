"""GET /{resource}: list items in pages, newest first or in the order of an index."""

from urllib.parse import urlencode

from lambdas.rest.endpoint import endpoint
from lambdas.rest.list_query import read_page
from lambdas.rest.request import Request
from lambdas.rest.response import Response, listed


@endpoint
def handler(request: Request) -> Response:
    """Return one page, a link to the next one, and the keys of stored items that do not fit the model."""
    page, headers = read_page(request, request.parent), {}
    if page.cursor:  # the address of the next page (RFC 8288), relative to this one
        headers["Link"] = f'<?{urlencode({**request.parameters, "cursor": page.cursor})}>; rel="next"'
    return listed(page, request.fields, headers)
