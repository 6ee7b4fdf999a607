"""Handlers called as API Gateway calls them, on a mocked DynamoDB: no Node, no network."""

import io
import json
import secrets
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from moto import mock_aws

from lambdas import tables
from lambdas.observe import logger
from lambdas.resource import Resource
from tests.answer import Answer
from tests.customers import BOTH
from tests.gateway import Gateway

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient

LAST = Path(__file__).parent / "test_permissions.py"


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Look at what was used when everything was done."""
    items.sort(key=lambda item: item.path == LAST)


@pytest.fixture(params=BOTH, ids=lambda resource: resource.path)
def resource(request) -> Resource:
    """Each resource in turn: those of the project, and one that is unlike them."""
    return request.param


@pytest.fixture(scope="session")
def dynamodb() -> Iterator["DynamoDBClient"]:
    """The connection that the handlers keep between invocations: made once, for that is slow."""
    with mock_aws():
        yield tables.client()
        tables.client.cache_clear()


@pytest.fixture
def gateway(resource, dynamodb, monkeypatch) -> Iterator[Gateway]:
    """The resource's handlers on a table of their own."""
    name = f"table-{secrets.token_hex(4)}"
    for variable, value in {"RESOURCE": resource.path, "TABLE_NAME": name, "CURSOR_KEY": "a secret of ours"}.items():
        monkeypatch.setenv(variable, value)
    dynamodb.create_table(**resource.model.schema.create_table(name))
    gateway = Gateway(resource)
    yield gateway
    gateway.close()
    dynamodb.delete_table(TableName=name)


@pytest.fixture
def call(gateway) -> Callable[..., Answer]:
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
