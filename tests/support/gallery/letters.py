"""An owned resource that is live, and of which little more is deployed: tickets by token, items told to their owner."""

from dynamodel import Attr, Index, Model, attr, key, owner, uuid7, version
from lambdas.rest.crud import CREATE, LIST
from lambdas.rest.resource import Resource


class Letter(Model):
    """A text that somebody keeps for themselves."""

    id: Attr[str] = key(default_factory=uuid7)
    owner: Attr[str] = owner()
    text: Attr[str] = attr(min_length=1, max_length=1000, examples=("Dear diary",))
    version: Attr[int] = version()

    newest = Index(owner, sort=id)


LETTERS = Resource(path="letters", model=Letter, operations=(CREATE, LIST), live=True)
