"""The address of a subscription: a collection, or one item of it."""

from dataclasses import dataclass

PATTERN = r"/[a-z][a-z0-9-]*(/.{1,1024})?"  # a collection's path, and an item's id as it stands in its JSON


@dataclass(frozen=True)
class Address:
    """The address of a collection, `/{resource}`, or of an item, `/{resource}/{id}`."""

    path: str
    item: str = ""

    @classmethod
    def parse(cls, text: str) -> "Address":
        """Read an address that fits the pattern."""
        path, _, item = text.removeprefix("/").partition("/")
        return cls(path, item)

    def __str__(self) -> str:
        """Return the text that clients use."""
        return f"/{self.path}/{self.item}" if self.item else f"/{self.path}"
