"""POST /live: create a ticket, which opens one connection."""

import json
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

from lambdas.live import connections
from lambdas.live.access import readable
from lambdas.live.models import CONNECTION_LASTS, TICKET_LASTS
from lambdas.live.store import Store, now
from lambdas.rest import caller, cors
from lambdas.rest.endpoint import refusal
from lambdas.rest.request import sent_headers
from lambdas.rest.resource import load
from lambdas.rest.response import Response
from lambdas.runtime.environment import Environment
from lambdas.runtime.observability import Event, instrumented


@instrumented
def handler(event: Event, _context: object) -> dict[str, Any]:
    """Create a ticket for all that the caller may list; it opens one connection, within a minute.

    The connection ends when the caller's token does, after two hours at the latest.
    """
    settings = Environment.read()
    try:
        response = give(event, settings)
    except Exception as error:  # noqa: BLE001 - the last place where anything can be answered
        response = refusal(error, event)
    readers = cors.headers(sent_headers(event).get("origin", ""), settings.cors_origins.split())
    return response.with_headers({"Cache-Control": "no-store", **readers}).to_proxy_response(body=True)


def give(event: Event, settings: Environment) -> Response:
    """Return the response with a new ticket."""
    claims = caller.claims(event)
    resources = [load(module) for module in json.loads(settings.live).values()]
    reads = readable(resources, claims.get("scope", "").split(), caller.identity(event))
    ticket = Store(settings).give_ticket(reads, token_ends(claims))
    url = connections.api_url().replace("http", "ws", 1)
    return Response(201, {"ticket": ticket, "url": url, "expires_in": int(TICKET_LASTS.total_seconds())})


def token_ends(claims: Mapping[str, Any]) -> datetime:
    """Return when the caller's token ends; without a token, when the last connection of the ticket does."""
    if (end := claims.get("exp")) is None:
        return now() + TICKET_LASTS + CONNECTION_LASTS
    if str(end).isdecimal():
        return datetime.fromtimestamp(int(end), UTC)
    # API Gateway gives the claim as text: Tue Nov 24 19:00:00 UTC 2026.
    return datetime.strptime(str(end), "%a %b %d %H:%M:%S UTC %Y").replace(tzinfo=UTC)
