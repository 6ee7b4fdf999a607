"""A resource with two files, models in its items, a map and a derived value; clients may choose its ids."""

from datetime import datetime

from dynamodel import Attr, Model, ShardedIndex, attr, created_at, derived, key, updated_at, uuid7, version
from lambdas.files.file import File, file
from lambdas.rest.resource import Resource


class Release(Model):
    """A publication of an album."""

    label: Attr[str] = attr(min_length=1, max_length=100)
    year: Attr[int] = attr(ge=1900, le=2100)


def initial_of(album: "Album") -> str:
    """Return the letter under which an album stands."""
    return album.title[0]


class Album(Model):
    """A collection of songs."""

    id: Attr[str] = key(default_factory=uuid7, max_length=128)
    title: Attr[str] = attr(min_length=1, max_length=200, examples=("Kind of Blue",))
    initial: Attr[str] = derived(initial_of, title)
    release: Attr[Release] = attr(examples=(Release(label="Columbia", year=1959),))
    credits: Attr[dict[str, str]] = attr(default_factory=dict, max_length=20)
    rerelease: Attr[Release | None] = attr(default=None)
    cover: Attr[File | None] = file(types=("image/png", "image/gif"), max_bytes=1_000_000)
    sample: Attr[File | None] = file(types=("audio/mpeg",), max_bytes=20_000_000, description="Half a minute of it.")
    created_at: Attr[datetime] = created_at()
    updated_at: Attr[datetime] = updated_at()
    version: Attr[int] = version()

    newest = ShardedIndex(sort=id, shards=2)


ALBUMS = Resource(path="albums", model=Album, client_ids=True)
