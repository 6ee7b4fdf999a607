"""An event off the queue, as the live log keeps it."""

import json
from dataclasses import dataclass
from typing import Any

MAX_FRAME_BYTES = 32 * 1024  # API Gateway's largest frame, and what it bills as one message
ENVELOPE_BYTES = 2 * 1024  # of a frame around its event: the address, which holds an id, and a position
MAX_EVENT_BYTES = MAX_FRAME_BYTES - 2 * ENVELOPE_BYTES


@dataclass(frozen=True)
class Event:
    """A change, as subscribers receive it."""

    id: str
    channel: str
    item: str
    text: str  # JSON in ASCII, so that its length is its size

    @classmethod
    def read(cls, body: str) -> "Event":
        """Read a message of the topic. Raises ValueError, KeyError or TypeError for an invalid one."""
        event: dict[str, Any] = json.loads(body)
        owner = event.get("owner")
        (item,) = event["key"].values()
        text = json.dumps(event, separators=(",", ":"))
        if len(text) > MAX_EVENT_BYTES:
            text = json.dumps({**event, "old": None, "new": None, "complete": False}, separators=(",", ":"))
        return cls(str(event["id"]), channel_name(str(event["resource"]), owner or ""), str(item), text)


def channel_name(path: str, owner: str) -> str:
    """Return the name of the channel of a collection, or of one owner's part of it; no two share a name."""
    return json.dumps([path, owner] if owner else [path])
