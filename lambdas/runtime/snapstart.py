"""After Lambda restored a function from a snapshot (SnapStart): what all copies of it would share is made anew."""

import random
from contextlib import suppress
from typing import Any


def renew_after_restore(client: Any) -> None:
    """Have `renew` called in each copy. Lambda's own Python brings the module for it; elsewhere are no snapshots."""
    with suppress(ModuleNotFoundError):
        from snapshot_restore_py import register_after_restore  # type: ignore[import-not-found]

        register_after_restore(renew, client)


def renew(client: Any) -> None:
    """Drop connections that are open in the snapshot only, and seed chance anew: attempts would all wait as long.

    Ids need nothing: their random bits come from the operating system, and their time from the clock.
    """
    client.close()  # it opens connections again when they are needed
    random.seed()
