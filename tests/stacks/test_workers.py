"""Workers in the template: each has its function, its role, what sets it to work, dead letters, and an alarm."""

import re
from dataclasses import replace

import pytest

from lambdas.events.worker import Changes, Queue, Schedule
from lambdas.rest.declarations import RESOURCES, WORKERS
from tests.support import stages
from tests.support.gallery.albums import ALBUMS
from tests.support.gallery.orders import ORDERS
from tests.support.gallery.rates import RATES
from tests.support.gallery.workers import CLOSE, TAKE, TELL
from tests.support.templates import built, few

FEW = few(ORDERS), few(RATES)
NAMES = ("Close", "Take", "Tell")


def synthesized(*workers, stage="prod", resources=FEW, **settings):
    return built(replace(stages.named(stage), **settings), resources, workers)


@pytest.fixture(scope="module")
def template():
    return synthesized(CLOSE, TAKE, TELL)


def of_worker(template, kind, name):
    """The properties of the resources of a type that are a worker's, by logical id."""
    found = template.find_resources(f"AWS::{kind}").items()
    return {logical_id: one["Properties"] for logical_id, one in found if logical_id.startswith(f"Workers{name}")}


def the(template, kind, name):
    (found,) = of_worker(template, kind, name).values()
    return found


def permissions(template, name, role="Work"):
    """The actions that a role of a worker has, each with its targets as text."""
    (found,) = (one for id_, one in of_worker(template, "IAM::Role", name).items() if f"{name}{role}" in id_)
    statements = found["Policies"][0]["PolicyDocument"]["Statement"]
    pairs = [(action, str(one["Resource"])) for one in statements for action in [*ensure_list(one["Action"])]]
    return {action: targets for action, targets in pairs if not re.match("logs:|xray:", action)}


def ensure_list(value):
    return value if isinstance(value, list) else [value]


def test_nothing_declared_is_nothing_deployed():
    plain = synthesized().to_json()["Resources"]

    assert not [name for name in plain if name.startswith("Workers")]
    assert not [one for one in plain.values() if one["Type"] == "AWS::Scheduler::Schedule"]


def test_a_schedule_starts_the_function_at_its_times_and_notes_what_it_could_not_start(template):
    schedule = the(template, "Scheduler::Schedule", "Close")

    assert (schedule["ScheduleExpression"], schedule["ScheduleExpressionTimezone"]) == (
        "cron(0 6 * * ? *)",
        "Europe/Berlin",
    )
    assert "WorkersCloseDeadLetters" in str(schedule["Target"]["DeadLetterConfig"])
    starter = permissions(template, "Close", role="Starter")
    assert starter.keys() == {"lambda:InvokeFunction", "sqs:SendMessage"}
    assert "WorkersCloseWorkFunction" in starter["lambda:InvokeFunction"]


def test_what_fails_on_a_schedule_is_in_the_dead_letters(template):
    function = the(template, "Lambda::Function", "Close")

    assert "WorkersCloseDeadLetters" in str(function["DeadLetterConfig"])
    assert "WorkersCloseDeadLetters" in permissions(template, "Close")["sqs:SendMessage"]


def test_a_worker_may_do_to_tables_what_it_declares_and_nothing_else(template):
    held = permissions(template, "Close")

    assert held.keys() == {"dynamodb:Scan", "dynamodb:UpdateItem", "sqs:SendMessage"}
    assert "/index/newest" in held["dynamodb:Scan"]
    assert "OrdersTable" in held["dynamodb:UpdateItem"]
    assert "/index/" not in held["dynamodb:UpdateItem"]
    assert "Rates" not in str(held)
    environment = the(template, "Lambda::Function", "Close")["Environment"]["Variables"]
    _, (before, table, after) = environment["TABLES"]["Fn::Join"]
    assert (before, after) == ('{"tests.support.gallery":{"', '":"orders"}}')
    assert table["Ref"].startswith("OrdersTable")


def test_a_worker_on_items_with_files_knows_where_they_are_and_no_other_does():
    workers = replace(CLOSE, tables={"albums": ("Scan",)}), TAKE
    template = synthesized(*workers, resources=(few(ORDERS), few(ALBUMS)))

    settings = [the(template, "Lambda::Function", name)["Environment"]["Variables"] for name in ("Close", "Take")]

    assert "DomainName" in str(settings[0]["FILES_URL"])
    assert "FILES_URL" not in settings[1]


def test_a_queue_brings_its_messages_and_says_where_to_send_them(template):
    mapping = the(template, "Lambda::EventSourceMapping", "Take")
    queues = of_worker(template, "SQS::Queue", "Take")
    (queue,) = (one for one in queues.values() if "RedrivePolicy" in one)

    assert (mapping["BatchSize"], mapping["FunctionResponseTypes"]) == (5, ["ReportBatchItemFailures"])
    assert queue["VisibilityTimeout"] == 6 * 60
    assert queue["RedrivePolicy"]["maxReceiveCount"] == 5
    assert "FifoQueue" not in queue
    assert permissions(template, "Take").keys() == {
        "dynamodb:UpdateItem",
        "sqs:ReceiveMessage",
        "sqs:DeleteMessage",
        "sqs:GetQueueAttributes",
    }
    assert "TakeQueueUrl" in template.to_json()["Outputs"]


def test_changes_come_in_order_and_only_those_that_it_asks_for(template):
    subscription = the(template, "SNS::Subscription", "Tell")
    queues = of_worker(template, "SQS::Queue", "Tell").values()

    assert subscription["FilterPolicy"] == {"resource": ["orders"], "type": [{"suffix": ".created"}]}
    assert subscription["RawMessageDelivery"] is True
    assert "WorkersTellDeadLetters" in str(subscription["RedrivePolicy"])
    assert [queue["FifoQueue"] for queue in queues] == [True, True]
    assert {queue["FifoThroughputLimit"] for queue in queues} == {"perMessageGroupId"}


def test_each_worker_has_an_alarm_on_its_dead_letters(template):
    alarms = [
        (name, str(one["Properties"]["Metrics"] if "Metrics" in one["Properties"] else one["Properties"]["Dimensions"]))
        for name, one in template.find_resources("AWS::CloudWatch::Alarm").items()
        if re.match(r"MonitoringAlarms\w+Worker", name)
    ]

    assert len(alarms) == 3
    for name in NAMES:
        (dimensions,) = (on for alarm, on in alarms if alarm.startswith(f"MonitoringAlarms{name}Worker"))
        assert f"Workers{name}DeadLetters" in dimensions


def test_every_queue_of_a_worker_is_encrypted_and_keeps_dead_letters_as_long_as_can_be(template):
    queues = [one for name in NAMES for one in of_worker(template, "SQS::Queue", name).items()]

    assert len(queues) == 5
    assert all(queue["SqsManagedSseEnabled"] for _, queue in queues)
    assert {queue["MessageRetentionPeriod"] for name, queue in queues if "DeadLetters" in name} == {14 * 24 * 3600}


def test_what_workers_cost_of_the_500_resources_of_a_stack(template):
    added = template.to_json()["Resources"].keys() - synthesized().to_json()["Resources"].keys()

    each = [len([name for name in added if re.match(f"(Workers|MonitoringAlarms){worker}", name)]) for worker in NAMES]
    print("a worker on a schedule, a queue, changes:", each, "resources")
    assert max(each) <= 10
    assert sum(each) == len(added)


def test_an_example_is_deployed_where_the_stage_has_examples_alone():
    example = replace(CLOSE, example=True)

    local, prod = (synthesized(example, stage=name).to_json()["Resources"] for name in ("local", "prod"))

    assert [one["Type"] for one in local.values()].count("AWS::Scheduler::Schedule") == 1
    assert not [name for name in prod if name.startswith("Workers")]


def test_the_declarations_of_the_project_can_be_deployed():
    deployed = synthesized(*WORKERS, stage="local", resources=RESOURCES)

    assert all(of_worker(deployed, "Lambda::Function", worker.construct_id) for worker in WORKERS)


WRONG = {
    "no module": ({"module": "close"}, "the name of a module"),
    "no kind": ({"on": "rate(1 hour)"}, "on='rate(1 hour)' is not Schedule or Queue or Changes"),
    "times": ({"on": Schedule("every hour")}, "times as rate(1 hour)"),
    "batch": ({"on": Queue(batch=100)}, "a batch of 1 to 10"),
    "action": ({"tables": {"orders": ("Get",)}}, "tables={'orders': ('Get',)} is not a dict from text to a tuple"),
    "timeout": ({"timeout": 901}, "a timeout of 1 to 900"),
}


@pytest.mark.parametrize(("change", "reason"), WRONG.values(), ids=WRONG)
def test_a_worker_that_could_not_be_deployed_is_refused_with_a_message(change, reason):
    with pytest.raises(TypeError, match=re.escape(reason)):
        replace(CLOSE, **change)


@pytest.mark.parametrize("wrong", [{"tables": {"orderz": ("Query",)}}, {"on": Changes(of=("orderz",))}])
def test_an_unknown_resource_is_refused_with_a_message(wrong):
    with pytest.raises(TypeError, match="is about orderz; the resources are orders, rates"):
        synthesized(replace(CLOSE, **wrong))


def test_a_missing_module_is_refused_with_a_message():
    with pytest.raises(TypeError, match=r"write lambdas/workers/closing\.py"):
        synthesized(replace(CLOSE, module="lambdas.workers.closing"))
