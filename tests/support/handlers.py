"""Handlers called as API Gateway calls them, on a mocked DynamoDB: no Node, no network."""

import io
import json
import secrets
import sys
from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING, Any

import pytest
from moto import mock_aws

from lambdas.runtime import tables
from lambdas.runtime.observability import logger
from tests.support.answer import Answer
from tests.support.gateway import Gateway

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient


@pytest.fixture
def dynamodb() -> Iterator["DynamoDBClient"]:
    """The connection that the handlers keep between invocations, to a DynamoDB that is empty at first."""
    with mock_aws():
        yield tables.client()


@pytest.fixture
def gateway(resource, dynamodb, monkeypatch) -> Iterator[Gateway]:
    """The resource's handlers on a table of their own."""
    name = f"table-{secrets.token_hex(4)}"
    for variable, value in {"RESOURCE": resource.module, "TABLE_NAME": name, "CURSOR_KEY": "a secret of ours"}.items():
        monkeypatch.setenv(variable, value)
    dynamodb.create_table(**resource.model.schema.create_table(name))
    gateway = Gateway(resource)
    yield gateway
    gateway.close()


@pytest.fixture
def call_handlers(gateway) -> Callable[..., Answer]:
    """Send a request: call("POST", "products", {...})."""
    return gateway.send


@pytest.fixture
def log(capsys) -> Iterator[Callable[[], list[dict[str, Any]]]]:
    """What the functions have logged since the last look: log() gives lines and metrics, in that order."""
    handler = logger.registered_handler
    lines = io.StringIO()
    before = handler.setStream(lines)

    def look() -> list[dict[str, Any]]:
        told = lines.getvalue() + capsys.readouterr().out
        lines.seek(0)
        lines.truncate()
        return [json.loads(line) for line in told.splitlines()]

    yield look
    handler.setStream(before or sys.stdout)
