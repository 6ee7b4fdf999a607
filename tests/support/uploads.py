"""The storage of files in a test: buckets mocked in this process, or those of a deployed stage with its CDN."""

import hashlib
import json
import struct
import time
import zlib
from base64 import b64encode
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Protocol
from urllib.parse import quote, unquote, urlsplit

import requests
from requests.structures import CaseInsensitiveDict

from lambdas.files.formats import mismatch
from tools.dev import cdk

UPLOADS, PUBLISHED, FILES_URL = "uploads", "published", "https://cdn.example.com"
PATIENCE = 30  # seconds until what was uploaded is verified
VERSIONED = {"Status": "Enabled"}


@dataclass(frozen=True)
class Served:
    """The response to a GET of a file."""

    status: int
    headers: CaseInsensitiveDict[str]
    body: bytes


class Storage(Protocol):
    """The storage as a client uses it: send bytes, and wait for their verification."""

    def put(self, ticket: Any, data: bytes, **headers: str | None) -> int:
        """Send bytes as the ticket says, with other headers where named (None: without); return the status."""

    def settle(self) -> None:
        """Return when every upload so far is verified or refused."""

    def get(self, url: str) -> Served:
        """Read a file as the public does."""

    def published(self) -> set[str]:
        """Return the keys of the verified files."""

    def waiting(self) -> set[str]:
        """Return the keys of the uploads, verified ones excepted."""


def png(color: int = 0) -> bytes:
    """Return an image of one pixel."""

    def chunk(name: bytes, data: bytes) -> bytes:
        return struct.pack(">I", len(data)) + name + data + struct.pack(">I", zlib.crc32(name + data))

    header = struct.pack(">IIBBBBB", 1, 1, 8, 2, 0, 0, 0)
    pixel = zlib.compress(b"\0" + color.to_bytes(3))
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", header) + chunk(b"IDAT", pixel) + chunk(b"IEND", b"")


def filling(number: int) -> bytes:
    """Return bytes of no known type, different for each number."""
    return number.to_bytes(100)


SAMPLES: dict[str, Callable[[int], bytes]] = {  # a file of each type, another for each number
    "image/png": png,
    "image/jpeg": lambda number: b"\xff\xd8\xff\xe0\x00\x10JFIF\x00" + filling(number) + b"\xff\xd9",
    "image/gif": lambda number: b"GIF89a" + filling(number) + b";",
    "image/webp": lambda number: b"RIFF" + (108).to_bytes(4, "little") + b"WEBPVP8 " + filling(number),
    "image/avif": lambda number: b"\x00\x00\x00\x1cftypavif" + filling(number),
    "application/pdf": lambda number: b"%%PDF-1.7\n%d 0 obj\n%%%%EOF\n" % number,
    "audio/mpeg": lambda number: b"ID3\x04" + filling(number),
    "video/mp4": lambda number: b"\x00\x00\x00\x18ftypisom" + filling(number),
}


def described(data: bytes) -> dict[str, Any]:
    """Return the body that requests an upload of these bytes."""
    digest = b64encode(hashlib.sha256(data).digest()).decode()
    types = [name for name in SAMPLES if mismatch(name, data, data, len(data)) is None]
    return {"type": types[0] if types else "image/png", "bytes": len(data), "sha256": digest}


class MockedStorage:
    """Buckets of a mocked S3, which checks no signatures; its events are delivered by `settle`."""

    def __init__(self, s3: Any) -> None:
        self.s3 = s3
        for name in (UPLOADS, PUBLISHED):
            s3.create_bucket(Bucket=name)
            s3.put_bucket_versioning(Bucket=name, VersioningConfiguration=VERSIONED)
        self.events: list[dict[str, Any]] = []

    def put(self, ticket: Any, data: bytes, **_: str | None) -> int:
        key = unquote(urlsplit(ticket["url"]).path.lstrip("/"))
        version = self.s3.put_object(Bucket=UPLOADS, Key=key, Body=data)["VersionId"]
        self.events.append(event(key, version))
        return 200

    def settle(self) -> None:
        while self.events:
            assert verify(self.events.pop(0)) == {"batchItemFailures": []}

    def get(self, url: str) -> Served:
        found = self.s3.get_object(Bucket=PUBLISHED, Key=url.removeprefix(f"{FILES_URL}/"))
        return Served(200, CaseInsensitiveDict(found["ResponseMetadata"]["HTTPHeaders"]), found["Body"].read())

    def published(self) -> set[str]:
        return keys(self.s3, PUBLISHED)

    def waiting(self) -> set[str]:
        return keys(self.s3, UPLOADS)


class DeployedStorage:
    """The buckets of a stage on the emulator, whose CDN is found at its address on 127.0.0.1."""

    def __init__(self, deployed: Any, stack: str = cdk.STACK) -> None:
        self.deployed, self.s3 = deployed, deployed.client("s3")
        resources = deployed.client("cloudformation").describe_stack_resources(StackName=stack)["StackResources"]
        names = {one["LogicalResourceId"]: one["PhysicalResourceId"] for one in resources}
        found = {
            part: name
            for part in ("FilesUploads", "FilesPublished", "FilesQueue", "FilesDeadLetters")
            for logical_id, name in names.items()
            if logical_id.startswith(part) and "Policy" not in logical_id
        }
        self.uploads_bucket, self.published_bucket = found["FilesUploads"], found["FilesPublished"]
        self.queue, self.dead_letters = found["FilesQueue"], found["FilesDeadLetters"]
        self.session = requests.Session()
        self.session.trust_env = False
        self.session.verify = deployed.emulator.certificate or True

    def put(self, ticket: Any, data: bytes, **headers: str | None) -> int:
        changed = {name.replace("_", "-"): value for name, value in headers.items()}
        sent = CaseInsensitiveDict({**ticket["headers"]})
        sent.update(changed)
        return self.session.put(ticket["url"], data, headers=dict(sent), timeout=30).status_code

    def settle(self) -> None:
        end = time.monotonic() + PATIENCE
        while self.waiting() or self.queued(self.queue):
            assert time.monotonic() < end, "uploads are still waiting"
            time.sleep(0.1)

    def queued(self, queue: str) -> int:
        """Return how many messages are in a queue, or being worked through."""
        names = ["ApproximateNumberOfMessages", "ApproximateNumberOfMessagesNotVisible"]
        found = self.deployed.client("sqs").get_queue_attributes(QueueUrl=queue, AttributeNames=names)["Attributes"]
        return sum(int(found[name]) for name in names)

    def get(self, url: str) -> Served:
        address, emulator = urlsplit(url), self.deployed.emulator
        found = self.session.get(f"{emulator.url}{address.path}", headers={"Host": address.netloc}, timeout=30)
        return Served(found.status_code, found.headers, found.content)

    def published(self) -> set[str]:
        return keys(self.s3, self.published_bucket)

    def waiting(self) -> set[str]:
        return keys(self.s3, self.uploads_bucket)


def keys(s3: Any, bucket: str) -> set[str]:
    """Return the keys of the current objects of a bucket."""
    pages = s3.get_paginator("list_objects_v2").paginate(Bucket=bucket)
    return {one["Key"] for page in pages for one in page.get("Contents", ())}


def event(key: str, version: str) -> dict[str, Any]:
    """Return a message of the queue with S3's event of a new object."""
    record = {"s3": {"object": {"key": quote(key), "versionId": version}}}
    return {"messageId": version, "body": json.dumps({"Records": [record]})}


def verify(*messages: dict[str, Any]) -> Any:
    """Have the verifier work through messages."""
    from lambdas.files.verify import handler

    return handler({"Records": [*messages]}, None)
