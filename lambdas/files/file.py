"""The declaration of a file: `image: Attr[File | None] = file(types=("image/png",), max_bytes=5_000_000)`."""

from collections.abc import Sequence
from typing import Any, NamedTuple

from dynamodel import Attr, DeclarationError, Model, attr
from lambdas.files.formats import FORMATS
from lambdas.runtime.environment import Environment

METADATA = "file"  # the key of a file attribute's rules in its metadata
MAX_BYTES = 500_000_000  # the verifier reads every byte, at 50 MB a second or more, and has half a minute
DIGEST = r"[A-Za-z0-9+/]{42}[AEIMQUYcgkosw048]="  # 32 bytes in base64


def url_of(key: str) -> str:
    """Return the address at which a stored file is served."""
    return f"{Environment.read().files_url}/{key}"


def key_of(url: str) -> str:
    """Return the key in the bucket of what is served at an address."""
    return url.removeprefix(f"{Environment.read().files_url}/")


class File(Model):
    """A file that was uploaded and verified."""

    url: Attr[str] = attr(stored="key", save=key_of, load=url_of, description="Address; its content never changes.")
    type: Attr[str] = attr(description="Media type.")
    bytes: Attr[int] = attr(ge=1, description="Length in bytes.")
    sha256: Attr[str] = attr(pattern=DIGEST, description="SHA-256 digest, in base64.")


class FileRules(NamedTuple):
    """The files that an attribute accepts."""

    types: tuple[str, ...]
    max_bytes: int


def file(*, types: Sequence[str], max_bytes: int, **options: Any) -> Any:
    """Declare a file of an item. Clients upload it to storage directly; no body of theirs can set the attribute.

    Args:
        types: The media types to accept, of those that can be told by their bytes (formats.py).
        max_bytes: The largest length to accept.
        options: Those of `attr` that are for documents: title, description.

    Raises:
        DeclarationError: A type cannot be verified, or the length is out of bounds.
    """
    if isinstance(types, str):
        raise DeclarationError(f"file(types={types!r}) needs a tuple: types=({types!r},)")
    if unknown := [one for one in types if one not in FORMATS]:
        raise DeclarationError(
            f"file(types=...) cannot verify {', '.join(unknown)}; it can verify {', '.join(FORMATS)}"
        )
    if not types or type(max_bytes) is not int or not 1 <= max_bytes <= MAX_BYTES:
        raise DeclarationError(f"file() needs a type at least, and max_bytes from 1 to {MAX_BYTES:,}")
    return attr(default=None, read_only=True, metadata={METADATA: FileRules(tuple(types), max_bytes)}, **options)


def rules_of(attribute: Attr[Any]) -> FileRules:
    """Return what a file attribute accepts."""
    rules: FileRules = attribute.metadata[METADATA]
    return rules
