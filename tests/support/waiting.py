"""Waiting for what a deployed stack does after it has answered."""

import time
from collections.abc import Callable

PATIENCE = 40  # seconds until what is waited for counts as lost


def until[T](look: Callable[[], T], enough: Callable[[T], bool | int]) -> T:
    """Look until it is enough, and return what was seen. Fails when it takes too long."""
    end = time.monotonic() + PATIENCE
    while not enough(found := look()):
        assert time.monotonic() < end, found
        time.sleep(0.1)
    return found
