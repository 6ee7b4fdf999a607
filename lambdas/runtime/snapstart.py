"""Restores from a snapshot (SnapStart): state that all copies would share is renewed in each."""

import random
from contextlib import suppress
from typing import Any


def renew_after_restore(client: Any) -> None:
    """Register `renew` to be called in each copy. Lambda's Python has the module for it; elsewhere are no snapshots."""
    with suppress(ModuleNotFoundError):
        from snapshot_restore_py import register_after_restore  # type: ignore[import-not-found]

        register_after_restore(renew, client)


def renew(client: Any) -> None:
    """Drop connections, which are open in the snapshot only; reseed `random`, or all copies share their retry jitter.

    Ids need nothing: their random bits come from the operating system, and their time from the clock.
    """
    client.close()  # it opens connections again when they are needed
    random.seed()
