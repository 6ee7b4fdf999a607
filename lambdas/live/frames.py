"""Frames that the server sends. A frame holds one message, or several, a line each, where several are due at once."""

import json
from collections.abc import Iterable, Iterator
from typing import Any

from lambdas.live.events import MAX_FRAME_BYTES
from lambdas.live.models import Entry
from lambdas.live.position import Position
from lambdas.rest.problems import Problem

PONG = json.dumps({"type": "pong"})


def subscribed(to: str, position: Position) -> str:
    """Return the frame that confirms a subscription: all changes after the position follow."""
    return _frame("subscribed", to=to, position=str(position))


def resync(to: str, position: Position) -> str:
    """Return the frame that reports lost changes: read again; all changes after the position follow."""
    return _frame("resync", to=to, position=str(position))


def error(problem: Problem) -> str:
    """Return the frame that refuses a message; without details if they do not fit into a frame."""
    whole = _frame("error", problem=problem.summary)
    return whole if len(whole) <= MAX_FRAME_BYTES else _frame("error", problem=Problem(problem.kind).summary)


def changes(to: str, entries: Iterable[Entry]) -> Iterator[str]:
    """Yield frames of changes, as few as their size allows: each is a call, and is billed."""
    lines: list[str] = []
    size = 0
    for entry in entries:
        line = _change(to, entry)
        if lines and size + len(line) > MAX_FRAME_BYTES:
            yield "\n".join(lines)
            lines, size = [], 0
        lines.append(line)
        size += len(line) + 1
    if lines:
        yield "\n".join(lines)


def _change(to: str, entry: Entry) -> str:
    return f'{_frame("change", to=to, position=entry.sort)[:-1]},"event":{entry.event}}}'


def _frame(kind: str, **members: Any) -> str:
    return json.dumps({"type": kind, **members}, separators=(",", ":"))
