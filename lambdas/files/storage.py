"""The connection to S3: signed uploads, the bytes of one version of an object, and verified files."""

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from typing import Any

from botocore.config import Config

from lambdas.files.formats import HEAD_BYTES, TAIL_BYTES
from lambdas.files.serving import EXPIRES_AFTER, IMMUTABLE, TAG_HEADER
from lambdas.runtime.clients import make_client

CHUNK = 1024 * 1024  # bytes read at once
CLIENT_OPTIONS = Config(
    signature_version="s3v4",
    s3={"addressing_style": "virtual"},  # the Region's own host: the global one redirects, which no signature survives
)


@dataclass(frozen=True)
class Content:
    """The facts about the bytes of an object."""

    length: int
    sha256: bytes
    head: bytes
    tail: bytes


def signed_put(bucket: str, key: str, *, media_type: str, length: int, sha256: str) -> tuple[str, dict[str, str]]:
    """Return the address and the headers of a request that can store these bytes once, and no others."""
    parameters = {
        "Bucket": bucket,
        "Key": key,
        "ContentType": media_type,
        "ContentLength": length,
        "ChecksumSHA256": sha256,
        "IfNoneMatch": "*",
    }
    seconds = int(EXPIRES_AFTER.total_seconds())
    url: str = s3().generate_presigned_url("put_object", Params=parameters, ExpiresIn=seconds, HttpMethod="PUT")
    headers = {
        "Content-Type": media_type,
        "Content-Length": str(length),
        "X-Amz-Checksum-Sha256": sha256,
        "If-None-Match": "*",
    }
    return url, headers


def read(bucket: str, key: str, version: str) -> Content:
    """Read one version of an object, whole."""
    body = s3().get_object(Bucket=bucket, Key=key, VersionId=version)["Body"]
    digest, length, head, tail = hashlib.sha256(), 0, b"", b""
    for chunk in body.iter_chunks(CHUNK):
        digest.update(chunk)
        length += len(chunk)
        head = (head + chunk)[:HEAD_BYTES] if len(head) < HEAD_BYTES else head
        tail = (tail + chunk)[-TAIL_BYTES:]
    return Content(length, digest.digest(), head, tail)


def publish(source: Mapping[str, str], bucket: str, key: str, *, media_type: str, tags: str) -> None:
    """Copy one version of an upload to where the CDN reads, with the headers that it is served with."""
    s3().copy_object(
        CopySource=dict(source),
        Bucket=bucket,
        Key=key,
        MetadataDirective="REPLACE",
        ContentType=media_type,
        CacheControl=IMMUTABLE,
        Metadata={TAG_HEADER.removeprefix("x-amz-meta-"): tags},
    )


def delete(bucket: str, key: str, version: str | None = None) -> None:
    """Delete an object, or one version of it for good; one that is gone already is fine."""
    s3().delete_object(Bucket=bucket, Key=key, **({"VersionId": version} if version else {}))


@cache
def s3() -> Any:
    """The client, kept between invocations."""
    return make_client("s3", CLIENT_OPTIONS)
