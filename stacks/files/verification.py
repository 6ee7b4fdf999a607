"""The two functions of files: one verifies what was uploaded, one deletes what items no longer link to."""

from collections.abc import Mapping
from typing import Any

from aws_cdk import Duration, Stack
from aws_cdk import aws_dynamodb as dynamodb
from aws_cdk import aws_iam as iam
from aws_cdk import aws_lambda as lambda_
from constructs import Construct

from lambdas.rest.resource import Resource
from lambdas.runtime.environment import Environment
from stacks.events.publisher import READ_STREAM, by_package
from stacks.events.queues import CONSUME_ACTIONS, bring
from stacks.files.bucket import accept_objects
from stacks.files.files import VERIFIES_WITHIN, Files
from stacks.functions.function import Function, allow
from stacks.stages import Stage

VERIFY_ACTIONS = ("dynamodb:GetItem", "dynamodb:UpdateItem", "dynamodb:DeleteItem")
ATTEMPTS = 10_000  # as many as Lambda makes: a file that is not deleted yet holds up nothing but other deletions


class Verification(Construct):
    """The verifier of uploads and the remover of files, for the tables of the resources that have files."""

    def __init__(
        self,
        scope: Construct,
        *,
        files: Files,
        files_url: str,
        tables: Mapping[Resource, dynamodb.ITableV2],
        layer: lambda_.ILayerVersion,
        stage: Stage,
    ) -> None:
        """Make both functions."""
        super().__init__(scope, "Verification")
        self.files = files
        with_files = {resource: table for resource, table in tables.items() if resource.files}
        self.verifier = Function(
            self,
            "Verifier",
            handler="lambdas.files.verify.handler",
            layer=layer,
            stage=stage,
            timeout=VERIFIES_WITHIN,
            permissions=[
                *(allow(*VERIFY_ACTIONS, on=table.table_arn) for table in with_files.values()),
                *may_publish(files),
                allow(*CONSUME_ACTIONS, on=files.queue.queue_arn),
            ],
            environment=Environment(
                tables=Stack.of(self).to_json_string(by_package(with_files)),
                files_url=files_url,
                files_bucket=files.published.bucket_name,
                uploads_bucket=files.uploads.bucket_name,
            ),
        )
        bring(self, files.queue, self.verifier.function, batch_size=1)  # an upload has the function's whole time
        self.remover = Function(
            self,
            "Remover",
            handler="lambdas.files.remove.handler",
            layer=layer,
            stage=stage,
            timeout=Duration.seconds(30),
            permissions=[
                allow("s3:DeleteObject", on=files.published.arn_for_objects("*")),
                allow("sqs:SendMessage", on=files.dead_letters.queue_arn),
                *(allow(*READ_STREAM, on=table.table_stream_arn or "") for table in with_files.values()),
            ],
            environment=Environment(files_bucket=files.published.bucket_name),
        )
        accept_objects(self.verifier, files.uploads)
        accept_objects(self.verifier, files.published)
        accept_objects(self.remover, files.published)
        for resource, table in with_files.items():
            self.follow(resource, table, files)

    def follow(self, resource: Resource, table: dynamodb.ITableV2, files: Files) -> None:
        """Bring the changes of items that had a file to the remover; what the filter leaves out costs nothing."""
        attributes = resource.model.schema.attributes
        mapping = lambda_.EventSourceMapping(
            self,
            f"From-{resource.path}",
            target=self.remover.function,
            event_source_arn=table.table_stream_arn,
            starting_position=lambda_.StartingPosition.TRIM_HORIZON,
            batch_size=100,
            bisect_batch_on_error=True,
            retry_attempts=ATTEMPTS,
            max_record_age=Duration.hours(24),  # as long as the stream keeps it
            filters=[had_file(attributes[name].stored) for name in resource.files],
        )
        destination = lambda_.CfnEventSourceMapping.OnFailureProperty(destination=files.dead_letters.queue_arn)
        made = mapping.node.default_child
        assert isinstance(made, lambda_.CfnEventSourceMapping)  # noqa: S101 - tells mypy
        made.destination_config = lambda_.CfnEventSourceMapping.DestinationConfigProperty(on_failure=destination)


def may_publish(files: Files) -> list[iam.PolicyStatement]:
    """Leave to read uploads, to publish them, and to delete both."""
    return [
        allow("s3:GetObjectVersion", "s3:DeleteObjectVersion", on=files.uploads.arn_for_objects("*")),
        allow("s3:PutObject", "s3:DeleteObject", on=files.published.arn_for_objects("*")),
    ]


def had_file(stored: str) -> Mapping[str, Any]:
    """The filter of changes of items that linked to a file before."""
    key = {"M": {"key": {"S": lambda_.FilterRule.exists()}}}
    return lambda_.FilterCriteria.filter({"dynamodb": {"OldImage": {stored: key}}})
