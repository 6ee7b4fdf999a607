"""Alarms that can go off, and a dashboard of this stack's own metrics."""

import json
import re

import pytest
from aws_cdk import App, Stack, aws_lambda as lambda_, aws_sqs as sqs
from aws_cdk.assertions import Template

from stacks.monitoring.alarms import Alarms
from stacks.names import stack_name
from tests.support import stages
from tests.support.alarm import is_in_alarm, metrics_of
from tests.support.gallery.notes import NOTES
from tests.support.gallery.parcels import PARCELS

LIVE = (PARCELS, NOTES)  # one is live, one has files: every alarm is there
MINUTES = 60_000  # of milliseconds

# For each alarm, data that must set it off, and data that must not.
GOES_OFF = {
    "Faults": [
        {"5XXError": [[1] * 5 + [0] * 95], "Count": [[1] * 100]},
        {"5XXError": [[1] * 5], "Count": [[1] * 5]},
        {"5XXError": [[1] * 1100], "Count": [[1] * 100_000]},
    ],
    "Slow": [{"Latency": [[1_001] * 100, [900] * 98 + [1_001] * 2, [5_000]]}],
    "DeadLetters": [
        {"ApproximateNumberOfMessagesVisible/Events": [[1]]},
        {"ApproximateNumberOfMessagesVisible/Live": [[1]]},
    ],
    "Files": [{"ApproximateNumberOfMessagesVisible/Files": [[1]]}],
    "StreamLag": [{"IteratorAge": [[6 * MINUTES]] * 3}],
    "LiveLag": [{"ApproximateAgeOfOldestMessage/LiveQueue": [[61]] * 3}],
    "Publisher": [{"Errors": [[1] * 5, [1] * 5]}, {"Throttles": [[9], [9]]}],
}
STAYS_QUIET = {
    "Faults": [
        {},
        {"5XXError": [[1] * 4], "Count": [[1] * 4]},  # a handful at night
        {"5XXError": [[1] * 10], "Count": [[1] * 1_000]},  # one in a hundred is the bound
        {"5XXError": [[0]], "Count": [[0]]},
    ],
    "Slow": [{}, {"Latency": [[5_000], [5_000], [20] * 100]}, {"Latency": [[3_000] + [20] * 99] * 3}],
    "DeadLetters": [{}, {"ApproximateNumberOfMessagesVisible": [[0]]}],
    "Files": [{}, {"ApproximateNumberOfMessagesVisible": [[0]]}],
    "StreamLag": [{}, {"IteratorAge": [[9 * MINUTES], [1_000], [1_000]]}],
    "LiveLag": [{}, {"ApproximateAgeOfOldestMessage": [[300], [1], [1]]}],
    "Publisher": [{}, {"Errors": [[1], [1]]}, {"Errors": [[9], None]}],
}
# What AWS writes, with which dimensions: a metric with another set of them has never any data.
AWS_METRICS = {
    ("AWS/ApiGateway", ("ApiName", "Stage")): {"5XXError", "4XXError", "Count", "Latency", "IntegrationLatency"},
    ("AWS/Lambda", ("FunctionName",)): {"Invocations", "Errors", "Throttles", "Duration", "IteratorAge"},
    ("AWS/DynamoDB", ("TableName",)): {"ConsumedReadCapacityUnits", "ConsumedWriteCapacityUnits"},
    ("AWS/DynamoDB", ("GlobalSecondaryIndexName", "TableName")): {
        *("ConsumedReadCapacityUnits", "ConsumedWriteCapacityUnits"),
    },
    ("AWS/DynamoDB", ("Operation", "TableName")): {"ThrottledRequests"},
    ("AWS/SQS", ("QueueName",)): {"ApproximateNumberOfMessagesVisible", "ApproximateAgeOfOldestMessage"},
    ("AWS/Logs", ("LogGroupName",)): {"IncomingBytes"},
}
# What lambdas/runtime/observability.py, lambdas/events/publish.py and lambdas/live write.
OWN_METRICS = {
    ("function_name", "service"): {"Faults", "Refusals"},
    ("service",): {
        *("Connected", "Disconnected", "HandshakesRefused"),
        *("FramesSent", "ConnectionsGone", "ConnectionsClosed", "FanOutMs"),
    },
    ("resource", "service"): {"Created", "Updated", "Deleted", "Parked"},
}


@pytest.fixture(params=["dev", "prod"])
def stage(request):
    return request.param


def alarms(template):
    """The alarms by the name of their construct."""
    found = template.find_resources("AWS::CloudWatch::Alarm")
    names = {logical_id: re.fullmatch(r"MonitoringAlarms(\w+)[0-9A-F]{8}", logical_id) for logical_id in found}
    return {name[1]: found[logical_id]["Properties"] for logical_id, name in names.items() if name}


def graphs(template):
    """The metrics of the dashboard: namespace, name, then dimension and value in turn."""
    (dashboard,) = template.find_resources("AWS::CloudWatch::Dashboard").values()
    parts = dashboard["Properties"]["DashboardBody"]["Fn::Join"][1]
    text = "".join(part if isinstance(part, str) else f"<{json.dumps(part)[1:-1]}>".replace('"', "'") for part in parts)
    for widget in json.loads(text)["widgets"]:
        for row in widget["properties"].get("metrics", ()):
            if isinstance(row[0], str):
                yield [part for part in row if isinstance(part, str)]


def test_every_alarm_has_data_that_sets_it_off_and_data_that_does_not(template, stage):
    assert alarms(template(stage, LIVE)).keys() == GOES_OFF.keys() == STAYS_QUIET.keys()


@pytest.mark.parametrize("name", GOES_OFF)
def test_an_alarm_goes_off_when_it_should(template, name):
    for data in GOES_OFF[name]:
        assert is_in_alarm(alarms(template("dev", LIVE))[name], data), data


@pytest.mark.parametrize("name", STAYS_QUIET)
def test_an_alarm_stays_quiet_when_it_should(template, name):
    for data in STAYS_QUIET[name]:
        assert not is_in_alarm(alarms(template("dev", LIVE))[name], data), data


def test_alarms_read_metrics_that_aws_writes_and_of_this_stack_only(template, stage):
    for alarm in alarms(template(stage)).values():
        metrics = metrics_of(alarm)
        assert len(metrics) <= 10  # CloudWatch's limit for the metrics of an alarm
        for metric in metrics:
            dimensions = {one["Name"]: one["Value"] for one in metric["Dimensions"]}
            assert metric["MetricName"] in AWS_METRICS[metric["Namespace"], tuple(sorted(dimensions))]
            assert any(
                "Ref" in value or "Fn::GetAtt" in value or value == stack_name(stage) for value in dimensions.values()
            )


def test_graphs_show_metrics_that_someone_writes_and_of_this_stack_only(template, stage):
    shown = list(graphs(template(stage, LIVE)))

    assert len(shown) > 50
    for namespace, name, *pairs in shown:
        dimensions = dict(zip(pairs[::2], pairs[1::2], strict=True))
        names = tuple(sorted(dimensions))
        written = OWN_METRICS[names] if namespace == stack_name(stage) else AWS_METRICS[namespace, names]
        assert name in written
        assert any(value.startswith(("<", stack_name(stage))) for value in dimensions.values())


def test_alarms_go_to_a_topic_that_alarms_of_this_account_may_publish_to(template, stage):
    (topic,) = [name for name in template(stage).find_resources("AWS::SNS::Topic") if "Alarms" in name]

    for alarm in alarms(template(stage)).values():
        assert alarm["AlarmActions"] == alarm["OKActions"] == [{"Ref": topic}]
    (policy,) = [
        one for name, one in template(stage).find_resources("AWS::SNS::TopicPolicy").items() if "Alarms" in name
    ]
    services = [
        one["Principal"].get("Service")
        for one in policy["Properties"]["PolicyDocument"]["Statement"]
        if one["Effect"] == "Allow"
    ]
    assert services == ["cloudwatch.amazonaws.com"]


def test_more_queues_than_an_alarm_can_read_are_watched_by_several_alarms():
    stack = Stack(App(), "many-subscribers")
    queues = [sqs.Queue(stack, f"Queue{number}") for number in range(11)]
    publisher = lambda_.Function.from_function_name(stack, "Publisher", "publisher")

    Alarms(stack, stage=stages.named("dev")).watch_events(publisher, queues)

    watching = [
        [metric["Dimensions"][0]["Value"]["Fn::GetAtt"][0] for metric in metrics_of(alarm["Properties"])]
        for name, alarm in Template.from_stack(stack).find_resources("AWS::CloudWatch::Alarm").items()
        if "DeadLetters" in name
    ]
    assert sorted(len(one) for one in watching) == [1, 10]
    assert len({queue for one in watching for queue in one}) == 11


def test_alarms_are_mailed_where_the_stage_says(synthesize):
    template = synthesize(stages.named("prod"), alarm_email="ops@example.com")

    mails = [
        one["Properties"]["Endpoint"]
        for one in template.find_resources("AWS::SNS::Subscription").values()
        if one["Properties"]["Protocol"] == "email"
    ]
    assert mails == ["ops@example.com"]


def test_the_gateway_logs_json_without_anything_of_the_client(template, stage):
    (gateway,) = template(stage).find_resources("AWS::ApiGateway::Stage").values()

    fields = json.loads(gateway["Properties"]["AccessLogSetting"]["Format"])
    assert {"request_id", "trace_id", "route", "status", "ms"} <= fields.keys()
    for private in ("identity", "authorizer", "path", "requestOverride", "domainName"):
        assert f"$context.{private}" not in str(fields.values())


def test_the_account_wide_role_of_api_gateway_is_not_overwritten(template, stage):
    template(stage).resource_count_is("AWS::ApiGateway::Account", 0)


def test_gateway_and_functions_are_traced(template, stage):
    (gateway,) = template(stage).find_resources("AWS::ApiGateway::Stage").values()

    assert gateway["Properties"]["TracingEnabled"] is True
    for function in template(stage).find_resources("AWS::Lambda::Function").values():
        assert function["Properties"]["TracingConfig"] == {"Mode": "Active"}


def test_every_log_of_the_stack_is_the_stacks_own(template, stage):
    groups = template(stage).find_resources("AWS::Logs::LogGroup")
    functions = template(stage).find_resources("AWS::Lambda::Function").values()

    used = {function["Properties"]["LoggingConfig"]["LogGroup"]["Ref"] for function in functions}
    assert groups.keys() - used == {name for name in groups if "AccessLog" in name or name.startswith("Firewall")}
    assert {function["Properties"]["LoggingConfig"]["LogFormat"] for function in functions} == {"JSON"}
