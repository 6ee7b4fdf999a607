"""$disconnect: forget a connection that was closed."""

from typing import Any

from lambdas.live.store import Store
from lambdas.runtime.environment import Environment
from lambdas.runtime.observability import emit, logger


def handler(event: dict[str, Any], _context: object) -> dict[str, int]:
    """Delete the connection and its subscriptions; API Gateway calls this mostly, not always: the rest expires."""
    logger.clear_state()
    Store(Environment.read()).forget(event["requestContext"]["connectionId"])
    emit({}, {"Disconnected": 1})
    return {"statusCode": 200}
