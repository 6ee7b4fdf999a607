"""FastAPI behind Mangum, with boto3's resource."""

import products
from fastapi import FastAPI, HTTPException
from fields import Product
from mangum import Mangum
from products import Stored

app = FastAPI()


@app.post("/products", status_code=201)
def create_product(product: Product) -> Stored:
    """Store an item."""
    return products.put(product)


@app.get("/products/{id}")
def get_product(id: str) -> Stored:  # noqa: A002 - the name of the path parameter
    """Read an item."""
    item = products.get(id)
    if item is None:
        raise HTTPException(404)
    return item


@app.get("/products")
def list_products() -> list[Stored]:
    """Read a page of 20."""
    return products.newest()


create = get = list_items = Mangum(app, lifespan="off")
