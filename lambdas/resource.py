"""What makes a model a resource of the API."""

from dataclasses import dataclass
from typing import Any

from lambdas.dynamodel import Model
from lambdas.dynamodel.model import to_json


@dataclass(frozen=True)
class Resource:
    """One collection of the API: its path, and the model of its items."""

    path: str  # the collection's segment of the URL, in the plural: "products"
    model: type[Model]

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
