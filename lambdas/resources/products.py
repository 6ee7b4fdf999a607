"""Products: the example to replace by a resource of your own."""

from datetime import datetime
from decimal import Decimal
from typing import Literal

from dynamodel import Attr, Index, Model, Rules, ShardedIndex, attr, created_at, key, updated_at, uuid7, version
from lambdas.files.file import File, file
from lambdas.rest.resource import Resource

SLUG = r"[a-z0-9]+(-[a-z0-9]+)*"


class Product(Model):
    """An article that the shop sells."""

    id: Attr[str] = key(default_factory=uuid7)
    sku: Attr[str] = attr(
        pattern=r"[A-Z0-9]+(-[A-Z0-9]+)*", min_length=3, max_length=32, unique=True, examples=("BOOK-0001",)
    )
    name: Attr[str] = attr(min_length=1, max_length=200, examples=("The Book of Books",))
    description: Attr[str | None] = attr(default=None, max_length=2000)
    category: Attr[str] = attr(pattern=SLUG, max_length=50, examples=("books",))
    price: Attr[Decimal] = attr(ge=0, decimal_places=2, examples=(Decimal("9.99"),))
    status: Attr[Literal["draft", "active", "archived"]] = attr(default="draft")
    tags: Attr[set[str]] = attr(default_factory=set, max_length=20, each=Rules(pattern=SLUG, max_length=50))
    stock: Attr[int] = attr(default=0, ge=0, le=1_000_000_000, metadata={"counter": True})
    image: Attr[File | None] = file(types=("image/png", "image/jpeg", "image/webp"), max_bytes=5_000_000)
    created_at: Attr[datetime] = created_at()
    updated_at: Attr[datetime] = updated_at()
    version: Attr[int] = version()

    newest = ShardedIndex(sort=id)
    by_category = Index(category, sort=price)


PRODUCTS = Resource(
    path="products",
    model=Product,
    access={"list": "public", "get": "public", "batch": "iam"},
    shared_max_age={"list": 5, "get": 5},
    live=True,
)
