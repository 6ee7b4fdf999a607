"""Dead letters that cannot be redriven stay in the queue, and the report says why."""

import base64
import json
from datetime import UTC, datetime
from types import SimpleNamespace

import pytest

from tools.ops import redrive
from tools.problem import Problem


class Trimmed(Exception):
    """DynamoDB Streams' response for records older than a day."""


class Gone(Exception):
    """DynamoDB Streams' response for a shard of which every record is older than a day."""


class Streams:
    """A stream of one shard, as much of it as a redrive reads."""

    exceptions = SimpleNamespace(TrimmedDataAccessException=Trimmed, ResourceNotFoundException=Gone)

    def __init__(self, *numbers):
        self.numbers = numbers

    def get_shard_iterator(self, *, ShardId, SequenceNumber, **_):  # noqa: N803 - boto3's names
        if ShardId != "s":
            raise Gone
        if SequenceNumber not in self.numbers:
            raise Trimmed
        return {"ShardIterator": str(self.numbers.index(SequenceNumber))}

    def get_records(self, *, ShardIterator):  # noqa: N803
        at = int(ShardIterator)
        records = [{"eventID": number, "dynamodb": {"SequenceNumber": number}} for number in self.numbers[at : at + 2]]
        return {"Records": records, "NextShardIterator": str(at + 2)}


class Publisher:
    """The publishing function, as a redrive sees it."""

    def __init__(self):
        self.got, self.answer = [], {"batchItemFailures": []}

    def invoke(self, *, Payload, **_):  # noqa: N803
        self.got += [record["eventID"] for record in json.loads(Payload)["Records"]]
        return {"Payload": SimpleNamespace(read=lambda: json.dumps(self.answer))}


def at_once(params, **_):
    """Ask the queue for what it has now: moto waits as long as it is told to, SQS while there may be more."""
    return params | {"WaitTimeSeconds": 0}


@pytest.fixture
def cloud(aws):
    """A queue, a stream with the records 1 to 5 (the first ones trimmed), and a publisher."""
    sqs = aws("sqs")
    sqs.meta.events.register("provide-client-params.sqs.ReceiveMessage", at_once)
    url = sqs.create_queue(QueueName="dead")["QueueUrl"]
    services = {"sqs": sqs, "dynamodbstreams": Streams(*"34567"), "lambda": Publisher()}
    return SimpleNamespace(
        publisher=services["lambda"],
        put=lambda letter: sqs.send_message(QueueUrl=url, MessageBody=json.dumps(letter)),
        redrive=lambda: redrive.redrive(services.get, {"DeadLettersUrl": url, "PublisherName": "it"}),
        left=lambda: sqs.receive_message(QueueUrl=url).get("Messages", []),
    )


def position(first, last, shard="s"):
    return {
        "DDBStreamBatchInfo": {
            "streamArn": "stream",
            "shardId": shard,
            "startSequenceNumber": first,
            "endSequenceNumber": last,
        }
    }


def test_a_position_in_the_stream_gives_its_records_only(cloud):
    cloud.put(position("4", "6"))

    assert str(cloud.redrive()) == "1 redriven"
    assert cloud.publisher.got == ["4", "5", "6"]
    assert cloud.left() == []


def test_a_parked_record_needs_no_stream(cloud):
    cloud.put({"error": "Unreadable", "records": [{"eventID": "old"}]})

    cloud.redrive()

    assert cloud.publisher.got == ["old"]


def test_records_that_the_publisher_rejects_stay_in_the_queue(cloud):
    cloud.publisher.answer = {"batchItemFailures": [{"itemIdentifier": "4"}]}
    cloud.put(position("4", "4"))

    tally = cloud.redrive()

    assert (tally.redriven, tally.failed) == (0, 1)
    assert len(cloud.left()) == 1


def test_records_that_left_the_stream_stay_in_the_queue_and_the_report_names_the_page_to_read(cloud):
    cloud.put(position("1", "2"))

    assert "docs/operations.md" in str(cloud.redrive())
    assert len(cloud.left()) == 1


def test_a_shard_that_is_gone_is_reported_like_an_expired_record(cloud):
    cloud.put(position("4", "5", shard="closed long ago"))

    assert cloud.redrive().expired == 1
    assert len(cloud.left()) == 1


def test_a_message_of_another_kind_is_named(cloud):
    cloud.put({"hello": "world"})

    with pytest.raises(Problem, match="hello"):
        cloud.redrive()


def test_records_read_again_look_as_lambda_hands_them_over():
    read = {"at": datetime(2026, 1, 2, tzinfo=UTC), "Keys": {"id": {"B": b"\x00"}}, "L": [b"\x01"]}

    assert redrive.as_event(read) == {"at": 1_767_312_000.0, "Keys": {"id": {"B": "AA=="}}, "L": ["AQ=="]}
    assert base64.b64decode("AA==") == b"\x00"


def test_more_records_than_a_call_takes_go_in_several():
    records = [{"eventID": "x" * 1_000_000} for _ in range(5)]

    assert [len(part) for part in redrive.parts(records)] == [2, 2, 1]
