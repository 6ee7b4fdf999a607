"""An example of a worker on changes: it logs each."""

from typing import Any

from lambdas.events.work import each_message
from lambdas.runtime.observability import logger


@each_message
def handler(change: dict[str, Any]) -> None:
    """Log one change of an item (lambdas/events/change.py has its fields)."""
    logger.info("received", type=change["type"], event=change["id"])
