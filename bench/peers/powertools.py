"""Powertools' REST resolver with pydantic validation, its logger, and boto3's resource, as its documentation shows."""

import os
import uuid
from decimal import Decimal
from typing import Any, Literal

import boto3
from aws_lambda_powertools import Logger
from aws_lambda_powertools.event_handler import APIGatewayRestResolver, Response
from aws_lambda_powertools.event_handler.exceptions import NotFoundError
from boto3.dynamodb.conditions import Attr, Key
from pydantic import BaseModel, Field

PACKAGES = ("boto3", "aws-lambda-powertools", "pydantic")
SLUG = r"^[a-z0-9]+(-[a-z0-9]+)*$"
logger = Logger(service="bench")
app = APIGatewayRestResolver(enable_validation=True)
table = boto3.resource("dynamodb").Table(os.environ["TABLE_NAME"])


class Product(BaseModel):
    """The body of a create."""

    sku: str = Field(pattern=r"^[A-Z0-9]+(-[A-Z0-9]+)*$", min_length=3, max_length=32)
    name: str = Field(min_length=1, max_length=200)
    description: str | None = Field(default=None, max_length=2000)
    category: str = Field(pattern=SLUG, max_length=50)
    price: Decimal = Field(ge=0, decimal_places=2)
    status: Literal["draft", "active", "archived"] = "draft"
    stock: int = Field(default=0, ge=0)


class Stored(Product):
    """An answer."""

    id: str
    version: int


@app.post("/products", responses={201: {"description": "Created"}})
def create_product(product: Product) -> Response[Stored]:
    """Store an item."""
    item = {**product.model_dump(exclude_none=True), "id": str(uuid.uuid4()), "version": 1}
    table.put_item(Item=item, ConditionExpression=Attr("id").not_exists())
    logger.info("created")
    return Response(201, "application/json", Stored(**item))


@app.get("/products/<id>")
def get_product(id: str) -> Stored:  # noqa: A002 - the name of the path parameter
    """Read an item."""
    item = table.get_item(Key={"id": id}).get("Item")
    if item is None:
        raise NotFoundError
    logger.info("read")
    return Stored(**item)


@app.get("/products")
def list_products() -> list[Stored]:
    """Read a page of 20."""
    reply = table.query(
        IndexName="newest", KeyConditionExpression=Key("newest_shard").eq(0), ScanIndexForward=False, Limit=20
    )
    logger.info("listed")
    return [Stored(**item) for item in reply["Items"]]


def create(event: dict[str, Any], context: Any) -> dict[str, Any]:
    """Answer any route; one function serves all of them."""
    return app.resolve(event, context)


get = list_items = create
