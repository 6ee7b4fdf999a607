"""Batches of any size, in chunks: unprocessed entries are sent again, a bounded number of times."""

from collections.abc import Callable
from typing import Any, NamedTuple

from .errors import Unreadable
from .operations import ATTEMPTS, Plan, Request, backoff

# https://docs.aws.amazon.com/amazondynamodb/latest/APIReference/API_BatchGetItem.html, API_BatchWriteItem.html
GETS = 100
WRITES = 25


class Fetched[M](NamedTuple):
    """The items of a batch_get, in the order of its keys, and the keys that DynamoDB did not process in ten attempts.

    `unreadable` has an error, with the key, for each item that does not fit the model.
    """

    items: list[M]
    unprocessed: list[Any]
    unreadable: tuple[Unreadable, ...] = ()


def in_batches(
    entries: list[Any], size: int, request: Callable[[list[Any]], Request], returned: Callable[[Any], list[Any]]
) -> Plan[list[Any]]:
    """Send entries in chunks of `size`; return those that DynamoDB still handed back after ten attempts in a row.

    The pause grows with every round in which something came back.
    """
    futile, rounds = 0, 0
    while entries and futile < ATTEMPTS:
        chunk, entries = entries[:size], entries[size:]
        reply = yield request(chunk)
        back = returned(reply)
        futile = futile + 1 if len(back) == len(chunk) else 0
        if back and futile < ATTEMPTS:
            yield backoff(rounds)
            rounds += 1
        entries = entries + back
    return entries
