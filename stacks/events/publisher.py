"""Publication of each change of an item as an event: DynamoDB streams -> one function -> one SNS topic."""

from collections.abc import Mapping
from typing import cast

from aws_cdk import (
    CfnResource,
    Duration,
    aws_dynamodb as dynamodb,
    aws_kms as kms,
    aws_lambda as lambda_,
    aws_sns as sns,
)
from constructs import Construct

from lambdas.rest.resource import Resource
from lambdas.runtime.environment import Environment
from lambdas.runtime.policy import PUBLISHER_TIMEOUT
from stacks.data.keys import data_key
from stacks.data.tables import modules_by_table
from stacks.events.queues import add_dead_letters
from stacks.functions.function import Function, allow
from stacks.stage import Stage

READ_STREAM = ("dynamodb:DescribeStream", "dynamodb:GetRecords", "dynamodb:GetShardIterator")
# A record that crashes the function (none is known to) holds up its lane for so long, alone by then: the batch is
# halved at each failure. The number of attempts is not limited: while SNS is away, they would be used up sooner. Older
# changes are in the dead-letter queue as positions in the stream, and `make redrive` reads them again: it has the rest
# of the 24 hours that a stream keeps.
GIVE_UP_AFTER = Duration.hours(6)


class Events(Construct):
    """The topic of all changes, its publisher, and its dead letters.

    The topic is FIFO with the item as message group: a standard topic keeps no order, and order per item is what a
    subscriber builds on. Its price: only SQS queues subscribe. Throughput by group is the region's (30,000 messages a
    second in us-east-1; 300 for one item).
    """

    def __init__(
        self,
        scope: Construct,
        *,
        tables: Mapping[Resource, dynamodb.ITableV2],
        files_url: str,
        layer: lambda_.ILayerVersion,
        stage: Stage,
    ) -> None:
        """Publish the changes of all tables."""
        super().__init__(scope, "Events")
        key = data_key(self, stage)
        self.topic = sns.Topic(
            self,
            "Topic",
            fifo=True,
            fifo_throughput_scope=sns.FifoThroughputScope.MESSAGE_GROUP,
            master_key=key or kms.Alias.from_alias_name(self, "SnsKey", "alias/aws/sns"),  # AWS's own: no monthly fee
            enforce_ssl=True,
        )
        self.dead_letters = add_dead_letters(self, stage)  # a parked record is in there whole
        self.publisher = Function(
            self,
            "Publisher",
            handler="lambdas.events.publish.handler",
            layer=layer,
            stage=stage,
            timeout=Duration.seconds(PUBLISHER_TIMEOUT),
            permissions=[
                allow(stage.may_publish, on=self.topic.topic_arn),
                allow("sqs:SendMessage", on=self.dead_letters.queue_arn),
                *(allow(*READ_STREAM, on=table.table_stream_arn or "") for table in tables.values()),
                allow("dynamodb:ListStreams", on="*"),  # the action knows no resource
            ],
            environment=Environment(
                topic_arn=self.topic.topic_arn,
                dead_letters_url=self.dead_letters.queue_url,
                files_url=files_url if any(resource.files for resource in tables) else "",
                tables=modules_by_table(self, tables),
            ),
        )
        if stage.may_publish != "sns:Publish":  # the emulator's own name for it, which cfn-lint does not know
            role = self.publisher.node.find_child("Role").node.default_child
            cast(CfnResource, role).add_metadata("cfn-lint", {"config": {"ignore_checks": ["W3037"]}})
        for resource, table in tables.items():
            self.follow(resource.path, table, lanes=stage.stream_lanes)

    def follow(self, path: str, table: dynamodb.ITableV2, *, lanes: int) -> None:
        """Map the table's stream to the publisher, in order per item."""
        mapping = lambda_.EventSourceMapping(
            self,
            f"From-{path}",
            target=self.publisher.function,
            event_source_arn=table.table_stream_arn,
            starting_position=lambda_.StartingPosition.TRIM_HORIZON,  # what changed before the mapping was there counts
            batch_size=100,
            parallelization_factor=lanes,
            bisect_batch_on_error=True,
            report_batch_item_failures=True,
            max_record_age=GIVE_UP_AFTER,
        )
        # CDK's SqsDlq would grant two actions more than are needed.
        destination = lambda_.CfnEventSourceMapping.OnFailureProperty(destination=self.dead_letters.queue_arn)
        resource = cast(lambda_.CfnEventSourceMapping, mapping.node.default_child)
        resource.destination_config = lambda_.CfnEventSourceMapping.DestinationConfigProperty(on_failure=destination)
