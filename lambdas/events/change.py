"""One record of a DynamoDB stream -> one event: what changed, in the words of the API."""

import hashlib
import json
import re
from collections.abc import Mapping
from dataclasses import asdict, dataclass, replace
from datetime import UTC, datetime
from typing import Any

from dynamodel import Model
from dynamodel.errors import Unreadable
from dynamodel.schema import RESERVED
from lambdas.rest.resource import Resource

SCHEMA = 1  # of the envelope; a field that goes or changes its meaning makes it 2, a new field does not
VERBS = {"INSERT": "created", "MODIFY": "updated", "REMOVE": "deleted"}
MAX_MESSAGE_LENGTH = 240_000  # characters of a message; SNS takes 262,144 bytes, attributes included

type Record = dict[str, Any]
type Image = dict[str, Any] | None


@dataclass(frozen=True, slots=True)
class Change:
    """An event, as subscribers get it in JSON."""

    id: str  # the stream's own, the same whenever the change is delivered again: deduplicate on it
    type: str  # "product.created": the model's name, and created, updated or deleted
    schema: int
    occurred_at: str  # RFC 3339; DynamoDB says it to the second
    resource: str  # "products"
    key: dict[str, Any]
    sequence: str  # a number that grows with every change of the item: one that is smaller and comes later was redriven
    old: Image
    new: Image
    complete: bool = True  # False: the images were too large for a message, read the item

    def message(self) -> str:
        """The event as JSON, in ASCII, so that it holds no character that SNS could refuse."""
        text = json.dumps(asdict(self), separators=(",", ":"))
        if len(text) > MAX_MESSAGE_LENGTH:
            return replace(self, old=None, new=None, complete=False).message()
        return text

    @property
    def group(self) -> str:
        """The item, as a name that SNS takes for a message group; order is kept within it."""
        return hashlib.sha256(json.dumps([self.resource, self.key]).encode()).hexdigest()[:32]

    @property
    def verb(self) -> str:
        """What happened to the item."""
        return self.type.rpartition(".")[2]

    @property
    def changed(self) -> list[str]:
        """The fields whose values differ, for subscriptions to filter on."""
        old, new = self.old or {}, self.new or {}
        return sorted(name for name in old | new if old.get(name) != new.get(name))


def is_ours(record: Record) -> bool:
    """Whether it is an item of the API: neither the marker of a unique value nor the record of an idempotency key."""
    return not any(value.get("S", "").startswith(RESERVED) for value in record["dynamodb"]["Keys"].values())


def read(record: Record, resource: Resource) -> Change:
    """Make the event of a record; raises Unreadable where the item does not fit the model."""
    data = record["dynamodb"]
    return Change(
        id=record["eventID"],
        type=f"{kebab(resource.model.__name__)}.{VERBS[record['eventName']]}",
        schema=SCHEMA,
        occurred_at=f"{datetime.fromtimestamp(data['ApproximateCreationDateTime'], UTC):%Y-%m-%dT%H:%M:%SZ}",
        resource=resource.path,
        key=resource.model.schema.decode(data["Keys"], read=()).to_json(),
        sequence=data["SequenceNumber"],
        old=shown(resource, data.get("OldImage")),
        new=shown(resource, data.get("NewImage")),
    )


def shown(resource: Resource, image: Mapping[str, Any] | None) -> Image:
    """The item as the API shows it; what only the table knows (shards, undeclared attributes) stays there.

    An item that was written before the model got another attribute is shown without it.
    """
    if image is None:
        return None
    schema = resource.model.schema
    item: Model
    try:
        item = schema.decode(dict(image))
    except Unreadable:
        item = schema.decode(dict(image), read=())
    return item.to_json()


def kebab(name: str) -> str:
    """`OrderLine` -> `order-line`."""
    return re.sub(r"(?<=[a-z0-9])(?=[A-Z])", "-", name).lower()
