"""From the stream to the topic, as the template declares it."""

import pytest

from lambdas.rest.declarations import RESOURCES
from tests.support.gallery.customers import CUSTOMERS
from tests.support.gallery.parcels import PARCELS

ONE, BOTH = (PARCELS,), (PARCELS, CUSTOMERS)


@pytest.fixture(params=["local", "dev", "prod"])
def stage(request):
    return request.param


def the(template, kind, part):
    """The one resource of that type whose logical id holds that word."""
    (found,) = [one["Properties"] for name, one in template.find_resources(kind).items() if part in name]
    return found


def mappings_of(template):
    """The mappings of streams to the publisher."""
    found = template.find_resources("AWS::Lambda::EventSourceMapping")
    return [one["Properties"] for name, one in found.items() if name.startswith("Events")]


def test_every_table_streams_both_images_to_the_publisher(template, stage):
    tables = template(stage).find_resources("AWS::DynamoDB::GlobalTable")
    mappings = mappings_of(template(stage))

    assert len(tables) == len(RESOURCES)
    for table in tables.values():
        assert table["Properties"]["StreamSpecification"] == {"StreamViewType": "NEW_AND_OLD_IMAGES"}
    streams = [str(mapping["EventSourceArn"]) for mapping in mappings]
    assert sorted(streams) == sorted(str({"Fn::GetAtt": [name, "StreamArn"]}) for name in tables)
    assert {mapping["StartingPosition"] for mapping in mappings} == {"TRIM_HORIZON"}


def test_a_failure_is_retried_in_parts_and_for_a_bounded_time_and_then_noted(template, stage):
    for mapping in mappings_of(template(stage)):
        assert mapping["FunctionResponseTypes"] == ["ReportBatchItemFailures"]
        assert mapping["BisectBatchOnFunctionError"] is True
        assert "MaximumRetryAttempts" not in mapping  # else they are used up before that time, while SNS is away
        assert 0 < mapping["MaximumRecordAgeInSeconds"] <= 12 * 3600  # half of what the stream keeps is left to redrive
        assert "EventsDeadLetters" in str(mapping["DestinationConfig"]["OnFailure"]["Destination"])


def test_the_topic_keeps_order_and_is_encrypted(template, stage):
    topic = the(template(stage), "AWS::SNS::Topic", "Events")

    assert (topic["FifoTopic"], topic["FifoThroughputScope"]) == (True, "MessageGroup")
    assert ":alias/aws/sns" in str(topic["KmsMasterKeyId"])


def test_every_queue_is_encrypted_and_refuses_plain_http(template, stage):
    queues = template(stage).find_resources("AWS::SQS::Queue")
    policies = template(stage).find_resources("AWS::SQS::QueuePolicy")

    assert all(queue["Properties"]["SqsManagedSseEnabled"] for queue in queues.values())
    refusing = {one["Properties"]["Queues"][0]["Ref"] for one in policies.values() if "aws:SecureTransport" in str(one)}
    assert refusing == queues.keys()


def test_dead_letters_are_kept_as_long_as_can_be(template, stage):
    assert the(template(stage), "AWS::SQS::Queue", "EventsDeadLetters")["MessageRetentionPeriod"] == 14 * 24 * 3600


def test_the_publisher_may_read_streams_publish_and_park_and_nothing_else(template):
    role = the(template("prod"), "AWS::IAM::Role", "EventsPublisher")

    statements = role["Policies"][0]["PolicyDocument"]["Statement"]
    actions = {
        action
        for one in statements
        for action in ([one["Action"]] if isinstance(one["Action"], str) else one["Action"])
    }
    stream = {"DescribeStream", "GetRecords", "GetShardIterator", "ListStreams"}
    log = {"logs:CreateLogStream", "logs:PutLogEvents", "xray:PutTelemetryRecords", "xray:PutTraceSegments"}
    assert actions == {f"dynamodb:{one}" for one in stream} | {"sns:Publish", "sqs:SendMessage"} | log


def test_streams_are_listed_on_no_resource_since_the_action_knows_none(template):
    role = the(template("prod"), "AWS::IAM::Role", "EventsPublisher")

    (resource,) = [
        one["Resource"]
        for one in role["Policies"][0]["PolicyDocument"]["Statement"]
        if "dynamodb:ListStreams" in str(one["Action"])
    ]
    assert resource == "*"


def test_a_stream_takes_no_more_of_a_new_accounts_functions_than_the_stage_says(template):
    lanes = {
        name: {mapping["ParallelizationFactor"] for mapping in mappings_of(template(name))}
        for name in ("local", "dev", "prod")
    }

    assert lanes == {"local": {2}, "dev": {2}, "prod": {10}}


def test_a_second_resource_costs_the_events_one_mapping(template):
    one, two = (set(each.to_json()["Resources"]) for each in (template("dev", ONE), template("dev", BOTH)))

    assert len([name for name in two - one if name.startswith("Events")]) == 1
