"""$connect: open a connection for a ticket, once."""

from typing import Any

from lambdas.live.store import NoSuchTicket, Store
from lambdas.runtime.environment import Environment
from lambdas.runtime.observability import emit, logger


def handler(event: dict[str, Any], _context: object) -> dict[str, int]:
    """Accept the handshake, or refuse it: API Gateway answers any status but 200 for us."""
    logger.clear_state()
    ticket = (event.get("queryStringParameters") or {}).get("ticket", "")
    try:
        Store(Environment.read()).connect(ticket, event["requestContext"]["connectionId"])
    except NoSuchTicket:
        emit({}, {"HandshakesRefused": 1})
        return {"statusCode": 403}
    emit({}, {"Connected": 1})
    return {"statusCode": 200}
