"""Chalice, with boto3's client; it validates nothing."""

from typing import Any

import items
from chalice import Chalice, NotFoundError, Response

app = Chalice(app_name="bench")


@app.route("/products", methods=["POST"])
def create_product() -> Response:
    """Store an item."""
    return Response(items.put(app.current_request.json_body), status_code=201)


@app.route("/products/{id}")
def get_product(id: str) -> Any:  # noqa: A002 - the name of the path parameter
    """Read an item."""
    item = items.get(id)
    if not item:
        raise NotFoundError
    return item


@app.route("/products")
def list_products() -> Any:
    """Read a page of 20."""
    return items.newest()


create = get = list_items = app
