"""A time limit for operations: none begins a request, or a pause, that could end after it."""

import time
from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar

from .errors import OutOfTime

_last_start: ContextVar[float] = ContextVar("last_start", default=float("inf"))  # by the monotonic clock


@contextmanager
def time_limit(seconds: float) -> Iterator[None]:
    """Let operations inside begin requests for so many seconds; after that they raise OutOfTime.

    A request that has begun is not ended: leave room for the longest one that the client's timeouts allow. It holds for
    the thread or the asyncio task that enters it, and for what that starts.
    """
    token = _last_start.set(min(_last_start.get(), time.monotonic() + seconds))
    try:
        yield
    finally:
        _last_start.reset(token)


def time_left() -> float:
    """Return the seconds in which requests may still begin; infinity without a limit."""
    return _last_start.get() - time.monotonic()


def check_time(pause: float = 0) -> None:
    """Raise OutOfTime if no request may begin after a pause of so many seconds."""
    if time_left() < pause:
        raise OutOfTime
