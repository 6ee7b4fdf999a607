"""An example of a worker on a schedule: it logs that it was started."""

from lambdas.events.work import scheduled
from lambdas.runtime.observability import logger


@scheduled
def handler() -> None:
    """Log a line."""
    logger.info("started")
