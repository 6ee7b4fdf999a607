"""The contract of live changes: the routes that issue tickets (OpenAPI), and the messages (AsyncAPI 3)."""

from collections.abc import Sequence
from typing import Any

from lambdas.live import address, position
from lambdas.live.access import TicketRoute, list_scope, ticket_routes
from lambdas.live.messages import Ping, Subscribe, Unsubscribe
from lambdas.live.models import TICKET_LASTS
from lambdas.rest.problems import PROBLEM_TYPES, Problem
from lambdas.rest.resource import Resource
from stacks.contract import replies
from stacks.contract.examples import Json
from stacks.contract.schemas import PROBLEM, ref, without

SECONDS = int(TICKET_LASTS.total_seconds())
TICKET: Json = {
    "title": "Ticket",
    "type": "object",
    "required": ["ticket", "url", "expires_in"],
    "properties": {
        "ticket": {"type": "string", "description": "Opens one connection: `url?ticket=...`."},
        "url": {"type": "string", "format": "uri", "description": "Address of the WebSocket API."},
        "expires_in": {"type": "integer", "description": "Seconds for which the ticket is valid."},
    },
    "additionalProperties": False,
}
EXAMPLE = {
    "ticket": "dGhpcyBpcyBub3QgYSB0aWNrZXQ",
    "url": "wss://a1b2c3d4e5.execute-api.us-east-1.amazonaws.com/prod",
    "expires_in": SECONDS,
}
VARIABLES = {"api": {"default": "a1b2c3d4e5"}, "region": {"default": "us-east-1"}, "stage": {"default": "prod"}}
SERVER: Json = {
    "host": "{api}.execute-api.{region}.amazonaws.com",
    "pathname": "/{stage}",
    "protocol": "wss",
    "description": "The `url` of a ticket; the stack's output LiveUrl.",
    "variables": VARIABLES,
}
HANDSHAKE: Json = {  # of a connection
    "query": {
        "type": "object",
        "required": ["ticket"],
        "properties": {"ticket": {"type": "string", "description": "From POST /live."}},
    },
    "bindingVersion": "0.1.0",
}
EVERY_ROUTE = ("too-many-requests", "internal", "timeout")
POSITION: Json = {
    "type": "string",
    "pattern": f"^{position.PATTERN}$",
    "description": "Grows with every change of the collection; compare as text. Send the last one in `after`.",
}
TO: Json = {"type": "string", "pattern": f"^{address.PATTERN}$", "description": "Address of the subscription."}


def tickets(resources: Sequence[Resource]) -> dict[str, Json]:
    """Return the operations that issue tickets, by path."""
    live = [resource for resource in resources if resource.live]
    return {route.path: ticket(route, live) for route in ticket_routes(resources)}


def ticket(route: TicketRoute, live: Sequence[Resource]) -> Json:
    """Return an operation that issues a ticket; `x-live` names the collections, for pages that show them."""
    opened = [f"/{one.path}" for one in live if (list_scope(one) is None) == (not route.scopes)]
    named = replies.headers(("Cache-Control", "X-Request-Id", *replies.CORS))
    success = {
        "description": "Created.",
        "headers": named,
        "content": {"application/json": {"schema": TICKET, "example": EXAMPLE}},
    }
    kinds = (*EVERY_ROUTE, *(replies.WITH_ACCESS if route.scopes else ()))
    return {
        "operationId": "createTicket" if not route.path.endswith("token") else "createTicketByToken",
        "summary": "Create a ticket for a WebSocket connection that sends changes",
        "description": f"The ticket opens one connection within {SECONDS} seconds. "
        "`docs/asyncapi.json` has the messages. "
        "The connection ends when the token does, after two hours at the latest.",
        "tags": ["Service"],
        "x-live": opened,
        "security": [{"oauth2": [scope]} for scope in route.scopes],
        "responses": {"201": success, **replies.refusals(PROBLEM_TYPES[kind] for kind in kinds)},
    }


def asyncapi(resources: Sequence[Resource], info: Json) -> Json:
    """Return the whole AsyncAPI document."""
    live = [resource for resource in resources if resource.live]
    sent, received = client_messages(live), server_messages(live)
    messages = {
        name: {"name": name, "contentType": "application/json", **one} for name, one in (sent | received).items()
    }
    return {
        "asyncapi": "3.0.0",
        "info": {"title": f"{info['title']}-live", "version": info["version"], "description": DESCRIPTION},
        "defaultContentType": "application/json",
        "servers": {"aws": SERVER},
        "channels": {
            "live": {
                "address": "/",
                "description": "One connection, for all subscriptions of a client.",
                "messages": {name: ref("messages", name) for name in messages},
                "bindings": {"ws": HANDSHAKE},
            }
        },
        "operations": {
            **{name: operation("receive", name, one) for name, one in sent.items()},
            **{name: operation("send", name, one) for name, one in received.items()},
        },
        "components": {"messages": messages, "schemas": schemas(live)},
    }


DESCRIPTION = """\
Changes of live resources, as they happen. Get a ticket (`POST /live`), open `url?ticket=...`, send `subscribe`.

A frame holds one message or several, a line each. Changes of an item arrive in order, each at least once: drop those
whose `position` is not greater than the last one. After a broken connection send the last position in `after`: missed
changes are sent again, or one `resync` reports that they are lost. A connection ends when the token of its ticket does.
"""


def operation(action: str, name: str, message: Json) -> Json:
    """Return an operation of the server: it receives or sends a message."""
    return {
        "action": action,
        "channel": {"$ref": "#/channels/live"},
        "summary": message["summary"],
        "messages": [{"$ref": f"#/channels/live/messages/{name}"}],
    }


def client_messages(live: Sequence[Resource]) -> dict[str, Json]:
    """Return the messages that clients send."""
    to = f"/{live[0].path}" if live else "/"
    return {
        "subscribe": message(
            "Subscribe to the changes of a collection or an item", "Subscribe", {"action": "subscribe", "to": to}
        ),
        "unsubscribe": message("End a subscription", "Unsubscribe", {"action": "unsubscribe", "to": to}),
        "ping": message("Keep the connection open", "Ping", {"action": "ping"}),
    }


def server_messages(live: Sequence[Resource]) -> dict[str, Json]:
    """Return the messages that clients receive."""
    to = f"/{live[0].path}" if live else "/"
    place = {"to": to, "position": "1795550832457-000000000042"}
    problem = Problem("malformed", "The message is not JSON.").summary
    return {
        "subscribed": message("All changes after the position follow", "Subscribed", {"type": "subscribed", **place}),
        "change": message("An item was created, updated or deleted", "Change"),
        "resync": message("Changes were missed: read the collection again", "Resync", {"type": "resync", **place}),
        "pong": message("The answer to ping", "Pong", {"type": "pong"}),
        "error": message("A message was refused", "Error", {"type": "error", "problem": problem}),
    }


def message(summary: str, schema: str, example: Json | None = None) -> Json:
    """Return one message."""
    examples = {"examples": [{"payload": example}]} if example else {}
    return {"summary": summary, "payload": ref("schemas", schema), **examples}


def schemas(live: Sequence[Resource]) -> Json:
    """Return the schemas of the messages, and of the items in them."""
    items = {one.model.schema.name: one.model.schema.json_schema("stored") for one in live}
    from_client = {model.__name__: model.schema.json_schema("create") for model in (Subscribe, Unsubscribe, Ping)}
    return {
        **{name: constant(schema, "action", name.lower()) for name, schema in from_client.items()},
        "Subscribed": server("subscribed", to=TO, position=POSITION),
        "Resync": server("resync", to=TO, position=POSITION),
        "Change": server("change", to=TO, position=POSITION, event={"oneOf": [event(one) for one in live]}),
        "Pong": server("pong"),
        "Error": server("error", problem=ref("schemas", "Problem")),
        "Problem": {**without(PROBLEM, "required"), "required": ["type", "title", "status"]},
        **items,
    }


def constant(schema: Json, field: str, value: str) -> Json:
    """Return the schema with a constant field."""
    return {**schema, "properties": {**schema["properties"], field: {"const": value}}}


def server(kind: str, **members: Any) -> Json:
    """Return the schema of a message from the server."""
    properties = {"type": {"const": kind}, **members}
    return {"type": "object", "required": [*properties], "properties": properties}


def event(resource: Resource) -> Json:
    """Return the schema of an event, as it is published to SNS."""
    schema = resource.model.schema
    image = {"oneOf": [ref("schemas", schema.name), {"type": "null"}]}
    text = {"type": "string"}
    properties = {
        "id": {**text, "description": "The same when the change is sent again."},
        "type": {**text, "pattern": r"^[a-z-]+\.(created|updated|deleted)$"},
        "schema": {"const": 1},
        "occurred_at": {**text, "format": "date-time"},
        "resource": {"const": resource.path},
        "key": {"type": "object", "required": [resource.key], "properties": {resource.key: text}},
        "sequence": {**text, "description": "A number that grows with every change of the item."},
        "old": image,
        "new": image,
        "complete": {"type": "boolean", "description": "False: the item is too large for a frame; read it."},
        "owner": {"type": ["string", "null"]},
    }
    return {"title": f"{schema.name}Event", "type": "object", "required": [*properties], "properties": properties}
