"""A resource that has all that costs are told for: it is live, and has a file."""

from dataclasses import replace

from dynamodel import Attr
from lambdas.files.file import File, file
from tests.support.gallery.parcels import PARCELS, Parcel


class Pictured(Parcel):
    """A thing on its way, and what it looks like."""

    photo: Attr[File | None] = file(types=("image/png",), max_bytes=1_000_000)


PICTURED = replace(PARCELS, model=Pictured)
