"""Products as they may be declared a year after the items of stored.json were written."""

from datetime import datetime
from decimal import Decimal
from typing import Literal

from dynamodel import Attr, Index, Model, ShardedIndex, attr, created_at, derived, key, updated_at, uuid7, version
from lambdas.rest.resource import Resource


class Article(Model, stored="Product"):
    """A product under its new name."""

    id: Attr[str] = key(default_factory=uuid7)
    number: Attr[str] = attr(stored="sku", unique=True, examples=("BOOK-0001",))  # renamed
    name: Attr[str] = attr(min_length=1, examples=("A book",))
    category: Attr[str] = attr(examples=("books",))
    price: Attr[Decimal | None] = attr(default=None, ge=0, decimal_places=2)  # widened
    status: Attr[Literal["draft", "active", "archived", "sold"]] = attr(default="draft")  # one choice more
    stock: Attr[int] = attr(default=0, ge=0, metadata={"counter": True})
    colour: Attr[str] = attr(default="blue")  # new
    label: Attr[str] = derived(lambda self: f"{self.number} {self.name}", number, name)  # new
    maker: Attr[str] = attr(examples=("Acme",))  # new, and required
    created_at: Attr[datetime] = created_at()
    updated_at: Attr[datetime] = updated_at()
    version: Attr[int] = version()

    newest = ShardedIndex(sort=id, shards=4)
    by_category = Index(category, sort=id, name="by_category_id")  # other keys, so another name


ARTICLES = Resource(path="articles", model=Article)
