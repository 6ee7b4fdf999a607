"""The response of a bare handler, as API Gateway expects it."""

from typing import Any


def answer(status: int, body: str) -> dict[str, Any]:
    """Return a response whose body is JSON."""
    return {"statusCode": status, "headers": {"Content-Type": "application/json"}, "body": body}
