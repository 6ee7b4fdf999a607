"""The events' queue -> the log of each channel -> its subscribers."""

import time
from typing import Any

from lambdas.live.delivery import Delivery, Late
from lambdas.live.events import Event
from lambdas.live.store import Store
from lambdas.runtime.environment import Environment
from lambdas.runtime.observability import emit, log_unexpected, logger

PATIENCE = 8  # seconds to wait for another invocation that sends; with sending itself, less than the function's timeout

type Message = dict[str, Any]


def handler(event: dict[str, Any], _context: object) -> dict[str, Any]:
    """Send a batch of changes to subscribers; failed messages are retried, in order per item, then dead letters.

    An exception makes Lambda retry the whole batch. Events that are in the log already are not added to it twice, and
    delivery goes on from where it was.
    """
    logger.clear_state()
    began = time.monotonic()
    readable, failed = read(event["Records"])
    store = Store(Environment.read())
    delivery = Delivery(store, began + PATIENCE)
    for channel, events in readable.items():
        try:
            delivery.deliver(channel, store.append(channel, [one for _, one in events]))
        except Late:
            failed += [message for message, _ in events]
    counts = {
        "FanOutMs": (time.monotonic() - began) * 1000,
        "FramesSent": delivery.sent,
        "ConnectionsGone": delivery.gone,
        "ConnectionsClosed": delivery.closed,
    }
    emit({}, counts)
    return {"batchItemFailures": [{"itemIdentifier": message["messageId"]} for message in failed]}


def read(messages: list[Message]) -> tuple[dict[str, list[tuple[Message, Event]]], list[Message]]:
    """Return the events by channel, and the invalid messages, with those behind them of the same item."""
    readable: dict[str, list[tuple[Message, Event]]] = {}
    failed: list[Message] = []
    for message in messages:
        group = message.get("attributes", {}).get("MessageGroupId")
        if group and any(group == other["attributes"].get("MessageGroupId") for other in failed):
            failed.append(message)
            continue
        try:
            event = Event.read(message["body"])
        except (ValueError, KeyError, TypeError, AttributeError) as error:
            log_unexpected(error)
            failed.append(message)
        else:
            readable.setdefault(event.channel, []).append((message, event))
    return readable, failed
