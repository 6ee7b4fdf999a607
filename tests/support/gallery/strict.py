"""A resource whose writes must say which version they change."""

from dynamodel import Attr, Model, ShardedIndex, attr, key, uuid7, version
from lambdas.rest.resource import Resource


class Contract(Model):
    """An agreement that nobody may change unseen."""

    id: Attr[str] = key(default_factory=uuid7)
    text: Attr[str] = attr(max_length=1000, examples=("Both sides agree.",))
    version: Attr[int] = version()

    newest = ShardedIndex(sort=id)


CONTRACTS = Resource(path="contracts", model=Contract, requires_if_match=True)
