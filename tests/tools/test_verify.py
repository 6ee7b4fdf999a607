"""Alarms and log lines, as `make verify` judges them; no stage on the emulator has any."""

import json
import time

import boto3
import pytest
from moto import mock_aws

from stacks.names import resource_id
from tests.support.gallery.parcels import PARCELS, Parcel
from tools.ops import verify
from tools.ops.stack import StackResource
from tools.ops.verify import Failed, Skipped, Stage, check_access_log, check_alarms, check_log

REQUEST = "0f1e2d3c-4b5a-6978-8796-a5b4c3d2e1f0"


@pytest.fixture
def stage():
    """A stage in an account of its own."""
    try:
        example = verify.example_resource()
    except Skipped as reason:
        pytest.skip(str(reason))
    with mock_aws():
        yield Stage(
            url="https://api.example.com",
            sign_in_url="",
            outputs={},
            resources=[
                StackResource("AWS::CloudWatch::Alarm", "MonitoringAlarmsFaults", "faults"),
                StackResource("AWS::Logs::LogGroup", "AccessLog", "access"),
                StackResource("AWS::Logs::LogGroup", f"{resource_id(example.path)}CreateLogs", "create"),
            ],
            clients=boto3.client,
            drift=str,
            request_id=REQUEST,
        )


def set_alarm(stage, state):
    cloudwatch = stage.clients("cloudwatch")
    cloudwatch.put_metric_alarm(
        AlarmName="faults",
        MetricName="5XXError",
        Namespace="AWS/ApiGateway",
        Period=60,
        EvaluationPeriods=1,
        Threshold=1,
        Statistic="Sum",
        ComparisonOperator="GreaterThanThreshold",
    )
    cloudwatch.set_alarm_state(AlarmName="faults", StateValue=state, StateReason="test")


def log(stage, group, **line):
    logs = stage.clients("logs")
    logs.create_log_group(logGroupName=group)
    logs.create_log_stream(logGroupName=group, logStreamName="1")
    event = {"timestamp": int(time.time() * 1000), "message": json.dumps(line)}
    logs.put_log_events(logGroupName=group, logStreamName="1", logEvents=[event])


def test_an_alarm_that_is_on_fails(stage):
    set_alarm(stage, "ALARM")

    with pytest.raises(Failed, match="faults"):
        check_alarms(stage)


def test_alarms_that_are_off_pass_with_their_states(stage):
    set_alarm(stage, "OK")

    assert check_alarms(stage) == "1 OK"


def test_the_line_of_the_request_is_shown(stage):
    log(stage, "access", request_id=REQUEST, status=201)

    assert json.loads(check_access_log(stage))["status"] == 201


def test_a_line_that_lost_its_level_fails(stage):
    log(stage, "create", request_id=REQUEST, message="answered")

    with pytest.raises(Failed, match="level"):
        check_log(stage)


def test_without_a_request_there_is_no_line_to_look_for(stage):
    stage.request_id = ""

    with pytest.raises(Skipped):
        check_access_log(stage)


def test_what_is_unique_has_another_value_of_its_form_in_each_run():
    made = [Parcel.parse(verify.fresh(PARCELS)).code for _ in range(2)]

    assert len({*made, PARCELS.example["code"]}) == 3


@pytest.mark.parametrize("value", ["ABC000000001", "reader", "Alpha-beta"])
def test_another_value_is_of_the_same_length(value):
    other = verify.unlike(value)

    assert other != value
    assert len(other) == len(value)


def test_another_number_is_a_number():
    assert isinstance(verify.unlike(7_000_001), int)
