"""A resource whose writes are single conditional ones of DynamoDB."""

from datetime import datetime

from dynamodel import Attr, Model, ShardedIndex, attr, created_at, key, updated_at, uuid7, version
from lambdas.rest.resource import Resource


class Page(Model):
    """A text, and how often it was seen."""

    id: Attr[str] = key(default_factory=uuid7)
    text: Attr[str] = attr(max_length=100, examples=("Once upon a time.",))
    seen: Attr[int] = attr(default=10, ge=0, le=1_000_000_000, metadata={"counter": True})
    created_at: Attr[datetime] = created_at()
    updated_at: Attr[datetime] = updated_at()
    version: Attr[int] = version()

    newest = ShardedIndex(sort=id, shards=2)


PAGES = Resource(path="pages", model=Page, client_ids=True)
