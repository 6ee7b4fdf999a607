"""GET /{resource}: list items, newest first, a page at a time."""

from lambdas.endpoint import Request, Response, endpoint


@endpoint
def handler(request: Request) -> Response:
    """Give one page and the cursor of the next."""
    page = request.table.query(descending=True, limit=request.limit, cursor=request.parameters.get("cursor"))
    return Response(200, {"items": [item.to_json() for item in page.items], "next": page.cursor})
