"""The declaration of files: what is refused, and what it says."""

from datetime import datetime

import pytest

from dynamodel import Attr, Model, ShardedIndex, attr, created_at, key, uuid7, version
from lambdas.files.file import MAX_BYTES, File, file
from lambdas.rest.resource import Resource


@pytest.mark.parametrize("media_type", ["image/svg+xml", "text/html", "application/javascript", "application/zip"])
def test_a_type_that_cannot_be_verified_is_refused_by_name(media_type):
    with pytest.raises(TypeError, match=media_type.replace("+", r"\+")):
        file(types=("image/png", media_type), max_bytes=1)


@pytest.mark.parametrize("max_bytes", [0, -1, MAX_BYTES + 1])
def test_a_length_out_of_bounds_is_refused(max_bytes):
    with pytest.raises(TypeError, match="max_bytes"):
        file(types=("image/png",), max_bytes=max_bytes)


def test_a_file_needs_a_type():
    with pytest.raises(TypeError, match="a type"):
        file(types=(), max_bytes=1)


def test_a_resource_with_files_needs_the_time_of_creation():
    class Poster(Model):
        id: Attr[str] = key(default_factory=uuid7)
        picture: Attr[File | None] = file(types=("image/png",), max_bytes=1)
        version: Attr[int] = version()
        newest = ShardedIndex(sort=id)

    with pytest.raises(TypeError, match="created_at"):
        Resource(path="posters", model=Poster)


def test_ids_of_clients_that_are_part_of_a_key_in_s3_have_a_bound():
    class Poster(Model):
        id: Attr[str] = key(default_factory=uuid7)
        title: Attr[str] = attr(examples=("A",))
        picture: Attr[File | None] = file(types=("image/png",), max_bytes=1)
        created_at: Attr[datetime] = created_at()
        version: Attr[int] = version()
        newest = ShardedIndex(sort=id)

    assert Resource(path="posters", model=Poster).files == ("picture",)
    with pytest.raises(TypeError, match="max_length 128"):
        Resource(path="posters", model=Poster, client_ids=True)
