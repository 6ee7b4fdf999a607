"""The two functions of files: one verifies what was uploaded, one deletes what items no longer link to."""

from collections.abc import Mapping

from aws_cdk import aws_dynamodb as dynamodb, aws_lambda as lambda_, aws_sns as sns
from constructs import Construct

from lambdas.rest.resource import Resource
from lambdas.runtime.environment import Environment
from lambdas.runtime.policy import VERIFIER_TIMEOUT
from stacks.data.tables import modules_by_table
from stacks.events.queues import CONSUME_ACTIONS, add_queue, bring, subscribe
from stacks.files.bucket import accept_objects
from stacks.files.files import VERIFIES_WITHIN, Files
from stacks.functions.function import Function, allow
from stacks.stage import Stage

VERIFY_ACTIONS = ("dynamodb:GetItem", "dynamodb:UpdateItem", "dynamodb:DeleteItem")


class Verification(Construct):
    """The verifier of uploads and the remover of files, for the tables of the resources that have files."""

    def __init__(
        self,
        scope: Construct,
        *,
        files: Files,
        files_url: str,
        topic: sns.ITopic,
        tables: Mapping[Resource, dynamodb.ITableV2],
        layer: lambda_.ILayerVersion,
        stage: Stage,
    ) -> None:
        """Make both functions.

        The remover receives changes from their topic. It could read the streams as the publisher does, but AWS advises
        one reader of a table with replicas, and the second that other tables may have is a team's to use.
        """
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
                allow("s3:GetObjectVersion", "s3:DeleteObjectVersion", on=files.uploads.arn_for_objects("*")),
                allow("s3:PutObject", "s3:DeleteObject", on=files.published.arn_for_objects("*")),
                allow(*CONSUME_ACTIONS, on=files.queue.queue_arn),
            ],
            environment=Environment(
                tables=modules_by_table(self, with_files),
                files_url=files_url,
                files_bucket=files.published.bucket_name,
                uploads_bucket=files.uploads.bucket_name,
            ),
        )
        bring(self, files.queue, self.verifier.function, batch_size=1)  # an upload has the function's whole time
        room = Construct(files, "Removed")
        queue, dead_letters = add_queue(room, stage, visibility_seconds=6 * VERIFIER_TIMEOUT, fifo=True)
        self.dead_letters = [files.dead_letters, dead_letters]
        self.remover = Function(
            self,
            "Remover",
            handler="lambdas.files.remove.handler",
            layer=layer,
            stage=stage,
            timeout=VERIFIES_WITHIN,
            permissions=[
                allow("s3:DeleteObject", on=files.published.arn_for_objects("*")),
                allow(*CONSUME_ACTIONS, on=queue.queue_arn),
            ],
            environment=Environment(files_bucket=files.published.bucket_name),
        )
        accept_objects(self.verifier, files.uploads)
        accept_objects(self.verifier, files.published)
        accept_objects(self.remover, files.published)
        subscribe(room, queue, topic, {"removed_files": sns.SubscriptionFilter.exists_filter()}, dead_letters)
        bring(room, queue, self.remover.function, batch_size=10)  # the most of a FIFO queue
