"""DynamoDB streams -> SNS topic: every change is published at least once, in order per item."""

import json
from collections import Counter
from collections.abc import Iterator, Sequence
from functools import cache
from typing import Any

from botocore.config import Config
from botocore.exceptions import ClientError

from lambdas.events import change
from lambdas.events.change import Change, Record
from lambdas.rest.resource import Resource, load
from lambdas.runtime.clients import make_client
from lambdas.runtime.environment import Environment
from lambdas.runtime.observability import emit, logger, traceback_frames

MESSAGES = 10  # in one call of PublishBatch
BYTES = 250_000  # of these messages together; SNS takes 262,144
PERMANENT_ERROR_PREFIX = "InvalidParameter"  # how the codes begin of refusals that no attempt changes
CLIENT_CONFIG = Config(connect_timeout=2, read_timeout=5, retries={"mode": "standard", "total_max_attempts": 3})

type Pair = tuple[Record, Change]


def handler(event: dict[str, Any], _context: object) -> dict[str, Any]:
    """Publish the changes of a batch; those that SNS refused for now are reported, and Lambda brings them again.

    A record that can never be published is parked in the dead-letter queue, whole, and stops nobody. What is raised
    (SNS or SQS is out of reach) makes Lambda try the batch again, in halves; subscribers see no more than duplicates.
    """
    logger.clear_state()
    changes = [(record, one) for record in event["Records"] if change.is_ours(record) and (one := readable(record))]
    batch = Batch()
    batch.publish(changes)
    batch.report()
    return {"batchItemFailures": [{"itemIdentifier": record["dynamodb"]["SequenceNumber"]} for record in batch.failed]}


def readable(record: Record) -> Change | None:
    """The event of a record; None when there is none to be made, and the record is parked."""
    try:
        return change.read(record, resource(record))
    except Exception as error:  # noqa: BLE001 - whatever it is, it is the same at the next attempt
        park(record, error)
        return None


class Batch:
    """What became of the changes of one batch."""

    def __init__(self) -> None:
        """Begin with nothing."""
        self.published: list[Change] = []
        self.failed: list[Record] = []
        self.stuck: set[str] = set()  # the items with a change that failed: what follows of them has to wait

    def publish(self, changes: Sequence[Pair]) -> None:
        """Publish in order per item; with a change that fails, those after it of the same item fail."""
        for chunk in chunks(changes):
            self.send([(record, one) for record, one in chunk if one.group not in self.stuck])
            self.failed += [record for record, one in chunk if one.group in self.stuck]

    def send(self, chunk: Sequence[Pair]) -> None:
        """Publish in one call; what SNS will never take is parked, what it may take later holds its item up."""
        for (record, one), code in zip(chunk, codes(chunk), strict=True):
            if code is None:
                self.published.append(one)
            elif code.startswith(PERMANENT_ERROR_PREFIX):
                park(record, ValueError(code))
            else:
                self.stuck.add(one.group)

    def report(self) -> None:
        """Count what was published: the business metrics."""
        for path in {one.resource for one in self.published}:
            emit({"resource": path}, **Counter(one.verb.capitalize() for one in self.published if one.resource == path))


def chunks(changes: Sequence[Pair]) -> Iterator[list[Pair]]:
    """Cut into what one call takes, at most one change of an item in each: of two, the first alone could fail."""
    chunk: list[Pair] = []
    size = 0
    for record, one in changes:
        length = len(one.message())
        if len(chunk) == MESSAGES or size + length > BYTES or any(one.group == other.group for _, other in chunk):
            yield chunk
            chunk, size = [], 0
        chunk.append((record, one))
        size += length
    if chunk:
        yield chunk


def codes(chunk: Sequence[Pair]) -> list[str | None]:
    """Publish in one call and give SNS's answer to each message: None, or the code of its refusal."""
    if not chunk:
        return []
    entries = [{"Id": str(number), **entry(one)} for number, (_, one) in enumerate(chunk)]
    try:
        answer = sns().publish_batch(TopicArn=Environment.read().topic_arn, PublishBatchRequestEntries=entries)
    except ClientError as error:
        code = error.response["Error"]["Code"]
        if not code.startswith(PERMANENT_ERROR_PREFIX):
            raise
        return [code] if len(chunk) == 1 else [one for pair in chunk for one in codes([pair])]  # one is to blame
    refused = {failure["Id"]: failure["Code"] for failure in answer.get("Failed", ())}
    return [refused.get(each["Id"]) for each in entries]


def entry(one: Change) -> dict[str, Any]:
    """A message as SNS takes it: in the group of its item, told apart by its id, with what subscriptions filter on."""
    text = {"DataType": "String"}
    return {
        "Message": one.message(),
        "MessageGroupId": one.group,
        "MessageDeduplicationId": one.id,
        "MessageAttributes": {
            "type": {**text, "StringValue": one.type},
            "resource": {**text, "StringValue": one.resource},
            "schema": {**text, "StringValue": str(one.schema)},
            "changed": {"DataType": "String.Array", "StringValue": json.dumps(one.changed)},
        },
    }


def park(record: Record, error: Exception) -> None:
    """Keep a record that cannot be published, whole, where `make redrive` finds it."""
    logger.error(
        "parked", sequence=record["dynamodb"]["SequenceNumber"], error=type(error).__name__, at=traceback_frames(error)
    )
    body = json.dumps({"error": type(error).__name__, "records": [record]})
    sqs().send_message(QueueUrl=Environment.read().dead_letters_url, MessageBody=body)
    emit({"resource": resource(record).path}, Parked=1)


def resource(record: Record) -> Resource:
    """The resource whose table the record comes from: arn:aws:dynamodb:region:account:table/NAME/stream/LABEL."""
    table = record["eventSourceARN"].split("/")[1]
    return load(json.loads(Environment.read().tables)[table])


@cache
def sns() -> Any:
    """The client, kept between invocations."""
    return make_client("sns", CLIENT_CONFIG)


@cache
def sqs() -> Any:
    """The client, made only when it is needed."""
    return make_client("sqs", CLIENT_CONFIG)
