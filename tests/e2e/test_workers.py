"""The example workers at work, on an emulator: on changes, on a queue, on a schedule, and what they cannot do."""

import json
import random
from datetime import UTC, datetime

import pytest

from lambdas.rest.declarations import WORKERS
from tests.support.waiting import until

NAMES = {worker.construct_id for worker in WORKERS if worker.example}


def lines(deployed, worker):
    """The lines that an example has logged; a project that has deleted it has nothing to test."""
    if worker not in NAMES:
        pytest.skip(f"there is no example {worker}")
    logs = deployed.client("logs")
    groups = [one.physical_id for one in deployed.resources() if one.kind == "AWS::Logs::LogGroup"]
    (name,) = [group for group in groups if f"Workers{worker}" in group]
    events = logs.filter_log_events(logGroupName=name)["events"]
    return [json.loads(event["message"]) for event in events if event["message"].startswith("{")]


def test_a_worker_on_changes_receives_only_the_declared_ones(deployed, call, href, change):
    call("PATCH", href, change)
    call("DELETE", href)

    heard = until(
        lambda: {line["type"].partition(".")[2] for line in lines(deployed, "LogChanges") if "type" in line},
        lambda verbs: "deleted" in verbs,
    )

    assert heard == {"created", "deleted"}


@pytest.fixture
def messages(deployed):
    """The queue of the example."""
    lines(deployed, "LogMessages")
    return deployed.outputs["LogMessagesQueueUrl"]


def test_a_worker_on_a_queue_takes_each_message(deployed, messages):
    for text in (f"hello {random.getrandbits(32)}" for _ in range(2)):
        deployed.client("sqs").send_message(QueueUrl=messages, MessageBody=json.dumps({"text": text}))

        until(
            lambda: [line.get("text") for line in lines(deployed, "LogMessages")],
            lambda found, text=text: text in found,
        )


def test_a_message_that_always_fails_is_in_the_dead_letters(deployed, messages):
    sqs, body = deployed.client("sqs"), json.dumps({"wrong": random.getrandbits(32)})
    attributes = sqs.get_queue_attributes(QueueUrl=messages, AttributeNames=["All"])["Attributes"]
    letters = json.loads(attributes["RedrivePolicy"])["deadLetterTargetArn"].rpartition(":")[2]
    dead = sqs.get_queue_url(QueueName=letters)["QueueUrl"]
    sqs.set_queue_attributes(QueueUrl=messages, Attributes={"VisibilityTimeout": "1"})

    sqs.send_message(QueueUrl=messages, MessageBody=body)

    until(lambda: sqs.receive_message(QueueUrl=dead).get("Messages", []), lambda got: body in [m["Body"] for m in got])


def test_a_worker_on_a_schedule_is_started(deployed):
    before = len(lines(deployed, "LogHours"))
    scheduler = deployed.client("scheduler")
    schedules = [one.physical_id for one in deployed.resources() if one.kind == "AWS::Scheduler::Schedule"]
    (name,) = [one for one in schedules if "LogHours" in one]
    declared = scheduler.get_schedule(Name=name)

    scheduler.create_schedule(  # the same target, now: the example works each hour
        Name=f"now-{random.getrandbits(32)}",
        ScheduleExpression=f"at({datetime.now(UTC):%Y-%m-%dT%H:%M:%S})",
        FlexibleTimeWindow={"Mode": "OFF"},
        Target=declared["Target"],
        ActionAfterCompletion="DELETE",
    )

    assert declared["ScheduleExpression"] == "rate(1 hour)"
    until(lambda: lines(deployed, "LogHours"), lambda found: len(found) > before)
