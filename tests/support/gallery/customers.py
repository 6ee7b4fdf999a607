"""A second resource, which the project does not have, unlike the others in what it chooses."""

from datetime import datetime

from dynamodel import Attr, Model, ShardedIndex, attr, created_at, key, updated_at, uuid7, version
from lambdas.rest.resource import Resource


def backwards(text: str) -> str:
    """Return the text from its end on: stored so, numbers can be found by their last digits."""
    return text[::-1]


class Customer(Model):
    """Somebody who buys; known by an id that the client chooses, if it wants to."""

    id: Attr[str] = key(default_factory=uuid7)
    email: Attr[str] = attr(max_length=254, examples=("reader@example.com",))
    phone: Attr[str | None] = attr(default=None, max_length=20, save=backwards, load=backwards)
    created_at: Attr[datetime] = created_at()
    updated_at: Attr[datetime] = updated_at()
    version: Attr[int] = version()

    newest = ShardedIndex(sort=id, shards=2)


CUSTOMERS = Resource(path="customers", model=Customer, client_ids=True)
