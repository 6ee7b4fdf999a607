"""Follow the functions' logs on the emulator."""

import time
from typing import Any

from tools.dev.cdk import STACK, client
from tools.dev.emulator import Emulator
from tools.ops.stack import stack_resources

EVERY = 1.0  # seconds between looks


def follow(emulator: Emulator) -> None:
    """Print each new line with the function it came from, until interrupted."""
    since = int(time.time() * 1000) - 60_000
    shown: set[tuple[str, int, str]] = set()
    while True:
        for name, event in new_events(emulator, since):
            line = name, event["timestamp"], event["message"]
            if line not in shown:
                shown.add(line)
                print(f"{name}  {event['message'].rstrip()}", flush=True)
        time.sleep(EVERY)


def new_events(emulator: Emulator, since: int) -> list[tuple[str, dict[str, Any]]]:
    """The stack's log events since a time in milliseconds, oldest first, each with its function's name."""
    logs, found = client(emulator, "logs"), []
    resources = stack_resources(client(emulator, "cloudformation"), STACK)
    for group in [one for one in resources if one.kind == "AWS::Logs::LogGroup"]:
        for page in logs.get_paginator("filter_log_events").paginate(logGroupName=group.physical_id, startTime=since):
            found += [(group.logical_id.split("Logs")[0], event) for event in page["events"]]
    return sorted(found, key=lambda pair: pair[1]["timestamp"])
