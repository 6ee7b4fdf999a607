"""What makes a model a resource of the API."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Literal

from lambdas.dynamodel import Model
from lambdas.dynamodel.model import to_json

type Access = Literal["public", "read", "write", "iam"]  # anyone; a token with that scope; an AWS signature


@dataclass(frozen=True, kw_only=True)
class Resource:
    """One collection of the API: the model of its items, and what the resource allows."""

    path: str  # the collection's segment of the URL, in the plural: "products"
    model: type[Model]
    access: Mapping[str, Access] = field(default_factory=dict, hash=False)  # by operation, where not as in routes.py
    client_ids: bool = False  # a PUT with If-None-Match: * creates an item at an id that the client chose
    demands_match: bool = False  # PUT, PATCH and DELETE must say which version they change (If-Match)

    @property
    def counters(self) -> tuple[str, ...]:
        """The attributes declared as counters: POST /{resource}/{id}/{counter} counts them up and down."""
        declared = self.model.schema.attributes.values()
        return tuple(attribute.name for attribute in declared if attribute.metadata.get("counter"))

    @property
    def construct_id(self) -> str:
        """The name of the resource's constructs. It is part of their logical ids: data hangs on it."""
        return "".join(word.capitalize() for word in self.path.split("-"))

    def href(self, item: Model) -> str:
        """Where an item is, relative to where its collection is: right behind any host name, stage or base path."""
        key = self.model.schema.hash
        return f"{self.path}/{getattr(item, key.name)}" if key else self.path

    @property
    def example(self) -> dict[str, Any]:
        """A body that creates an item, from the examples in the declaration."""
        required = (attribute for attribute in self.model.schema.attributes.values() if attribute.required)
        return {attribute.name: to_json(attribute.examples[0]) for attribute in required}
