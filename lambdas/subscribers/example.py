"""An example of a subscriber: it takes events off its queue and tells of each in the log."""

import json
from typing import Any

from lambdas.runtime.observability import logger


def handler(event: dict[str, Any], _context: object) -> None:
    """Work through a batch, in order per item.

    What is raised brings the batch back in the same order, after five times to the queue's dead letters. An event can
    come twice: its `id` is the same then, so work that must not be done twice remembers the id with its result.
    """
    logger.clear_state()
    for message in event["Records"]:
        change = json.loads(message["body"])
        logger.info("received", type=change["type"], event=change["id"])
