"""For each new order: say so in the log."""

from typing import Any

from lambdas.events.work import each_message
from lambdas.runtime.observability import logger


@each_message
def handler(change: dict[str, Any]) -> None:
    """Log the id of the order."""
    logger.info("ordered", order=change["key"]["id"])
