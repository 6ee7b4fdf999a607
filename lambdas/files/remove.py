"""Changes of items -> S3: a file that its item no longer links to is deleted."""

import json
from typing import Any

from lambdas.events.work import each_record
from lambdas.files import storage
from lambdas.runtime.environment import Environment
from lambdas.runtime.observability import logger


@each_record
def handler(record: dict[str, Any]) -> None:
    """Delete the files that one change left behind.

    Keys are never used twice, so a file that was replaced is never needed again, in whatever order changes come.
    """
    for key in json.loads(record["messageAttributes"]["removed_files"]["stringValue"]):
        storage.delete(Environment.read().files_bucket, key)
        logger.info("removed", key=key)
