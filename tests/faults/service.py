"""The functions of a resource, called by many clients at once, on a table behind the proxy."""

import os
import secrets
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from importlib import import_module
from typing import Any

import boto3
from requests.structures import CaseInsensitiveDict

from dynamodel import RESERVED
from lambdas.rest.resource import Resource
from lambdas.runtime import tables
from lambdas.runtime.policy import REQUEST_TIMEOUT
from tests.support.answer import Answer
from tests.support.conformance import conforms
from tests.support.gateway import Gateway, written


class Context:
    """Lambda's context of an invocation."""

    aws_request_id = "0f1e2d3c-4b5a-6978-8796-a5b4c3d2e1f0"

    def __init__(self, seconds: float = REQUEST_TIMEOUT) -> None:
        self.ends = time.monotonic() + seconds

    def get_remaining_time_in_millis(self) -> int:
        """Return the milliseconds that the function may still run."""
        return max(0, int((self.ends - time.monotonic()) * 1000))


@dataclass(frozen=True)
class Asked:
    """A request and its answer, and when they were sent."""

    method: str
    path: str
    body: Any
    headers: Mapping[str, str]
    answer: Answer
    began: float
    ended: float


class Service:
    """One resource on one table."""

    def __init__(self, resource: Resource, table: str, direct: Any, streams: Any) -> None:
        self.resource, self.table, self.direct, self.streams = resource, table, direct, streams
        self.gateway = Gateway(resource)

    def ask(self, method: str, path: str, body: Any = None, headers: Mapping[str, str] | None = None) -> Asked:
        """Call the function that serves the request; its answer is one that the document promises."""
        gateway = self.gateway
        route, parameters = gateway.matched(method, path)
        event = gateway.event(route, method, parameters, "", written(body, ""), headers or {})
        began = time.monotonic()
        given = import_module(route.module).handler(event, Context())
        ended = time.monotonic()
        answer = Answer(given["statusCode"], CaseInsensitiveDict(given["headers"]), given["body"])
        conforms(method, path, answer, [self.resource])
        return Asked(method, path, body, headers or {}, answer, began, ended)

    def log(self) -> dict[str, list[tuple[Any, Any]]]:
        """All that was ever written, by item, in order: the images before and after each write, as its stream has them.

        The order of the stream is that of the writes; nothing else knows every state that an item ever had.
        """
        stream = self.direct.describe_table(TableName=self.table)["Table"]["LatestStreamArn"]
        found: dict[str, list[tuple[Any, Any]]] = {}
        for shard in self.streams.describe_stream(StreamArn=stream)["StreamDescription"]["Shards"]:
            for record in self.records(stream, shard["ShardId"]):
                change = record["dynamodb"]
                images = change.get("OldImage"), change.get("NewImage")
                found.setdefault(change["Keys"]["id"]["S"], []).append((self.shown(images[0]), self.shown(images[1])))
        return {name: changes for name, changes in found.items() if not name.startswith(RESERVED)}

    def records(self, stream: str, shard: str) -> Iterator[Any]:
        """The records of a shard up to now."""
        where = {"StreamArn": stream, "ShardId": shard, "ShardIteratorType": "TRIM_HORIZON"}
        iterator = self.streams.get_shard_iterator(**where)["ShardIterator"]
        while page := self.streams.get_records(ShardIterator=iterator):
            if not page["Records"]:
                return
            yield from page["Records"]
            iterator = page["NextShardIterator"]

    def shown(self, image: Any) -> Any:
        """The item as the API shows it."""
        begins = (image or {}).get("id", {}).get("S", "").startswith(RESERVED)
        return None if image is None or begins else self.resource.model.schema.decode(image).to_json()

    def count(self) -> tuple[int, int]:
        """Return the number of items in the table, and of unique values that are taken."""
        pages = self.direct.get_paginator("scan").paginate(TableName=self.table, ConsistentRead=True)
        keys = [item["id"]["S"] for page in pages for item in page["Items"]]
        items = [key for key in keys if not key.startswith(RESERVED)]
        return len(items), sum(key.startswith(f"{RESERVED}unique") for key in keys)


@contextmanager
def serving(resource: Resource, emulator: str, proxy: str) -> Iterator[Service]:
    """Make a table for the resource, and let its functions find DynamoDB at the proxy."""
    direct = boto3.client("dynamodb", endpoint_url=emulator)
    name = f"{resource.path}-{secrets.token_hex(4)}"
    stream = {"StreamEnabled": True, "StreamViewType": "NEW_AND_OLD_IMAGES"}
    direct.create_table(**resource.model.schema.create_table(name), StreamSpecification=stream)
    settings = {"RESOURCE": resource.module, "TABLE_NAME": name, "CURSOR_KEY": "a secret", "AWS_ENDPOINT_URL": proxy}
    before = {one: os.environ.get(one) for one in settings}
    os.environ |= settings
    forget()
    service = Service(resource, name, direct, boto3.client("dynamodbstreams", endpoint_url=emulator))
    try:
        yield service
    finally:
        service.gateway.close()
        forget()
        for one, value in before.items():
            os.environ.pop(one) if value is None else os.environ.update({one: value})


def forget() -> None:
    """Make the next connection anew."""
    tables.client.cache_clear()
    tables.tables.clear()
