"""The publisher, on a mocked SNS and SQS: the outcome of each record of a batch."""

import json
from types import SimpleNamespace

import pytest
from botocore.exceptions import EndpointConnectionError

from dynamodel import RESERVED
from lambdas.events import publish

TABLE = "table-under-test"
TIME = "2026-01-02T03:04:05.000000Z"


@pytest.fixture
def cloud(aws, monkeypatch):
    """A topic with one subscriber to everything, and an empty queue of dead letters."""
    publish.sns.cache_clear()
    publish.sqs.cache_clear()
    sns, sqs = aws("sns"), aws("sqs")
    topic = sns.create_topic(Name="changes.fifo", Attributes={"FifoTopic": "true"})["TopicArn"]
    queue = sqs.create_queue(QueueName="all.fifo", Attributes={"FifoQueue": "true"})["QueueUrl"]
    arn = sqs.get_queue_attributes(QueueUrl=queue, AttributeNames=["QueueArn"])["Attributes"]["QueueArn"]
    sns.subscribe(TopicArn=topic, Protocol="sqs", Endpoint=arn, Attributes={"RawMessageDelivery": "true"})
    dead = sqs.create_queue(QueueName="dead")["QueueUrl"]
    for name, value in {
        "TOPIC_ARN": topic,
        "DEAD_LETTERS_URL": dead,
        "TABLES": json.dumps({"tests.support.gallery": {TABLE: "parcels"}}),
    }.items():
        monkeypatch.setenv(name, value)
    yield SimpleNamespace(
        heard=lambda: [json.loads(body) for body in emptied(sqs, queue)],
        parked=lambda: [json.loads(body) for body in emptied(sqs, dead)],
        calls=calls_of(publish.sns()),
        refuse=lambda refusals, **how: refusing(publish.sns(), refusals, **how),
    )
    publish.sns.cache_clear()
    publish.sqs.cache_clear()


def emptied(sqs, url):
    while messages := sqs.receive_message(QueueUrl=url, MaxNumberOfMessages=10).get("Messages"):
        for message in messages:
            yield message["Body"]
            sqs.delete_message(QueueUrl=url, ReceiptHandle=message["ReceiptHandle"])


def calls_of(sns):
    """The batches that are sent from now on."""
    calls = []
    sns.meta.events.register("provide-client-params.sns.PublishBatch", lambda params, **_: calls.append(params))
    return calls


def refusing(sns, refusals, *, whole=False):
    """Let SNS refuse the messages of some items, with a code each: these alone, or the whole call that has one."""

    def answer(params, **_):
        entries = params["PublishBatchRequestEntries"]
        keys = {entry["Id"]: json.loads(entry["Message"])["key"]["id"] for entry in entries}
        failed = [{"Id": each, "Code": refusals[key]} for each, key in keys.items() if key in refusals]
        if failed:
            context["answer"] = {"Failed": failed, "Successful": []}

    context = {}

    def refused(**_):
        if not whole or "answer" not in context:
            return None
        return SimpleNamespace(status_code=400), {"Error": context.pop("answer")["Failed"][0]}

    def parsed(parsed, **_):
        parsed.update(context.pop("answer", {}))

    sns.meta.events.register("provide-client-params.sns.PublishBatch", answer)
    sns.meta.events.register("before-call.sns.PublishBatch", refused)
    sns.meta.events.register("after-call.sns.PublishBatch", parsed)


def image(item, **fields):
    numbers = {"version": "1", "scans": "7", "price": "9.9"}
    texts = {"id": item, "code": "ABC000000001", "name": "A book", "due": TIME, "created_at": TIME, "updated_at": TIME}
    return {name: {"S": text} for name, text in texts.items()} | {n: {"N": v} for n, v in numbers.items()} | fields


def record(number, item="a", event="INSERT", old=None, new=None):
    """A record of a stream, as Lambda hands it over."""
    images = {"OldImage": old, "NewImage": new if new or event == "REMOVE" else image(item)}
    return {
        "eventID": f"event-{number}",
        "eventName": event,
        "eventSourceARN": f"arn:aws:dynamodb:us-east-1:123456789012:table/{TABLE}/stream/2026-01-02T03:04:05.678",
        "dynamodb": {
            "ApproximateCreationDateTime": 1_767_323_045,
            "Keys": {"id": {"S": item}},
            "SequenceNumber": str(number),
            **{name: one for name, one in images.items() if one},
        },
    }


def published(*records):
    return publish.handler({"Records": list(records)}, None)["batchItemFailures"]


def test_an_event_has_both_images_as_the_api_returns_the_item(cloud):
    changed = record(2, event="MODIFY", old=image("a"), new=image("a", scans={"N": "6"}, newest_shard={"N": "3"}))

    assert published(changed) == []

    (event,) = cloud.heard()
    images = event.pop("old"), event.pop("new")
    assert event == {
        "id": "event-2",
        "type": "parcel.updated",
        "schema": 1,
        "occurred_at": "2026-01-02T03:04:05Z",
        "resource": "parcels",
        "key": {"id": "a"},
        "sequence": "2",
        "owner": None,
        "complete": True,
    }
    assert [(shown["scans"], shown["price"]) for shown in images] == [(7, "9.9"), (6, "9.9")]
    assert "newest_shard" not in images[1]


def test_a_created_and_a_deleted_item_have_one_image(cloud):
    published(record(1), record(2, event="REMOVE", old=image("a")))

    created, deleted = cloud.heard()
    assert (created["type"], created["old"], created["new"]["name"]) == ("parcel.created", None, "A book")
    assert (deleted["type"], deleted["old"]["name"], deleted["new"]) == ("parcel.deleted", "A book", None)


def test_an_item_from_before_the_model_had_an_attribute_has_its_default_or_goes_without_it(cloud):
    old = {name: value for name, value in image("a").items() if name != "scans"}
    older = {name: value for name, value in old.items() if name != "name"}

    assert published(record(1, event="REMOVE", old=old), record(2, event="REMOVE", old=older)) == []

    with_default, without_required = cloud.heard()
    assert with_default["old"]["scans"] == 0
    assert "name" not in without_required["old"]
    assert without_required["old"]["code"] == with_default["old"]["code"]


def test_subscriptions_can_filter_on_type_resource_schema_and_the_fields_that_changed(cloud):
    published(record(2, event="MODIFY", old=image("a"), new=image("a", scans={"N": "6"}, price={"N": "1"})))

    (entry,) = cloud.calls[0]["PublishBatchRequestEntries"]
    given = {name: attribute["StringValue"] for name, attribute in entry["MessageAttributes"].items()}
    assert given == {"type": "parcel.updated", "resource": "parcels", "schema": "1", "changed": '["price", "scans"]'}


def test_markers_of_unique_values_and_idempotency_records_are_never_published(cloud):
    assert published(record(1, item=f"{RESERVED}unique#code#ABC000000001"), record(2)) == []

    assert [event["id"] for event in cloud.heard()] == ["event-2"]
    assert list(cloud.parked()) == []


def test_changes_go_out_ten_in_a_call_in_their_order(cloud):
    records = [record(number, item=f"item-{number}") for number in range(25)]

    assert published(*records) == []

    assert [len(call["PublishBatchRequestEntries"]) for call in cloud.calls] == [10, 10, 5]
    assert [event["id"] for event in cloud.heard()] == [one["eventID"] for one in records]


def test_two_changes_of_an_item_never_share_a_call_in_which_the_first_alone_could_fail(cloud):
    published(record(1), record(2, event="MODIFY", old=image("a")), record(3, item="b"))

    sent = [[entry["MessageGroupId"] for entry in call["PublishBatchRequestEntries"]] for call in cloud.calls]
    assert [len(set(groups)) for groups in sent] == [len(groups) for groups in sent] == [1, 2]


def test_large_changes_go_out_fewer_in_a_call_than_sns_takes_bytes(cloud):
    long = "x" * 65_100  # with which four messages fit into a call, and their attributes do not
    published(*(record(n, item=f"item-{n}", new=image(f"item-{n}", name={"S": long})) for n in range(8)))

    sizes = [sum(map(bytes_of, call["PublishBatchRequestEntries"])) for call in cloud.calls]
    assert max(sizes) <= 262_144
    assert len(cloud.heard()) == 8


def bytes_of(entry):
    """The size of a message as SNS counts it: its text, and the names, types and values of its attributes."""
    attributes = entry["MessageAttributes"].items()
    return len(entry["Message"]) + sum(len(name + one["DataType"] + one["StringValue"]) for name, one in attributes)


def test_a_change_too_large_for_a_message_is_published_without_its_images(cloud):
    huge = image("a", name={"S": "é" * 150_000})

    assert published(record(1, event="MODIFY", old=huge, new=huge)) == []

    (event,) = cloud.heard()
    assert (event["complete"], event["old"], event["new"], event["key"]) == (False, None, None, {"id": "a"})


def test_characters_that_xml_cannot_hold_arrive(cloud):
    published(record(1, new=image("a", name={"S": "\x00\x0b\ufffe 💩"})))

    assert cloud.heard()[0]["new"]["name"] == "\x00\x0b\ufffe 💩"


def test_an_unreadable_record_is_parked_whole_and_delays_no_other(cloud):
    poison = record(2, item="b", new=image("b", price={"S": "much"}))

    assert published(record(1), poison, record(3, item="c")) == []

    assert [event["id"] for event in cloud.heard()] == ["event-1", "event-3"]
    assert list(cloud.parked()) == [{"error": "Unreadable", "records": [poison]}]


@pytest.mark.parametrize("whole", [False, True], ids=["message", "call"])
def test_a_message_that_sns_rejects_for_good_is_parked_and_delays_no_other(cloud, whole):
    cloud.refuse({"b": "InvalidParameter"}, whole=whole)

    assert published(record(1), record(2, item="b"), record(3, item="c")) == []

    assert {"event-1", "event-3"} <= {event["id"] for event in cloud.heard()}
    assert [letter["records"][0]["eventID"] for letter in cloud.parked()] == ["event-2"]


def test_a_message_that_sns_rejects_for_now_is_retried_and_later_changes_of_the_item_wait(cloud):
    cloud.refuse({"b": "InternalError"})

    failed = published(record(1), record(2, item="b"), record(3, item="b", event="MODIFY", old=image("b")), record(4))

    assert failed == [{"itemIdentifier": "2"}, {"itemIdentifier": "3"}]
    sent = [json.loads(e["Message"])["id"] for call in cloud.calls for e in call["PublishBatchRequestEntries"]]
    assert sent == ["event-1", "event-2", "event-4"]
    assert list(cloud.parked()) == []


@pytest.mark.usefixtures("cloud")
def test_an_unreachable_topic_fails_the_batch_so_that_lambda_counts_an_error_and_tries_again():
    def unreachable(**_):
        raise EndpointConnectionError(endpoint_url="https://sns")

    publish.sns().meta.events.register("before-call.sns.PublishBatch", unreachable)

    with pytest.raises(EndpointConnectionError):
        published(record(1))


@pytest.mark.usefixtures("cloud")
def test_published_changes_are_counted_by_resource_and_verb(log):
    published(record(1), record(2, item="b"), record(3, event="REMOVE", old=image("a")))

    (metrics,) = log()
    assert (metrics["resource"], metrics["Created"], metrics["Deleted"]) == ("parcels", [2.0], [1.0])


@pytest.mark.usefixtures("cloud")
def test_nothing_of_an_item_is_in_the_log(log):
    published(record(1, item="secret", new=image("secret", name={"S": "secret"}, price={"S": "secret"})))

    parked, _ = told = log()
    assert (parked["message"], parked["sequence"], parked["error"]) == ("parked", "1", "Unreadable")
    assert "secret" not in json.dumps(told)
