"""An example of a worker on a queue: it logs each message."""

from typing import Any

from lambdas.events.work import each_message
from lambdas.runtime.observability import logger


@each_message
def handler(message: dict[str, Any]) -> None:
    """Log the text of one message."""
    logger.info("message", text=message["text"])
