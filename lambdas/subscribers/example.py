"""An example of a subscriber: it reads events from its queue and logs each."""

import json
from typing import Any

from lambdas.runtime.observability import logger


def handler(event: dict[str, Any], _context: object) -> None:
    """Process a batch, in order per item.

    An exception returns the batch to the queue in the same order, and after five times to its dead-letter queue. An
    event can arrive twice, with the same `id`: work that must not be done twice stores the id with its result.
    """
    logger.clear_state()
    for message in event["Records"]:
        change = json.loads(message["body"])
        logger.info("received", type=change["type"], event=change["id"])
