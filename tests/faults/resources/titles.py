"""A resource whose creates and deletes are transactions: it has a unique attribute."""

from dynamodel import Attr, attr
from lambdas.rest.resource import Resource
from tests.faults.resources.pages import Page


class Title(Page):
    """A page with a name that no other one has."""

    name: Attr[str] = attr(max_length=100, unique=True, examples=("title-1",))


TITLES = Resource(path="titles", model=Title, client_ids=True)
