"""Powertools' REST resolver with pydantic validation, its logger, and boto3's resource, as its documentation shows."""

import products
from aws_lambda_powertools import Logger
from aws_lambda_powertools.event_handler import APIGatewayRestResolver, Response
from aws_lambda_powertools.event_handler.exceptions import NotFoundError
from fields import Product
from products import Stored

logger = Logger(service="bench")
app = APIGatewayRestResolver(enable_validation=True)


@app.post("/products", responses={201: {"description": "Created"}})
def create_product(product: Product) -> Response[Stored]:
    """Store an item."""
    item = products.put(product)
    logger.info("created")
    return Response(201, "application/json", item)


@app.get("/products/<id>")
def get_product(id: str) -> Stored:  # noqa: A002 - the name of the path parameter
    """Read an item."""
    item = products.get(id)
    if item is None:
        raise NotFoundError
    logger.info("read")
    return item


@app.get("/products")
def list_products() -> list[Stored]:
    """Read a page of 20."""
    items = products.newest()
    logger.info("listed")
    return items


create = get = list_items = app.resolve
