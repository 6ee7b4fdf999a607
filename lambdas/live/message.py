"""Messages of clients: their parsing and access, and error frames for what is wrong with them."""

import json
import os
from collections.abc import Callable
from dataclasses import dataclass
from functools import cached_property, wraps
from typing import Any

from lambdas.live import connections, frames
from lambdas.live.address import Address
from lambdas.live.events import ENVELOPE_BYTES, MAX_FRAME_BYTES
from lambdas.live.models import Connection
from lambdas.live.store import Store, now
from lambdas.rest.problems import Problem, problem_from, shortened
from lambdas.runtime import tables
from lambdas.runtime.clients import connect
from lambdas.runtime.environment import Environment
from lambdas.runtime.observability import Event, log_unexpected, logger

OK = {"statusCode": 200}


@dataclass(frozen=True)
class Message:
    """A message, on the connection that it came by."""

    store: Store
    connection: Connection
    text: str

    @cached_property
    def json(self) -> dict[str, Any]:
        """The message as JSON. Raises a Problem if it is not JSON."""
        if len(self.text.encode()) > MAX_FRAME_BYTES:
            raise Problem("too-large", f"A message may have at most {MAX_FRAME_BYTES:,} bytes.")
        try:
            found = json.loads(self.text)
        except (ValueError, RecursionError):
            raise Problem("malformed", "The message is not JSON.") from None
        if not isinstance(found, dict):
            raise Problem("malformed", "The message is not a JSON object.")
        return found

    def address(self, text: str) -> Address:
        """Return the address of a collection that the connection may read, or of its item. Raises a Problem if not."""
        found = Address.parse(text)
        if found.path not in self.connection.reads:
            possible = [f"/{path}" for path in sorted(self.connection.reads)]
            raise Problem("forbidden", f"This connection may not read {shortened(text)}.", possible=possible)
        if len(json.dumps(text)) > ENVELOPE_BYTES:
            raise Problem(
                "invalid", f"The address of an item may have at most {ENVELOPE_BYTES:,} bytes, as JSON in ASCII."
            )
        return found

    def send(self, frame: str) -> None:
        """Send a frame to the client. Raises as connections.send does."""
        connections.send(self.connection.id, frame)


def message(handle: Callable[[Message], None]) -> Callable[[Event, object], dict[str, int]]:
    """Make the Lambda handler of a route: it checks the connection, and answers an invalid message."""

    @wraps(handle)
    def handler(event: Event, _context: object) -> dict[str, int]:
        logger.clear_state()
        id, store = event["requestContext"]["connectionId"], Store(Environment.read())  # noqa: A001
        connection = store.connection(id)
        try:
            if connection is None or connection.ends <= now():
                connections.close(id)
                raise connections.Gone
            answer(handle, Message(store, connection, event.get("body") or ""))
        except connections.TooSlow:
            connections.close(id)
            store.forget(id)
        except connections.Gone:
            store.forget(id)
        return OK

    if "AWS_LAMBDA_FUNCTION_NAME" in os.environ:  # connect while Lambda starts
        connect(tables.client())
    return handler


def answer(handle: Callable[[Message], None], sent: Message) -> None:
    """Handle a message; send an error frame for an exception."""
    try:
        handle(sent)
    except (connections.Gone, connections.TooSlow):
        raise
    except Exception as error:  # noqa: BLE001 - the last place where anything can be answered
        problem = problem_from(error)
        if problem.kind == "internal":
            log_unexpected(error)
        sent.send(frames.error(problem))
