"""The types of files that can be verified, each known by how its bytes begin and end.

Types whose content a browser may run, such as HTML and SVG, are left out on purpose.
"""

import re
from collections.abc import Callable
from typing import NamedTuple

HEAD_BYTES = 1024  # of the beginning: browsers guess types by fewer bytes, readers of PDF look for their mark in these
TAIL_BYTES = 66_000  # of the end: the directory of a ZIP archive and the longest comment behind it
ACTIVE = rb"(?i)<(!doctype|html|head|body|script|svg|iframe|\?xml|\?php)|%PDF-|^MZ|^#!"
ARCHIVE = b"PK\x05\x06"  # begins the last record of a ZIP archive (APPNOTE 4.3.16)
LARGE_ARCHIVE = b"PK\x06\x07"  # begins the record before it, if there is one (4.3.15)
DIRECTORY = b"PK\x01\x02"  # begins its directory (4.3.12)


class Format(NamedTuple):
    """A media type: the extension of its files, and what their first and last bytes are."""

    extension: str
    begins: bytes  # a pattern, in which a dot is any byte; it is compiled when it is used: declarations read this table
    ends: bytes = b""
    whole: Callable[[bytes, int], bool] = lambda _head, _length: True  # whether the head names this length

    def matches(self, head: bytes, tail: bytes, length: int) -> bool:
        """Return whether bytes that begin and end so are of this type."""
        return bool(re.match(self.begins, head, re.DOTALL)) and tail.endswith(self.ends) and self.whole(head, length)


def is_riff_of(head: bytes, length: int) -> bool:
    """Return whether the size in a RIFF header is that of the file."""
    return int.from_bytes(head[4:8], "little") + 8 == length


FORMATS = {
    "image/png": Format("png", rb"\x89PNG\r\n\x1a\n\x00\x00\x00\rIHDR", b"\x00\x00\x00\x00IEND\xaeB`\x82"),
    "image/jpeg": Format("jpg", rb"\xff\xd8\xff", b"\xff\xd9"),
    "image/gif": Format("gif", rb"GIF8[79]a", b"\x3b"),
    "image/webp": Format("webp", rb"RIFF....WEBPVP8", whole=is_riff_of),
    "image/avif": Format("avif", rb"....ftypavi[fs]"),
    "application/pdf": Format("pdf", rb"%PDF-[12]\.\d"),
    "audio/mpeg": Format("mp3", rb"ID3|\xff[\xe2-\xff]"),
    "video/mp4": Format("mp4", rb"....ftyp"),
}


def mismatch(media_type: str, head: bytes, tail: bytes, length: int) -> str | None:
    """Return why the bytes are not of their type, or are something else as well; None if nothing is wrong.

    Args:
        media_type: One of FORMATS.
        head: The first HEAD_BYTES, or all there are.
        tail: The last TAIL_BYTES, or all there are.
        length: How many bytes the file has.
    """
    if not FORMATS[media_type].matches(head, tail, length):
        return f"the bytes are not {media_type}"
    if re.search(ACTIVE, head[len(b"%PDF-") if media_type == "application/pdf" else 0 :]):
        return "it is an HTML, XML, PDF or executable file too"
    if has_archive(tail, length):
        return "it is a ZIP archive too"
    return None


def has_archive(tail: bytes, length: int) -> bool:
    """Return whether a reader of ZIP archives would find one in the file.

    Readers look for its last record from behind, and pass over bytes that follow it. The record names the length of the
    directory, which ends where the record begins, and of the comment behind it. `length` is that of the whole file.
    """
    place = tail.find(ARCHIVE)
    while place >= 0:
        directory, comment = (
            int.from_bytes(tail[place + first : place + last], "little") for first, last in ((12, 16), (20, 22))
        )
        begins = place - directory
        found = tail[begins:].startswith(DIRECTORY) if begins >= 0 else directory <= length
        if found or place + 22 + comment == len(tail) or tail[:place][-20:].startswith(LARGE_ARCHIVE):
            return True
        place = tail.find(ARCHIVE, place + 1)
    return False
