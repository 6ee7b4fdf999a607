"""DynamoDB streams -> S3: a file that its item no longer links to is deleted."""

from typing import Any

from lambdas.files import storage
from lambdas.runtime.environment import Environment
from lambdas.runtime.observability import logger

type Image = dict[str, Any]


def handler(event: dict[str, Any], _context: object) -> None:
    """Delete the files that the changes of a batch left behind; what fails comes again with the batch, and is safe to.

    Keys are never used twice, so a file that was replaced is never needed again, in whatever order changes come.
    """
    logger.clear_state()
    bucket = Environment.read().files_bucket
    for record in event["Records"]:
        images = record["dynamodb"]
        for key in sorted(keys(images.get("OldImage", {})) - keys(images.get("NewImage", {}))):
            storage.delete(bucket, key)
            logger.info("removed", key=key)


def keys(image: Image) -> set[str]:
    """Return the keys of the files that a stored item links to, known by the form that file.File is stored in."""
    held = (value["M"] for value in image.values() if "M" in value)
    return {value["key"]["S"] for value in held if {"key", "type", "bytes", "sha256"} <= value.keys()}
