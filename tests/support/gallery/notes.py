"""An owned resource, which the project does not have: each note belongs to who wrote it."""

from datetime import datetime

from dynamodel import Attr, Index, Model, attr, created_at, key, owner, updated_at, uuid7, version
from lambdas.files.file import File, file
from lambdas.rest.resource import Resource


class Note(Model):
    """A text that somebody wrote down for themselves."""

    id: Attr[str] = key(default_factory=uuid7)
    owner: Attr[str] = owner()
    text: Attr[str] = attr(min_length=1, max_length=1000, examples=("Buy milk.",))
    color: Attr[str] = attr(default="white", pattern="[a-z]+", max_length=20)
    drawing: Attr[File | None] = file(types=("image/png",), max_bytes=100_000)
    stars: Attr[int] = attr(default=0, ge=0, le=5, metadata={"counter": True})
    created_at: Attr[datetime] = created_at()
    updated_at: Attr[datetime] = updated_at()
    version: Attr[int] = version()

    newest = Index(owner, sort=id)
    by_color = Index(owner, sort=color)


NOTES = Resource(path="notes", model=Note)
