"""The event stories, through HTTP, on an emulator that enforces IAM."""

import json
import os
import random
import signal
import threading
import time
from collections import defaultdict
from concurrent.futures import ThreadPoolExecutor

import pytest

from tests.support.forks import module_of
from tests.support.gallery.parcels import PARCELS
from tests.support.processes import processes
from tests.support.waiting import PATIENCE, until
from tools.ops.redrive import redrive

pytestmark = pytest.mark.resources(PARCELS)


class Queue:
    """A queue that is subscribed to every change."""

    def __init__(self, deployed):
        self.sqs, self.sns = deployed.client("sqs"), deployed.client("sns")
        name = f"listening-{random.getrandbits(32)}.fifo"
        self.url = self.sqs.create_queue(QueueName=name, Attributes={"FifoQueue": "true"})["QueueUrl"]
        arn = self.sqs.get_queue_attributes(QueueUrl=self.url, AttributeNames=["QueueArn"])["Attributes"]["QueueArn"]
        topic = deployed.outputs["EventsTopicArn"]
        let = {"Effect": "Allow", "Principal": {"Service": "sns.amazonaws.com"}, "Action": "sqs:SendMessage"}
        policy = {"Version": "2012-10-17", "Statement": [{**let, "Resource": arn}]}
        self.sqs.set_queue_attributes(QueueUrl=self.url, Attributes={"Policy": json.dumps(policy)})
        options = {"RawMessageDelivery": "true"}
        subscribed = self.sns.subscribe(TopicArn=topic, Protocol="sqs", Endpoint=arn, Attributes=options)
        self.subscription = subscribed["SubscriptionArn"]
        self.events = []

    def until(self, enough):
        """Listen until the events heard so far are enough, and give them."""
        end = time.monotonic() + PATIENCE
        while not enough(self.events):
            assert time.monotonic() < end, f"not enough: {self.events[-3:]}"
            self.listen()
        return self.events

    def listen(self, seconds=1):
        """Take what is there now, or comes soon."""
        asked = {"QueueUrl": self.url, "MaxNumberOfMessages": 10, "WaitTimeSeconds": seconds}
        messages = self.sqs.receive_message(**asked).get("Messages", [])
        self.events += [json.loads(message["Body"]) for message in messages]
        done = [{"Id": str(n), "ReceiptHandle": message["ReceiptHandle"]} for n, message in enumerate(messages)]
        if done:
            self.sqs.delete_message_batch(QueueUrl=self.url, Entries=done)

    def close(self):
        self.sns.unsubscribe(SubscriptionArn=self.subscription)
        self.sqs.delete_queue(QueueUrl=self.url)


@pytest.fixture
def queue(deployed):
    """The changes that a subscriber to all of them hears from now on."""
    queue = Queue(deployed)
    yield queue
    queue.close()


@pytest.fixture
def table(deployed, resource):
    """The name of the resource's table."""
    function = deployed.client("lambda").get_function_configuration(FunctionName=deployed.outputs["PublisherName"])
    modules = json.loads(function["Environment"]["Variables"]["TABLES"])["lambdas.resources"]
    return next(table for table, module in modules.items() if module == module_of(resource))


def of(item, *types):
    """Return whether all of these changes of an item have been heard."""

    def enough(events):
        heard = [event["type"].partition(".")[2] for event in events if event["key"]["id"] == item["id"]]
        return set(types) <= set(heard)

    return enough


def test_a_subscriber_receives_each_change_in_order_with_both_images(call, path, new, queue):
    item = new()
    changed = call("PATCH", f"{path}/{item['id']}", {"name": "Renamed"}).json
    call("DELETE", f"{path}/{item['id']}")

    heard = [event for event in queue.until(of(item, "deleted")) if event["key"]["id"] == item["id"]]

    assert [event["type"].partition(".")[2] for event in heard] == ["created", "updated", "deleted"]
    assert [(event["old"], event["new"]) for event in heard] == [(None, item), (item, changed), (changed, None)]
    assert len({event["id"] for event in heard}) == 3


def test_a_poison_record_is_parked_and_stops_nobody(deployed, new, queue, table, unreadable):
    before, poison, after = new(), unreadable(table), new()

    heard = queue.until(lambda events: of(before, "created")(events) and of(after, "created")(events))

    assert poison not in [event["key"]["id"] for event in heard]
    (letter,) = parked(deployed)
    assert (letter["error"], letter["records"][0]["dynamodb"]["Keys"]) == ("Unreadable", {"id": {"S": poison}})


def test_what_still_cannot_be_published_is_back_in_the_queue_after_a_redrive(deployed, new, queue, table, unreadable):
    poison = unreadable(table)
    queue.until(of(new(), "created"))

    tally = redrive(deployed.client, deployed.outputs)

    assert (tally.redriven, tally.parked_again) == (1, 1)
    assert [letter["records"][0]["dynamodb"]["Keys"]["id"]["S"] for letter in parked(deployed)] == [poison]


@pytest.fixture
def unreadable(deployed):
    """Put an item that does not fit the model, as an older version of the code might have left one; give its id."""
    dynamodb, sqs, made = deployed.client("dynamodb"), deployed.client("sqs"), []
    sqs.purge_queue(QueueUrl=deployed.outputs["DeadLettersUrl"])

    def put(table):
        made.append((table, f"poison-{random.getrandbits(32)}"))
        dynamodb.put_item(TableName=table, Item={"id": {"S": made[-1][1]}, "version": {"S": "no number"}})
        return made[-1][1]

    yield put
    for table, item in made:
        dynamodb.delete_item(TableName=table, Key={"id": {"S": item}})
    until(lambda: sum(map(is_deletion, parked(deployed))), lambda found: found >= len(made))
    sqs.purge_queue(QueueUrl=deployed.outputs["DeadLettersUrl"])


def parked(deployed):
    """The dead letters that are visible now."""
    asked = {"MaxNumberOfMessages": 10, "WaitTimeSeconds": 2, "VisibilityTimeout": 0}
    answer = deployed.client("sqs").receive_message(QueueUrl=deployed.outputs["DeadLettersUrl"], **asked)
    return [json.loads(message["Body"]) for message in answer.get("Messages", [])]


def is_deletion(letter):
    """Tell whether it is of an item that was deleted: what does not fit the model is parked then, too."""
    return letter.get("records", [{}])[0].get("eventName") == "REMOVE"


@pytest.fixture
def role(deployed):
    """The publisher's role."""
    function = deployed.client("lambda").get_function_configuration(FunctionName=deployed.outputs["PublisherName"])
    return function["Role"].rpartition("/")[2]


def test_a_publisher_that_may_not_publish_loses_nothing(new, queue, role, taken):
    give_back = taken(role, "sns:PublishBatch")
    item = new()
    queue.listen(seconds=3)
    assert queue.events == []

    give_back()

    assert of(item, "created")(queue.until(of(item, "created")))


def test_a_publisher_that_may_not_park_loses_nothing(deployed, new, queue, table, role, taken, unreadable):
    give_back = taken(role, "sqs:SendMessage")
    poison, item = unreadable(table), new()
    queue.listen(seconds=3)
    assert parked(deployed) == []

    give_back()

    queue.until(of(item, "created"))
    assert [letter["records"][0]["dynamodb"]["Keys"]["id"]["S"] for letter in parked(deployed)] == [poison]


def test_changes_that_lambda_gave_up_are_read_from_the_stream_again(deployed, new, queue, paused):
    items = [new() for _ in range(3)]
    position = position_of(deployed, paused, items)
    deployed.client("sqs").send_message(
        QueueUrl=deployed.outputs["DeadLettersUrl"], MessageBody=json.dumps({"DDBStreamBatchInfo": position})
    )

    tally = redrive(deployed.client, deployed.outputs)

    assert (tally.redriven, tally.failed, tally.expired) == (1, 0, 0)
    heard = queue.until(of(items[-1], "created"))
    assert [event["new"] for event in heard] == items


@pytest.fixture
def paused(deployed, table):
    """The mapping of the table's stream, switched off: nothing is published by itself."""
    functions = deployed.client("lambda")
    mappings = functions.list_event_source_mappings(FunctionName=deployed.outputs["PublisherName"])
    (mapping,) = (one for one in mappings["EventSourceMappings"] if f"table/{table}/" in one["EventSourceArn"])
    functions.update_event_source_mapping(UUID=mapping["UUID"], Enabled=False)
    yield mapping
    functions.update_event_source_mapping(UUID=mapping["UUID"], Enabled=True)


def position_of(deployed, mapping, items):
    """Return the place of these items' changes in the stream, in the words of Lambda's note to a dead-letter queue."""
    streams, stream = deployed.client("dynamodbstreams"), mapping["EventSourceArn"]
    (shard,) = streams.describe_stream(StreamArn=stream)["StreamDescription"]["Shards"]
    where = {"StreamArn": stream, "ShardId": shard["ShardId"]}
    iterator = streams.get_shard_iterator(**where, ShardIteratorType="TRIM_HORIZON")["ShardIterator"]
    ids, numbers = {item["id"] for item in items}, []
    while len(numbers) < len(items):
        page = streams.get_records(ShardIterator=iterator)
        changes = [record["dynamodb"] for record in page["Records"]]
        numbers += [change["SequenceNumber"] for change in changes if change["Keys"]["id"]["S"] in ids]
        iterator = page["NextShardIterator"]
    place = {"startSequenceNumber": numbers[0], "endSequenceNumber": numbers[-1]}
    return {"streamArn": stream, "shardId": shard["ShardId"], "batchSize": len(items), **place}


@pytest.mark.parametrize("number", [15, pytest.param(50, marks=pytest.mark.thorough)])
def test_every_change_arrives_in_order_though_the_publisher_is_killed_in_the_middle(
    deployed, call, path, new, queue, number
):
    """Items are written 20 times each, by eight clients; until the 13th round each worker is killed on sight."""
    queue.until(of(new(), "created"))  # it runs
    with killing(deployed.emulator, deployed.outputs["PublisherName"]) as killed, ThreadPoolExecutor(8) as clients:
        items = list(clients.map(lambda _: new(), range(number)))
        for name in map(str, range(19)):
            if name == "12":
                killed.stop(after=3)
            list(clients.map(lambda item, name=name: call("PATCH", f"{path}/{item['id']}", {"name": name}), items))

    ids, versions = {item["id"] for item in items}, defaultdict(list)
    for event in each_once(queue.until(lambda events: len(each_once(events, ids)) >= 20 * number), ids):
        versions[event["key"]["id"]].append(event["new"]["version"])
    assert [versions[item["id"]] for item in items] == [list(range(1, 21))] * number


def each_once(events, ids):
    """The events of these items in the order in which they came first."""
    first = {}
    for event in events:
        if event["key"]["id"] in ids:
            first.setdefault(event["id"], event)
    return list(first.values())


class killing:  # noqa: N801 - reads as a statement
    """Kill the processes that run a function, again and again, until told to stop."""

    def __init__(self, emulator, function):
        self.emulator, self.function = emulator, function
        self.workers, self.stopped = 0, threading.Event()

    def __enter__(self):
        self.thread = threading.Thread(target=self.work)
        self.thread.start()
        return self

    def work(self):
        while not self.stopped.wait(0.25):
            parent, _ = self.emulator.noted()
            for pid, its_parent, command in processes():
                if its_parent == parent and self.function in command:
                    os.kill(pid, signal.SIGKILL)
                    self.workers += 1

    def stop(self, after=0):
        """Stop after so many have been killed."""
        until(lambda: self.workers, lambda workers: workers >= after)
        self.stopped.set()
        self.thread.join()

    def __exit__(self, *_):
        self.stop()
