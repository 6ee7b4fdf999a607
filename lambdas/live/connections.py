"""The open connections themselves: API Gateway's management API, which sends to them and closes them."""

import os
import random
import time
from contextlib import suppress
from functools import cache
from typing import Any

from botocore.config import Config
from botocore.exceptions import ClientError, ConnectionError, HTTPClientError  # noqa: A004 - botocore's own

from lambdas.runtime.clients import session
from lambdas.runtime.environment import Environment

WORKERS = 32  # connections that are sent to at a time
PATIENCE = 2.0  # seconds that one connection may hold up a change


class Gone(Exception):
    """The connection is closed."""


class TooSlow(Exception):
    """The connection accepts no more frames for now."""


def send(connection: str, frame: str) -> None:
    """Send a frame, with retries. Raises Gone, or TooSlow if API Gateway does not accept it within PATIENCE."""
    end, pause = time.monotonic() + PATIENCE, 0.05
    while True:
        try:
            client().post_to_connection(ConnectionId=connection, Data=frame.encode())
            return
        except ClientError as error:
            refuse(error)
        except (HTTPClientError, ConnectionError):
            pass  # no answer: whether it arrived is unknown, and clients drop what comes twice
        if time.monotonic() + pause > end:
            raise TooSlow
        time.sleep(random.uniform(pause / 2, pause))  # noqa: S311 - jitter
        pause *= 2


def refuse(error: ClientError) -> None:
    """Raise an error that a retry would not change; return for 429 and 5xx."""
    status = error.response["ResponseMetadata"]["HTTPStatusCode"]
    if status == 410:
        raise Gone from None
    if status != 429 and status < 500:
        raise error


def close(connection: str) -> None:
    """Close a connection; its client comes back, and gets what it has missed."""
    with suppress(client().exceptions.GoneException):
        client().delete_connection(ConnectionId=connection)


@cache
def client() -> Any:
    """Return the client of the management API."""
    config = Config(
        user_agent=session().user_agent(),  # composed once, not for each of many calls
        connect_timeout=1,
        read_timeout=PATIENCE,
        retries={"total_max_attempts": 1},  # `send` repeats, and knows when it is enough
        max_pool_connections=WORKERS,
    )
    return session().create_client("apigatewaymanagementapi", endpoint_url=api_url(), config=config)


def api_url() -> str:
    """Return the URL of the API. A local AWS, which AWS_ENDPOINT_URL names, has it below a path of its own."""
    url = Environment.read().live_url
    if local := os.environ.get("AWS_ENDPOINT_URL"):
        host, _, stage = url.removeprefix("https://").partition("/")
        return f"{local}/_aws/execute-api/{host.partition('.')[0]}/{stage}"
    return url
