"""Publish the site in its bucket, whole, and delete files that are no longer part of it (stacks/site)."""

import mimetypes
from collections.abc import Iterable, Mapping
from io import BytesIO
from typing import Any
from zipfile import ZipFile

import botocore.session

from lambdas.deploy.answer import Event, custom_resource
from lambdas.files.serving import ASSETS, FOR_A_MINUTE, IMMUTABLE, SITE


@custom_resource
def handler(event: Event) -> None:
    """Publish on create and update, if there is a site; empty the bucket on delete, so that it can be deleted."""
    given = event["ResourceProperties"]
    storage: Any = botocore.session.get_session().create_client("s3")
    if event["RequestType"] == "Delete":
        remove(storage, given["Bucket"], versions(storage, given["Bucket"]))
    elif "ContentKey" in given:
        archive = storage.get_object(Bucket=given["ContentBucket"], Key=given["ContentKey"])["Body"].read()
        publish(storage, given["Bucket"], {**unpacked(archive), f"{SITE}/config.json": given["Settings"].encode()})


def unpacked(archive: bytes) -> dict[str, bytes]:
    """The files of an archive, by their keys in the bucket: they begin with the path of the site."""
    with ZipFile(BytesIO(archive)) as packed:
        return {one.filename: packed.read(one) for one in packed.infolist() if not one.is_dir()}


def publish(storage: Any, bucket: str, files: Mapping[str, bytes]) -> None:
    """Store the files, what pages refer to before the pages, and remove all others."""
    for key in sorted(files, key=lambda key: not is_asset(key)):
        kind = mimetypes.guess_type(key)[0] or "application/octet-stream"
        storage.put_object(
            Bucket=bucket,
            Key=key,
            Body=files[key],
            ContentType=f"{kind}; charset=utf-8" if kind.startswith("text/") else kind,
            CacheControl=IMMUTABLE if is_asset(key) else FOR_A_MINUTE,
        )
    pages = storage.get_paginator("list_objects_v2").paginate(Bucket=bucket)
    keys = [one["Key"] for page in pages for one in page.get("Contents", ())]
    remove(storage, bucket, ({"Key": key} for key in keys if key not in files))


def is_asset(key: str) -> bool:
    """Return whether the file at a key never changes."""
    return key.startswith(f"{ASSETS}/")


def versions(storage: Any, bucket: str) -> list[dict[str, str]]:
    """Return all versions of all objects, delete markers included."""
    pages = storage.get_paginator("list_object_versions").paginate(Bucket=bucket)
    found = (one for page in pages for kind in ("Versions", "DeleteMarkers") for one in page.get(kind, ()))
    return [{"Key": one["Key"], "VersionId": one["VersionId"]} for one in found]


def remove(storage: Any, bucket: str, objects: Iterable[dict[str, str]]) -> None:
    """Delete these objects, or versions of them."""
    for one in objects:
        storage.delete_object(Bucket=bucket, **one)
