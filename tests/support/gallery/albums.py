"""A resource with two files, which the project does not have: at ids that clients may choose."""

from datetime import datetime

from dynamodel import Attr, Model, ShardedIndex, attr, created_at, key, updated_at, uuid7, version
from lambdas.files.file import File, file
from lambdas.rest.resource import Resource


class Album(Model):
    """A collection of songs."""

    id: Attr[str] = key(default_factory=uuid7, max_length=128)
    title: Attr[str] = attr(min_length=1, max_length=200, examples=("Kind of Blue",))
    cover: Attr[File | None] = file(types=("image/png", "image/gif"), max_bytes=1_000_000)
    sample: Attr[File | None] = file(types=("audio/mpeg",), max_bytes=20_000_000, description="Half a minute of it.")
    created_at: Attr[datetime] = created_at()
    updated_at: Attr[datetime] = updated_at()
    version: Attr[int] = version()

    newest = ShardedIndex(sort=id, shards=2)


ALBUMS = Resource(path="albums", model=Album, client_ids=True)
