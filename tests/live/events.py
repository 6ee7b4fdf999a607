"""Events as the publisher publishes them, and messages as the queue brings them."""

import json
from dataclasses import asdict
from itertools import count

from lambdas.events.change import Change
from lambdas.live.events import Event

NUMBERS = count(1)


def event(item="1", *, resource="things", owner=None, text="", id=None):  # noqa: A002
    """One change of an item."""
    number = next(NUMBERS)
    image = {"id": item, "text": text, "version": number}
    change = Change(
        id=id or f"event-{number}",
        type="thing.updated",
        schema=1,
        occurred_at="2026-11-24T00:00:00Z",
        resource=resource,
        key={"id": item},
        sequence=str(number),
        old=None,
        new=image,
        owner=owner,
    )
    return asdict(change)


def read(*given):
    """The same, as the live log keeps them."""
    return [Event.read(json.dumps(one)) for one in given]


def batch(*given):
    """Return a batch of the queue as Lambda hands it over; text as it is, events in the group of their item."""
    return {"Records": [message(one, number) for number, one in enumerate(given)]}


def message(given, number):
    body = given if isinstance(given, str) else json.dumps(given)
    group = "poison" if isinstance(given, str) else f"{given['resource']} {given['key']['id']}"
    return {"messageId": f"message-{number}", "body": body, "attributes": {"MessageGroupId": group}}
