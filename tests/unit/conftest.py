"""Handlers called as API Gateway calls them, on a mocked DynamoDB: no Node, no network."""

import io
import json
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import boto3
import pytest
from moto import mock_aws

from lambdas import tables
from lambdas.observe import logger
from lambdas.resource import Resource
from tests.answer import Answer
from tests.customers import BOTH
from tests.gateway import Gateway

TABLE = "table-under-test"
LAST = Path(__file__).parent / "test_permissions.py"


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Look at what was used when everything was done."""
    items.sort(key=lambda item: item.path == LAST)


@pytest.fixture(params=BOTH, ids=lambda resource: resource.path)
def resource(request) -> Resource:
    """Each resource in turn: those of the project, and one that is unlike them."""
    return request.param


@pytest.fixture
def gateway(resource, monkeypatch) -> Iterator[Gateway]:
    """The resource's handlers on an empty table."""
    environment = {"RESOURCE": resource.path, "TABLE_NAME": TABLE, "CURSOR_KEY": "a secret of the tests"}
    for name, value in environment.items():
        monkeypatch.setenv(name, value)
    forget()
    with mock_aws():
        boto3.client("dynamodb").create_table(**resource.model.schema.create_table(TABLE))
        yield Gateway(resource)
    forget()


@pytest.fixture
def call(gateway) -> Callable[..., Answer]:
    """Send a request: call("POST", "products", {...})."""
    return gateway.send


def forget() -> None:
    """Drop the connection that handlers keep between invocations."""
    tables.tables.clear()
    tables.client.cache_clear()


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
