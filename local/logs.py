"""Follow the functions' logs on the emulator."""

import time
from typing import Any

from local.cdk import STACK, client
from local.emulator import Emulator

EVERY = 1.0  # seconds between looks


def follow(emulator: Emulator) -> None:
    """Print each new line with the function it came from, until interrupted."""
    logs = client(emulator, "logs")
    since = int(time.time() * 1000) - 60_000
    shown: set[str] = set()
    while True:
        for name, event in new_events(logs, since):
            if event["eventId"] not in shown:
                shown.add(event["eventId"])
                print(f"{name}  {event['message'].rstrip()}", flush=True)
        time.sleep(EVERY)


def new_events(logs: Any, since: int) -> list[tuple[str, dict[str, Any]]]:
    """The stack's log events since a time in milliseconds, oldest first, each with its function's name."""
    groups = logs.get_paginator("describe_log_groups").paginate(logGroupNamePrefix=f"{STACK}-")
    found = []
    for group in (group["logGroupName"] for page in groups for group in page["logGroups"]):
        for page in logs.get_paginator("filter_log_events").paginate(logGroupName=group, startTime=since):
            found += [(group.removeprefix(f"{STACK}-").split("Logs")[0], event) for event in page["events"]]
    return sorted(found, key=lambda pair: pair[1]["timestamp"])
