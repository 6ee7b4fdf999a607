"""The handlers of workers: a function of nothing for a schedule, a function of one message for a queue or changes."""

import json
from collections.abc import Callable
from functools import wraps
from typing import Any

from dynamodel import time_limit
from lambdas.runtime.observability import Event, log_unexpected, logger
from lambdas.runtime.policy import DYNAMODB, seconds_to_begin


def scheduled(work: Callable[[], None]) -> Callable[[Event, object], None]:
    """Make the Lambda handler of a worker that a schedule starts.

    An exception makes Lambda start it again, twice, and puts the event into the worker's dead letters then. A schedule
    can start it twice for one time: write work that must not be done twice so that the second time changes nothing.
    """

    @wraps(work)
    def handler(_event: Event, context: object) -> None:
        logger.clear_state()
        try:
            with time_limit(seconds_to_begin(context, DYNAMODB)):
                work()
        except Exception as error:
            log_unexpected(error)
            raise

    return handler


def each_message(work: Callable[[Any], None]) -> Callable[[Event, object], Event]:
    """Make the Lambda handler of a worker on a queue or on changes: `work` gets the JSON of one message at a time.

    A message whose work raises an exception comes again, and after five times it is in the worker's dead letters; those
    after it in its message group (the changes of the same item) wait for it, the others do not. A message can arrive
    twice, a change with the same `id`: work that must not be done twice stores the id with its result.
    """

    @wraps(work)
    def of_record(record: Event) -> None:
        work(json.loads(record["body"]))

    return each_record(of_record)


def each_record(work: Callable[[Event], None]) -> Callable[[Event, object], Event]:
    """Make the Lambda handler that `each_message` makes, of work that accepts Lambda's records."""

    @wraps(work)
    def handler(event: Event, context: object) -> Event:
        logger.clear_state()
        failed: list[str] = []
        blocked: set[str] = set()
        for record in event["Records"]:
            group = record.get("attributes", {}).get("MessageGroupId", record["messageId"])
            if group not in blocked:
                try:
                    with time_limit(seconds_to_begin(context, DYNAMODB)):
                        work(record)
                    continue
                except Exception as error:  # noqa: BLE001 - each message has its own outcome
                    log_unexpected(error)
            blocked.add(group)
            failed.append(record["messageId"])
        return {"batchItemFailures": [{"itemIdentifier": one} for one in failed]}

    return handler
