"""FastAPI behind Mangum, with boto3's resource."""

import os
import uuid
from decimal import Decimal
from typing import Literal

import boto3
from boto3.dynamodb.conditions import Attr, Key
from fastapi import FastAPI, HTTPException
from mangum import Mangum
from pydantic import BaseModel, Field

PACKAGES = ("boto3", "fastapi", "mangum")
app = FastAPI()
table = boto3.resource("dynamodb").Table(os.environ["TABLE_NAME"])


class Product(BaseModel):
    """The body of a create."""

    sku: str = Field(pattern=r"^[A-Z0-9]+(-[A-Z0-9]+)*$", min_length=3, max_length=32)
    name: str = Field(min_length=1, max_length=200)
    description: str | None = Field(default=None, max_length=2000)
    category: str = Field(pattern=r"^[a-z0-9]+(-[a-z0-9]+)*$", max_length=50)
    price: Decimal = Field(ge=0, decimal_places=2)
    status: Literal["draft", "active", "archived"] = "draft"
    stock: int = Field(default=0, ge=0)


class Stored(Product):
    """An answer."""

    id: str
    version: int


@app.post("/products", status_code=201)
def create_product(product: Product) -> Stored:
    """Store an item."""
    item = {**product.model_dump(exclude_none=True), "id": str(uuid.uuid4()), "version": 1}
    table.put_item(Item=item, ConditionExpression=Attr("id").not_exists())
    return Stored(**item)


@app.get("/products/{id}")
def get_product(id: str) -> Stored:  # noqa: A002 - the name of the path parameter
    """Read an item."""
    item = table.get_item(Key={"id": id}).get("Item")
    if item is None:
        raise HTTPException(404)
    return Stored(**item)


@app.get("/products")
def list_products() -> list[Stored]:
    """Read a page of 20."""
    reply = table.query(
        IndexName="newest", KeyConditionExpression=Key("newest_shard").eq(0), ScanIndexForward=False, Limit=20
    )
    return [Stored(**item) for item in reply["Items"]]


create = get = list_items = Mangum(app, lifespan="off")
