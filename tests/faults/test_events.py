"""The publisher under faults of SNS, SQS and the stream: each change at least once, in order per item, none lost."""

import json
import random
import secrets
import time
from collections import defaultdict
from types import SimpleNamespace

import boto3
import pytest

from lambdas.events import publish
from lambdas.runtime.policy import PUBLISHER_TIMEOUT
from tests.faults.proxy import FAULTS, OF_SNS
from tests.faults.service import Context

ITEMS, CHANGES, BATCH = 12, 10, 25  # changes of each item; records that Lambda hands over at a time
POISON = 7  # every seventh item holds what cannot be published
SLOW = ("late", "throttle", "slow", "dribble")
RETRIES = 60  # of a batch; Lambda's own limit is the age of the record, 6 hours


def case(fault):
    return pytest.param(fault, marks=[pytest.mark.thorough] if fault in SLOW else [])


@pytest.fixture
def cloud(emulator, proxy, monkeypatch):
    """A topic with a queue that is subscribed to all of it, and a queue of dead letters."""
    sns, sqs = boto3.client("sns", endpoint_url=emulator), boto3.client("sqs", endpoint_url=emulator)
    name, fifo = secrets.token_hex(4), {"FifoQueue": "true"}
    topic = sns.create_topic(Name=f"{name}.fifo", Attributes={"FifoTopic": "true"})["TopicArn"]
    queue = sqs.create_queue(QueueName=f"{name}.fifo", Attributes=fifo)["QueueUrl"]
    arn = sqs.get_queue_attributes(QueueUrl=queue, AttributeNames=["QueueArn"])["Attributes"]["QueueArn"]
    sns.subscribe(TopicArn=topic, Protocol="sqs", Endpoint=arn, Attributes={"RawMessageDelivery": "true"})
    dead = sqs.create_queue(QueueName=f"{name}-dead")["QueueUrl"]
    settings = {
        "TOPIC_ARN": topic,
        "DEAD_LETTERS_URL": dead,
        "TABLES": json.dumps({"tests.faults.resources": {"table": "pages"}}),
    }
    for variable, value in {**settings, "AWS_ENDPOINT_URL": proxy.url}.items():
        monkeypatch.setenv(variable, value)
    publish.sns.cache_clear()
    publish.sqs.cache_clear()
    yield SimpleNamespace(heard=lambda: [*received(sqs, queue)], parked=lambda: [*received(sqs, dead)])
    publish.sns.cache_clear()
    publish.sqs.cache_clear()


def received(sqs, queue):
    """Return the messages of a queue, in order."""
    while messages := sqs.receive_message(QueueUrl=queue, MaxNumberOfMessages=10).get("Messages"):
        for message in messages:
            sqs.delete_message(QueueUrl=queue, ReceiptHandle=message["ReceiptHandle"])
            yield json.loads(message["Body"])


def changes(chance):
    """The records of a stream: items that change in turns, some of which hold what does not fit the model."""
    numbers, records = defaultdict(int), []
    turns = [item for item in range(ITEMS) for _ in range(CHANGES)]
    chance.shuffle(turns)
    for sequence, item in enumerate(turns):
        numbers[item] += 1
        poison = item % POISON == 0 and numbers[item] == CHANGES
        image = {
            "id": {"S": f"item-{item}"},
            "text": {"N": "1"} if poison else {"S": str(numbers[item])},
            "seen": {"N": "1"},
            "version": {"N": str(numbers[item])},
            **{name: {"S": "2026-01-02T03:04:05.000000Z"} for name in ("created_at", "updated_at")},
        }
        records.append(record(sequence, item, image))
    return records


def record(sequence, item, image):
    return {
        "eventID": f"event-{sequence}",
        "eventName": "MODIFY",
        "eventSourceARN": "arn:aws:dynamodb:us-east-1:000000000000:table/table/stream/2026-01-02T03:04:05.678",
        "dynamodb": {
            "ApproximateCreationDateTime": 1_767_323_045,
            "Keys": {"id": {"S": f"item-{item}"}},
            "SequenceNumber": f"{sequence:021}",
            "NewImage": image,
        },
    }


def deliver(records, chance):
    """Hand records to the publisher as Lambda's stream mapping does; give the longest time that it took.

    A batch is brought again from the first record that was reported, or from its first one if the function fails; after
    a failure the batch is halved, and sometimes records that were done come again.
    """
    position, size, longest, retries = 0, BATCH, 0.0, 0
    while position < len(records):
        if chance.random() < 0.1:
            position = max(0, position - chance.randrange(4))
        batch, began = records[position : position + size], time.monotonic()
        try:
            failures = publish.handler({"Records": batch}, Context(PUBLISHER_TIMEOUT))["batchItemFailures"]
            reported = {one["itemIdentifier"] for one in failures}
            places = [n for n, one in enumerate(batch) if one["dynamodb"]["SequenceNumber"] in reported]
            done = min(places, default=len(batch))
        except Exception:  # noqa: BLE001 - Lambda takes whatever it is for a failure
            done = 0
        longest = max(longest, time.monotonic() - began)
        retries = 0 if done else retries + 1
        assert retries < RETRIES, "no progress"
        position, size = position + done, BATCH if done else max(1, size // 2)
    return longest


@pytest.mark.parametrize("fault", [case(fault) for fault in (*FAULTS, *OF_SNS)])
@pytest.mark.usefixtures("log")
def test_each_change_is_heard_in_order_and_what_cannot_be_published_is_parked(cloud, proxy, fault):
    chance, nemesis = random.Random(fault), random.Random(f"{fault} of the network")
    records = changes(chance)
    proxy.choose = lambda _: fault if nemesis.random() < 0.3 else None

    longest = deliver(records, chance)

    proxy.choose = lambda _: None
    heard, parked = cloud.heard(), cloud.parked()
    assert proxy.seen["PublishBatch", fault] > 0
    assert longest < PUBLISHER_TIMEOUT
    for item in range(ITEMS):
        events = [event for event in heard if event["key"]["id"] == f"item-{item}"]
        first = [*dict.fromkeys(event["new"]["version"] for event in events)]
        assert first == [*range(1, CHANGES + (item % POISON > 0))]
    poison = {f"event-{n}" for n, one in enumerate(records) if "N" in one["dynamodb"]["NewImage"]["text"]}
    assert {letter["records"][0]["eventID"] for letter in parked} == poison


@pytest.mark.thorough
@pytest.mark.usefixtures("log", "cloud")
def test_a_topic_that_never_answers_ends_a_batch_in_time(proxy):
    proxy.choose = lambda _: "late"
    began = time.monotonic()

    with pytest.raises(Exception, match=r"."):
        publish.handler({"Records": changes(random.Random(1))}, Context(PUBLISHER_TIMEOUT))

    assert time.monotonic() - began < PUBLISHER_TIMEOUT
