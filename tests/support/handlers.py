"""Handlers called as API Gateway calls them, on a mocked DynamoDB: no Node, no network."""

import io
import json
import secrets
from collections.abc import Callable, Iterator
from copy import copy
from typing import TYPE_CHECKING, Any

import boto3
import pytest
from moto import mock_aws
from moto.core import DEFAULT_ACCOUNT_ID
from moto.core.base_backend import BackendDict
from moto.core.model_instances import reset_model_data

from lambdas.files import storage
from lambdas.rest.declarations import RESOURCES
from lambdas.rest.resource import Resource
from lambdas.runtime import tables
from lambdas.runtime.environment import Environment
from lambdas.runtime.observability import logger
from tests.support.answer import Answer
from tests.support.gallery import GALLERY
from tests.support.gateway import Gateway
from tests.support.referred import related, store_referred
from tests.support.uploads import FILES_URL, PUBLISHED, UPLOADS, MockedStorage

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient


@pytest.fixture(scope="module")
def empty_account() -> Iterator[Callable[[], None]]:
    """Empty an AWS account in this process; moto is put in place once a file: that takes longer than most tests."""

    def empty() -> None:  # as moto's API does
        BackendDict.reset()
        reset_model_data()

    with mock_aws():
        yield empty


@pytest.fixture
def aws(empty_account) -> Callable[..., Any]:
    """Clients of an account in which nothing was made yet: aws("sqs")."""
    empty_account()
    return boto3.client


@pytest.fixture
def dynamodb(empty_account) -> "DynamoDBClient":
    """The connection that the handlers keep between invocations, to a DynamoDB that is empty at first."""
    empty_account()
    return tables.client()


@pytest.fixture
def eventual_reads(dynamodb) -> Iterator[list[Any]]:
    """The eventually consistent reads that were sent: they may miss the last write."""
    sent: list[Any] = []

    def note(params: Any, model: Any, **_: Any) -> None:
        if model.name in ("GetItem", "Query") and not params.get("ConsistentRead"):
            sent.append(params)

    dynamodb.meta.events.register("provide-client-params.dynamodb", note)
    yield sent
    dynamodb.meta.events.unregister("provide-client-params.dynamodb", note)


@pytest.fixture(scope="session")
def new_table() -> Callable[["DynamoDBClient", Resource], str]:
    """Make the table of a resource, return its name; from the second time on by a copy: a tenth of the work."""
    empty: dict[Resource, Any] = {}

    def new(dynamodb: "DynamoDBClient", one: Resource) -> str:
        from moto.dynamodb.models import dynamodb_backends

        mocked = dynamodb_backends[DEFAULT_ACCOUNT_ID][dynamodb.meta.region_name].tables
        if one not in empty:
            name = f"table-{secrets.token_hex(4)}"
            dynamodb.create_table(**one.model.schema.create_table(name))
            empty[one] = mocked[name]
        table = mocked[empty[one].name] = copy(empty[one])
        table.items = type(table.items)(dict)
        return str(table.name)

    return new


@pytest.fixture
def gateway(resource, dynamodb, new_table, monkeypatch) -> Iterator[Gateway]:
    """The resource's handlers on a table of their own."""
    others = related(resource, (*RESOURCES, *GALLERY))
    names = {one: new_table(dynamodb, one) for one in (resource, *others)}
    package, _, module = resource.module.rpartition(".")
    settings = Environment(
        resource=resource.module,
        table_name=names[resource],
        related=json.dumps({one.module: names[one] for one in others}) if others else "",
        cursor_key="a secret of ours",
        tables=json.dumps({package: {names[resource]: module}}),
        files_url=FILES_URL,
        files_bucket=PUBLISHED,
        uploads_bucket=UPLOADS,
    )
    for variable, value in settings.variables().items():
        monkeypatch.setenv(variable, value)
    store_referred(dynamodb, resource, names.__getitem__)
    gateway = Gateway(resource, others)
    yield gateway
    gateway.close()


@pytest.fixture
def storage_handlers(gateway) -> MockedStorage:  # noqa: ARG001 - its handlers read the names of the buckets
    """The buckets of files, mocked; a test starts the verification of uploads."""
    return MockedStorage(storage.s3())


@pytest.fixture
def call_handlers(gateway) -> Callable[..., Answer]:
    """Send a request: call("POST", path, {...})."""
    return gateway.send


@pytest.fixture
def log(capsys) -> Iterator[Callable[[], list[dict[str, Any]]]]:
    """The functions' log since the last look: log() gives lines and metrics, in that order."""
    handler = logger.registered_handler
    lines = io.StringIO()
    before, handler.stream = handler.stream, lines  # setStream would flush the one before, which may be closed

    def look() -> list[dict[str, Any]]:
        told = lines.getvalue() + capsys.readouterr().out
        lines.seek(0)
        lines.truncate()
        return [json.loads(line) for line in told.splitlines()]

    yield look
    handler.stream = before
