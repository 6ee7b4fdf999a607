"""One record of a DynamoDB stream as one event: a change of an item, in the words of the API."""

import hashlib
import json
import re
from collections.abc import Mapping
from dataclasses import asdict, dataclass, replace
from datetime import UTC, datetime
from typing import Any

from dynamodel import RESERVED, Model, Schema, Unreadable
from lambdas.rest.resource import Resource

SCHEMA = 1  # of the envelope; a field that goes or changes its meaning makes it 2, a new field does not
VERBS = {"INSERT": "created", "MODIFY": "updated", "REMOVE": "deleted"}
MAX_MESSAGE_LENGTH = 240_000  # characters of a message; SNS accepts 262,144 bytes, attributes included

type Record = dict[str, Any]
type Image = dict[str, Any] | None


@dataclass(frozen=True, slots=True)
class Change:
    """An event, as subscribers receive it in JSON."""

    id: str  # the stream's own, the same whenever the change is delivered again: deduplicate on it
    type: str  # the model's name in small letters, a dot, and created, updated or deleted
    schema: int
    occurred_at: str  # RFC 3339; DynamoDB states it to the second
    resource: str  # its path
    key: dict[str, Any]
    sequence: str  # increases per item; a lower value arriving later is a redrive
    old: Image
    new: Image
    owner: str | None = None  # whose item it is, where items have owners
    complete: bool = True  # False: the images were too large for a message, read the item

    def message(self) -> str:
        """Return the event as JSON, in ASCII, so that it holds no character that SNS could refuse."""
        text = json.dumps(asdict(self), separators=(",", ":"))
        if len(text) > MAX_MESSAGE_LENGTH:
            return replace(self, old=None, new=None, complete=False).message()
        return text

    def group(self) -> str:
        """Return a message group for the item: SNS keeps the order within a group."""
        return hashlib.sha256(json.dumps([self.resource, self.key]).encode()).hexdigest()[:32]

    @property
    def verb(self) -> str:
        """The last part of the type: created, updated or deleted."""
        return self.type.rpartition(".")[2]

    def changed(self) -> list[str]:
        """Return the fields whose values differ, for subscriptions to filter on."""
        old, new = self.old or {}, self.new or {}
        return sorted(name for name in old | new if old.get(name) != new.get(name))


def is_ours(record: Record) -> bool:
    """Return whether a record is of an item, not of the marker of a unique value or the record of a key."""
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
        old=to_public_json(resource, data.get("OldImage")),
        new=to_public_json(resource, data.get("NewImage")),
        owner=owner(resource, data),
    )


def owner(resource: Resource, data: Mapping[str, Any]) -> str | None:
    """Return the item's owner, where items have owners; it never changes."""
    attribute = resource.model.schema.owner
    image = data.get("NewImage") or data.get("OldImage") or {}
    return attribute.decode(image[attribute.stored]) if attribute and attribute.stored in image else None


def to_public_json(resource: Resource, image: Mapping[str, Any] | None) -> Image:
    """Return the item as the API returns it, without attributes of the table alone: shards, undeclared ones.

    An item that was written before the model got another attribute is returned without it.
    """
    if image is None:
        return None
    schema: Schema[Model] = resource.model.schema
    try:
        return schema.decode(dict(image)).to_json()
    except Unreadable:
        return schema.decode(dict(image), read=()).to_json()


def removed_files(record: Record, resource: Resource) -> list[str]:
    """Return the keys of the files that the item linked to before the change, and does not link to now."""
    before, now = (file_keys(record["dynamodb"].get(image, {}), resource) for image in ("OldImage", "NewImage"))
    return sorted(before - now)


def file_keys(image: Mapping[str, Any], resource: Resource) -> set[str]:
    """Return the keys of the files that a stored item links to."""
    attributes = resource.model.schema.attributes
    links = (image.get(attributes[name].stored, {}).get("M", {}) for name in resource.files)
    return {link["key"]["S"] for link in links if "key" in link}


def kebab(name: str) -> str:
    """Convert `OrderLine` to `order-line`."""
    return re.sub(r"(?<=[a-z0-9])(?=[A-Z])", "-", name).lower()
