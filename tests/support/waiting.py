"""Waiting for asynchronous effects of a deployed stack."""

import time
from collections.abc import Callable

PATIENCE = 40  # seconds until what is waited for counts as lost


def until[T](look: Callable[[], T], enough: Callable[[T], bool | int]) -> T:
    """Poll until a condition holds, and return the last result. Fails after a time."""
    end = time.monotonic() + PATIENCE
    while not enough(found := look()):
        assert time.monotonic() < end, found
        time.sleep(0.1)
    return found
