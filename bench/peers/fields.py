"""A product as pydantic checks it."""

from decimal import Decimal
from typing import Literal

from pydantic import BaseModel, Field


class Product(BaseModel):
    """The body of a create."""

    sku: str = Field(pattern=r"^[A-Z0-9]+(-[A-Z0-9]+)*$", min_length=3, max_length=32)
    name: str = Field(min_length=1, max_length=200)
    description: str | None = Field(default=None, max_length=2000)
    category: str = Field(pattern=r"^[a-z0-9]+(-[a-z0-9]+)*$", max_length=50)
    price: Decimal = Field(ge=0, decimal_places=2)
    status: Literal["draft", "active", "archived"] = "draft"
    stock: int = Field(default=0, ge=0)
