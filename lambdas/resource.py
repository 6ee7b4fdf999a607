"""What makes a model a resource of the API."""

from dataclasses import dataclass

from lambdas.dynamodel import Model


@dataclass(frozen=True)
class Resource:
    """One collection of the API: its path and the model of its items."""

    path: str  # the collection's path segment and name, in the plural: "products"
    model: type[Model]

    @property
    def construct_id(self) -> str:
        """The name of the resource's constructs: it is part of the logical ids, so data hangs on it."""
        return "".join(word.capitalize() for word in self.path.split("-"))

    def example_json(self) -> str:
        return '{}'
