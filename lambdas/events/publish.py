"""DynamoDB streams to an SNS topic: every change is published at least once, in order per item."""

import json
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from typing import Any

from botocore.exceptions import ClientError

from dynamodel import time_left, time_limit
from lambdas.events import change
from lambdas.events.change import Change, Record
from lambdas.rest.resource import Resource, load
from lambdas.runtime.clients import make_client
from lambdas.runtime.environment import Environment
from lambdas.runtime.observability import emit, logger, traceback_frames
from lambdas.runtime.policy import SNS, seconds_to_begin

MAX_MESSAGES = 10  # in one call of PublishBatch
MAX_BATCH_BYTES = 262_144  # of these messages together, attributes included
PERMANENT_ERROR_PREFIX = "InvalidParameter"  # of SNS error codes that are permanent


@dataclass(frozen=True, slots=True)
class Message:
    """A change, rendered and assigned to the group of its item."""

    record: Record
    change: Change
    group: str
    entry: Mapping[str, Any]  # of PublishBatch, without its Id
    size: int  # bytes, attributes included


def handler(event: dict[str, Any], context: object) -> dict[str, Any]:
    """Publish the changes of a batch; report those that SNS refused for now, so that Lambda delivers them again.

    A record that can never be published is stored in the dead-letter queue, whole, and delays no other. An exception
    (SNS or SQS cannot be reached) makes Lambda retry the batch, in halves; subscribers see no more than duplicates.
    """
    logger.clear_state()
    publication = Publication(Environment.read())
    with time_limit(seconds_to_begin(context, SNS)):
        for record in event["Records"]:
            if change.is_ours(record):
                publication.add(record)
        publication.send()
    publication.report()
    failed = [{"itemIdentifier": record["dynamodb"]["SequenceNumber"]} for record in publication.failed]
    return {"batchItemFailures": failed}


class Publication:
    """One batch of changes on its way to the topic."""

    def __init__(self, settings: Environment) -> None:
        """Read the destinations and the resources of the tables from the settings."""
        self.topic_arn, self.dead_letters_url = settings.topic_arn, settings.dead_letters_url
        self.modules = settings.modules
        self.messages: list[Message] = []
        self.published: list[Change] = []
        self.failed: list[Record] = []
        self.blocked_groups: set[str] = set()  # of items with a change that failed: their later changes must wait

    def add(self, record: Record) -> None:
        """Render the event of a record; park the record if that cannot be done."""
        try:
            self.messages.append(render(record, self.resource_of(record)))
        except Exception as error:  # noqa: BLE001 - whatever it is, the next attempt would fail the same way
            self.park(record, error)

    def send(self) -> None:
        """Publish in order per item; after a change that fails, the later ones of the same item fail too."""
        for chunk in chunks(self.messages):
            if time_left() < 0:  # Lambda delivers these again, which is better than to be stopped in the middle
                self.blocked_groups |= {message.group for message in chunk}
            self.send_chunk([message for message in chunk if message.group not in self.blocked_groups])
            self.failed += [message.record for message in chunk if message.group in self.blocked_groups]

    def send_chunk(self, chunk: Sequence[Message]) -> None:
        """Publish in one call; park what SNS refuses for good, block the items of what it refuses for now."""
        for message, code in zip(chunk, self._error_codes(chunk), strict=True):
            if code is None:
                self.published.append(message.change)
            elif code.startswith(PERMANENT_ERROR_PREFIX):
                self.park(message.record, ValueError(code))
            else:
                self.blocked_groups.add(message.group)

    def _error_codes(self, chunk: Sequence[Message]) -> list[str | None]:
        """Publish in one call; return for each message None, or the code of SNS's error."""
        if not chunk:
            return []
        entries = [{"Id": str(number), **message.entry} for number, message in enumerate(chunk)]
        try:
            reply = sns().publish_batch(TopicArn=self.topic_arn, PublishBatchRequestEntries=entries)
        except ClientError as error:
            code = error.response["Error"]["Code"]
            if not code.startswith(PERMANENT_ERROR_PREFIX):
                raise
            return [code] if len(chunk) == 1 else self._publish_individually(chunk)
        errors = {failure["Id"]: failure["Code"] for failure in reply.get("Failed", ())}
        return [errors.get(entry["Id"]) for entry in entries]

    def _publish_individually(self, chunk: Sequence[Message]) -> list[str | None]:
        """Publish each message in a call of its own, to find the one that makes SNS refuse the batch."""
        codes: list[str | None] = []
        for message in chunk:
            codes += self._error_codes([message])
        return codes

    def park(self, record: Record, error: Exception) -> None:
        """Store a record that cannot be published, whole, where `make redrive` finds it."""
        kind, sequence = type(error).__name__, record["dynamodb"]["SequenceNumber"]
        logger.error("parked", sequence=sequence, error=kind, at=traceback_frames(error))
        body = json.dumps({"error": kind, "records": [record]})
        sqs().send_message(QueueUrl=self.dead_letters_url, MessageBody=body)
        emit({"resource": self.resource_of(record).path}, {"Parked": 1})

    def report(self) -> None:
        """Count what was published: the business metrics."""
        counts: dict[str, Counter[str]] = {}
        for one in self.published:
            counts.setdefault(one.resource, Counter())[one.verb.capitalize()] += 1
        for path, verbs in counts.items():
            emit({"resource": path}, verbs)

    def resource_of(self, record: Record) -> Resource:
        """Return the resource of the record's table: arn:aws:dynamodb:region:account:table/NAME/stream/LABEL."""
        return load(self.modules[record["eventSourceARN"].split("/")[1]])


def render(record: Record, resource: Resource) -> Message:
    """Return the message of a change: in the group of its item, identified by its id, with attributes to filter on."""
    event = change.read(record, resource)
    text, group = event.message(), event.group()
    attributes = {
        "type": ("String", event.type),
        "resource": ("String", event.resource),
        "schema": ("String", str(event.schema)),
        "changed": ("String.Array", json.dumps(event.changed())),
    }
    if files := change.removed_files(record, resource):  # not in the event, which can be too large for its images
        attributes["removed_files"] = ("String.Array", json.dumps(files))
    entry = {
        "Message": text,
        "MessageGroupId": group,
        "MessageDeduplicationId": event.id,
        "MessageAttributes": {
            name: {"DataType": kind, "StringValue": value} for name, (kind, value) in attributes.items()
        },
    }
    size = len(text) + sum(len(f"{name}{kind}{value}".encode()) for name, (kind, value) in attributes.items())
    return Message(record, event, group, entry, size)


def chunks(messages: Sequence[Message]) -> Iterator[list[Message]]:
    """Split into what one call accepts, with at most one change of an item each: of two, the first alone could fail."""
    chunk: list[Message] = []
    groups: set[str] = set()
    size = 0
    for message in messages:
        if len(chunk) == MAX_MESSAGES or size + message.size > MAX_BATCH_BYTES or message.group in groups:
            yield chunk
            chunk, groups, size = [], set(), 0
        chunk.append(message)
        groups.add(message.group)
        size += message.size
    if chunk:
        yield chunk


@cache
def sns() -> Any:
    """Return the client, which is kept between invocations."""
    return make_client("sns")


@cache
def sqs() -> Any:
    """Return the client, which is made only when it is needed."""
    return make_client("sqs")
