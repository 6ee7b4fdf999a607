"""Cursors: where a listing stopped, as opaque text that is bound to its query and cannot be altered."""

import hmac
import json
from base64 import b64decode, b64encode, urlsafe_b64decode, urlsafe_b64encode
from typing import Any

from .codec import Value
from .errors import InvalidCursor

_SEAL_BYTES = 16


def seal(position: Any, query: Any, secret: bytes) -> str:
    """Return URL-safe text for a position in a query. The text is signed, not encrypted: it shows the keys it holds."""
    body = json.dumps(position, separators=(",", ":"), default=_bytes).encode()
    return urlsafe_b64encode(_signature(body, query, secret) + body).decode().rstrip("=")


def unseal(cursor: str, query: Any, secret: bytes) -> Any:
    """Return the position, or raise InvalidCursor if the text was altered or made by another query."""
    if not isinstance(cursor, str):
        raise InvalidCursor(f"a cursor is text, not {cursor!r}")
    try:
        sealed = urlsafe_b64decode(cursor.encode("ascii") + b"=" * (-len(cursor) % 4))
    except ValueError as error:
        raise InvalidCursor("the cursor is not one of ours") from error
    signature, body = sealed[:_SEAL_BYTES], sealed[_SEAL_BYTES:]
    canonical = urlsafe_b64encode(sealed).decode().rstrip("=") == cursor
    if not (canonical and hmac.compare_digest(signature, _signature(body, query, secret))):
        raise InvalidCursor("the cursor was altered, or belongs to another query")
    return json.loads(body, object_hook=_value)


def _signature(body: bytes, query: Any, secret: bytes) -> bytes:
    bound = json.dumps(query, sort_keys=True, default=_bytes).encode()
    return hmac.digest(secret, len(bound).to_bytes(4) + bound + body, "sha256")[:_SEAL_BYTES]


def _bytes(value: bytes) -> str:
    return b64encode(value).decode()


def _value(value: Value) -> Value:
    return {"B": b64decode(value["B"])} if isinstance(value.get("B"), str) else value
