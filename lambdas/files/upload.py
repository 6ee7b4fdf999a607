"""Uploads: which one an attribute of an item waits for, and where its bytes are kept before and after verification."""

from base64 import b64decode, urlsafe_b64decode, urlsafe_b64encode
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Self
from uuid import uuid4

from dynamodel import Attr, Model, Pending, Table, attr, key, ttl
from lambdas.files.formats import FORMATS
from lambdas.files.serving import PREFIX
from lambdas.files.ticket import UploadBody
from lambdas.rest.resource import EXPIRES
from lambdas.runtime.environment import Environment
from lambdas.runtime.tables import table_beside

KEPT_FOR = timedelta(days=15)  # a day longer than the queue and its dead letters may keep the event of an upload


class Upload(Model, hidden=True):
    """The upload that an attribute of an item expects: the latest requested one.

    There is one record for each attribute of an item, in the table of the items. A later request puts another ticket
    in its place, and a removal puts none, so that an earlier upload can never be linked any more. No index of the
    resource may find its attributes: they have names of their own.
    """

    id: Attr[str] = key()
    ticket: Attr[str] = attr(stored="_ticket")  # "" when no upload is expected
    type: Attr[str] = attr(default="", stored="_type")
    bytes: Attr[int] = attr(default=0, stored="_bytes")
    sha256: Attr[str] = attr(default="", stored="_sha256")
    item_created_at: Attr[datetime | None] = attr(default=None, stored="_item_created_at")  # another may have its id
    expires: Attr[datetime] = ttl(default_factory=lambda: datetime.now(UTC) + KEPT_FOR, stored=EXPIRES)


@dataclass(frozen=True)
class Place:
    """One upload: what it is for, and the ticket and file name that no other upload ever has."""

    resource: str  # its path
    attribute: str
    ticket: str
    name: str  # the digest and the extension
    item: str  # its id

    @classmethod
    def new(cls, resource: str, attribute: str, item: str, *, sha256: str, media_type: str) -> Self:
        """Return the place of a new upload of these bytes."""
        name = f"{b64decode(sha256).hex()}.{FORMATS[media_type].extension}"
        return cls(resource, attribute, str(uuid4()), name, item)

    @classmethod
    def of(cls, staged_key: str) -> Self:
        """Return the place of an uploaded object."""
        resource, attribute, ticket, name, item = staged_key.split("/")
        return cls(resource, attribute, ticket, name, urlsafe_b64decode(item).decode())

    @property
    def staged_key(self) -> str:
        """The object's key in the bucket of uploads."""
        item = urlsafe_b64encode(self.item.encode()).decode()
        return f"{self.resource}/{self.attribute}/{self.ticket}/{self.name}/{item}"

    @property
    def published_key(self) -> str:
        """The object's key in the bucket of verified files, which is its path at the CDN too."""
        return f"{PREFIX}/{self.resource}/{self.ticket}/{self.name}"

    @property
    def record_id(self) -> str:
        """The id of the attribute's Upload."""
        return record_id(self.attribute, self.item)


def record_id(attribute: str, item: str) -> str:
    """Return the id of the Upload of an item's attribute."""
    return f"{attribute}/{item}"


def uploads(items: type[Model], settings: Environment) -> Table[Upload]:
    """Return the records of uploads in the table of these items that the settings name."""
    return table_beside(Upload, items, settings)


def expect(uploads: Table[Upload], place: Place, body: UploadBody, item_created_at: datetime | None) -> None:
    """Record the upload that the attribute expects, in place of another."""
    uploads.put(
        uploads.model(
            id=place.record_id,
            ticket=place.ticket,
            type=body.type,
            bytes=body.bytes,
            sha256=body.sha256,
            item_created_at=item_created_at,
        )
    )


def expect_none(uploads: Table[Upload], attribute: str, item: str) -> Pending[Upload]:
    """Return the write that cancels the upload that the attribute expects."""
    return uploads.put.write(uploads.model(id=record_id(attribute, item), ticket=""))
