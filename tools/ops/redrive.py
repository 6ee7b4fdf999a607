"""Publish again the changes in the dead-letter queue of the events: `make redrive STAGE=prod`.

The queue holds two kinds of messages. The publisher parks a record that it cannot publish, whole. Lambda gives up on
records after hours of failed attempts, and notes only where in the stream they are: these are read from the stream
again, which keeps them for 24 hours. Both go through the publishing function, so a redriven event has the id it always
had, and its `sequence` tells a subscriber whether it has seen something newer of the item.
"""

import base64
import json
import time
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from tools.ops.target import Clients
from tools.problem import Problem

AT_ONCE = 3_000_000  # bytes of records for one call of the function; Lambda takes 6 MB

type Record = dict[str, Any]


@dataclass
class Tally:
    """Messages counted by outcome."""

    redriven: int = 0
    failed: int = 0  # still in the queue: the function failed, its log says why
    expired: int = 0  # still in the queue: no longer in the stream
    parked_again: int = 0  # back in the queue: the function still cannot publish them

    def __str__(self) -> str:
        """Report what was done, and what is left to do."""
        parts = [f"{self.redriven - self.parked_again} redriven"]
        parts += [f"{self.failed} failed: see the publisher's log"] if self.failed else []
        parts += [f"{self.parked_again} parked again: see the publisher's log"] if self.parked_again else []
        parts += [f"{self.expired} older than the stream keeps: docs/operations.md, Redrive"] if self.expired else []
        return "; ".join(parts)


def redrive(clients: Clients, outputs: dict[str, str]) -> Tally:
    """Process each message in the queue; delete those whose records were published or parked again."""
    sqs, url, began = clients("sqs"), outputs["DeadLettersUrl"], time.time() * 1000
    tally, kept = Tally(), []
    for message in waiting(sqs, url):
        outcome = (
            "parked_again"
            if float(message["Attributes"]["SentTimestamp"]) > began
            else tried(clients, outputs, message)
        )
        setattr(tally, outcome, getattr(tally, outcome) + 1)
        if outcome == "redriven":
            sqs.delete_message(QueueUrl=url, ReceiptHandle=message["ReceiptHandle"])
        else:
            kept.append(message["ReceiptHandle"])
    for handle in kept:
        sqs.change_message_visibility(QueueUrl=url, ReceiptHandle=handle, VisibilityTimeout=0)
    return tally


def tried(clients: Clients, outputs: dict[str, str], message: dict[str, Any]) -> str:
    """Redrive one message and return the outcome."""
    gone = clients("dynamodbstreams").exceptions
    try:
        published = [publish(clients, outputs["PublisherName"], part) for part in parts(records(clients, message))]
    except (gone.TrimmedDataAccessException, gone.ResourceNotFoundException):  # the records, or their shard as well
        return "expired"
    return "redriven" if all(published) else "failed"


def waiting(sqs: Any, url: str) -> Iterator[dict[str, Any]]:
    """Yield each message of the queue once: while a redrive takes less than a quarter of an hour, none shows twice."""
    options = {"QueueUrl": url, "MaxNumberOfMessages": 10, "WaitTimeSeconds": 1, "VisibilityTimeout": 900}
    while messages := sqs.receive_message(**options, MessageSystemAttributeNames=["SentTimestamp"]).get("Messages"):
        yield from messages


def records(clients: Clients, message: dict[str, Any]) -> list[Record]:
    """Return the stream records of a message."""
    body = json.loads(message["Body"])
    if "records" in body:
        parked: list[Record] = body["records"]
        return parked
    if "DDBStreamBatchInfo" not in body:
        raise Problem(f"Not a dead letter of the events: {message['Body'][:200]}")
    return list(read_again(clients("dynamodbstreams"), body["DDBStreamBatchInfo"]))


def read_again(streams: Any, where: dict[str, Any]) -> Iterator[Record]:
    """Yield the records between two sequence numbers of a shard, as Lambda passes them to a function."""
    last = int(where["endSequenceNumber"])
    iterator = streams.get_shard_iterator(
        StreamArn=where["streamArn"],
        ShardId=where["shardId"],
        ShardIteratorType="AT_SEQUENCE_NUMBER",
        SequenceNumber=where["startSequenceNumber"],
    )["ShardIterator"]
    while iterator:
        page = streams.get_records(ShardIterator=iterator)
        for record in page["Records"]:
            if int(record["dynamodb"]["SequenceNumber"]) > last:
                return
            yield as_event({**record, "eventSourceARN": where["streamArn"]})
            if int(record["dynamodb"]["SequenceNumber"]) == last:
                return
        iterator = page.get("NextShardIterator")


def as_event(value: Any) -> Any:
    """Convert a record of boto3 to the JSON of a Lambda event: times in seconds, bytes in base64."""
    if isinstance(value, dict):
        return {name: as_event(one) for name, one in value.items()}
    if isinstance(value, list):
        return [as_event(one) for one in value]
    if isinstance(value, datetime):
        return value.timestamp()
    return base64.b64encode(value).decode() if isinstance(value, bytes) else value


def parts(found: list[Record]) -> Iterator[list[Record]]:
    """Split records into what one invocation accepts."""
    part: list[Record] = []
    for record in found:
        if len(json.dumps([*part, record])) > AT_ONCE and part:
            yield part
            part = []
        part.append(record)
    yield part


def publish(clients: Clients, function: str, part: list[Record]) -> bool:
    """Invoke the publisher; return True if it published everything."""
    answer = clients("lambda").invoke(FunctionName=function, Payload=json.dumps({"Records": part}))
    return "FunctionError" not in answer and not json.load(answer["Payload"])["batchItemFailures"]
