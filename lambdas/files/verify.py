"""Upload -> verified file: S3 notifies a queue of an object; a valid one is published and linked to its item."""

from base64 import b64decode
from contextlib import suppress
from dataclasses import dataclass
from typing import Any
from urllib.parse import unquote_plus

from dynamodel import ConditionFailed, Model, NotFound, Pending, Table, TransactionFailed, transact
from lambdas.events.work import each_message
from lambdas.files import storage
from lambdas.files.file import File, url_of
from lambdas.files.formats import mismatch
from lambdas.files.upload import Place, Upload, uploads
from lambdas.rest.resource import Resource, load
from lambdas.runtime.environment import Environment
from lambdas.runtime.observability import emit, logger
from lambdas.runtime.tables import table


@each_message
def handler(message: dict[str, Any]) -> None:
    """Verify the uploads that one message of S3 names."""
    for record in message.get("Records", ()):  # S3's own test message has none
        Verification.of(record["s3"]).run()


@dataclass(frozen=True)
class Verification:
    """The verification of one version of one uploaded object.

    It can be done again after any step: the published copy has a key that only this upload has, and one transaction
    links the file and uses up the ticket. Whatever the outcome, the end is the same: the copy is there if the item
    links to it, and the upload is gone.
    """

    place: Place
    version: str
    resource: Resource
    settings: Environment  # with the name of the resource's table

    @classmethod
    def of(cls, event: dict[str, Any]) -> "Verification":
        """Read S3's event."""
        place, settings = Place.of(unquote_plus(event["object"]["key"])), Environment.read()
        for table_name, module in settings.modules.items():
            if load(module).path == place.resource:
                return cls(place, event["object"]["versionId"], load(module), settings._replace(table_name=table_name))
        raise LookupError(f"no resource has the path {place.resource}")

    def run(self) -> None:
        """Verify the upload if the item still waits for it; leave nothing that no item links to."""
        upload = self.uploads.get(self.place.record_id, consistent=True)
        if upload and upload.ticket == self.place.ticket:
            self.judge(upload)
        if not self.is_linked():
            storage.delete(self.settings.files_bucket, self.place.published_key)
        storage.delete(self.settings.uploads_bucket, self.place.staged_key, self.version)

    def judge(self, upload: Upload) -> None:
        """Publish and link the object if its bytes are the declared ones; count it as refused if not."""
        content = storage.read(self.settings.uploads_bucket, self.place.staged_key, self.version)
        if reason := refusal(upload, content):
            logger.warning("refused", route=f"{self.place.resource} {self.place.attribute}", reason=reason)
            emit({"resource": self.resource.path}, {"RefusedUploads": 1})
            with suppress(NotFound, ConditionFailed):  # the ticket is another by now
                self.use_up_ticket.send()
            return
        source = {"Bucket": self.settings.uploads_bucket, "Key": self.place.staged_key, "VersionId": self.version}
        tags = f"{self.place.resource},{self.place.ticket}"
        storage.publish(source, self.settings.files_bucket, self.place.published_key, media_type=upload.type, tags=tags)
        self.link(upload)

    def link(self, upload: Upload) -> None:
        """Write the file to its item and use up the ticket, or neither, if one of them is not as it was."""
        file = File(url=url_of(self.place.published_key), type=upload.type, bytes=upload.bytes, sha256=upload.sha256)
        attributes = self.resource.model.schema.attributes
        same_item = self.resource.created_at == upload.item_created_at
        change = attributes[self.place.attribute].path.set(file)
        try:
            transact(self.items.update.write(self.place.item, change, condition=same_item), self.use_up_ticket)
        except TransactionFailed:
            logger.info("outdated", route=f"{self.place.resource} {self.place.attribute}")

    @property
    def use_up_ticket(self) -> Pending[Upload | None]:
        """The write after which this upload can no longer be linked; it fails if that is so already."""
        return self.uploads.delete.write(self.place.record_id, condition=Upload.ticket == self.place.ticket)

    @property
    def uploads(self) -> Table[Upload]:
        """The records of uploads, in the table of the items."""
        return uploads(self.resource.model, self.settings)

    @property
    def items(self) -> Table[Model]:
        """The table of the items."""
        return table(self.resource.model, self.settings)

    def is_linked(self) -> bool:
        """Return whether the item's attribute is this upload's file."""
        item = self.items.get(self.place.item, consistent=True)
        file: File | None = getattr(item, self.place.attribute, None)
        return file is not None and file.url == url_of(self.place.published_key)


def refusal(upload: Upload, content: storage.Content) -> str | None:
    """Return why the stored bytes are not the declared ones; None if they are."""
    if content.length != upload.bytes:
        return "the length is not the declared one"
    if content.sha256 != b64decode(upload.sha256):
        return "the digest is not the declared one"
    return mismatch(upload.type, content.head, content.tail, content.length)
