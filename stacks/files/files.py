"""The buckets of files: one that clients upload to, and one of verified files, the only one that the CDN reads."""

from collections.abc import Sequence
from datetime import timedelta
from typing import cast

from aws_cdk import CfnOutput, Duration, Stack, aws_iam as iam, aws_s3 as s3, aws_sqs as sqs
from constructs import Construct

from lambdas.files.serving import EXPIRES_AFTER
from lambdas.rest.resource import Resource
from lambdas.runtime.policy import VERIFIER_TIMEOUT
from stacks.data.tables import RECOVERY_DAYS
from stacks.events.queues import add_queue
from stacks.files.bucket import PrivateBucket, deny
from stacks.stage import Stage, WrongStage

MILLISECONDS = EXPIRES_AFTER // timedelta(milliseconds=1)  # how old a signature may be
VERIFIES_WITHIN = Duration.seconds(VERIFIER_TIMEOUT)


class Files(Construct):
    """The two buckets, and the queue of S3's notifications of new uploads."""

    def __init__(self, scope: Construct, *, stage: Stage) -> None:
        """Make the buckets; `Verification` works through the queue."""
        super().__init__(scope, "Files")
        self.queue, self.dead_letters = add_queue(self, stage, visibility_seconds=6 * VERIFIER_TIMEOUT)
        self.uploads = uploads_bucket(self, stage, self.queue)
        self.address = f"https://{self.uploads.bucket_regional_domain_name}"
        CfnOutput(Stack.of(self), "UploadsUrl", value=self.address)
        self.published = PrivateBucket(
            self,
            "Published",
            stage=stage,
            keep=stage.keep_data,
            old_versions_days=RECOVERY_DAYS if stage.keep_data else 1,
        )


def files(scope: Construct, resources: Sequence[Resource], stage: Stage) -> Files | None:
    """Return the buckets, if a resource has files. Raises WrongStage if the stage could not serve them."""
    declared = [f"{resource.path}.{attribute}" for resource in resources for attribute in resource.files]
    if declared and not stage.cdn:
        raise WrongStage(f"{stage.name}: {', '.join(declared)} are served by the CDN: set cdn=True")
    return Files(scope, stage=stage) if declared else None


def uploads_bucket(scope: Construct, stage: Stage, of_events: sqs.Queue) -> PrivateBucket:
    """Make the bucket that clients upload to: each object once, while the signature is valid, for a day at most."""
    page = s3.CorsRule(
        allowed_methods=[s3.HttpMethods.PUT],
        allowed_origins=[*dict.fromkeys([*stage.cors_origins, *stage.own_origins])],
        allowed_headers=["content-type", "x-amz-checksum-sha256", "if-none-match"],
        max_age=7200,
    )
    bucket = PrivateBucket(scope, "Uploads", stage=stage, keep=False, old_versions_days=1, expires_days=1, cors=[page])
    if not stage.emulator:  # it has no such condition, and takes it as met
        deny(bucket, "s3:PutObject", Null={"s3:if-none-match": "true"})
    deny(bucket, "s3:PutObject", NumericGreaterThan={"s3:signatureAge": str(MILLISECONDS)})
    notify(bucket, of_events)
    return bucket


def notify(bucket: s3.Bucket, queue: sqs.Queue) -> None:
    """Let S3 send a message to the queue for each new object. CDK's own way is a custom resource with a function."""
    stack = Stack.of(bucket)
    queue.add_to_resource_policy(
        iam.PolicyStatement(
            principals=[iam.ServicePrincipal("s3.amazonaws.com")],
            actions=["sqs:SendMessage"],
            resources=[queue.queue_arn],
            conditions={  # not by the bucket's ARN: the bucket is made after this policy, which S3 checks then
                "StringEquals": {"aws:SourceAccount": stack.account},
                "ArnLike": {"aws:SourceArn": f"arn:{stack.partition}:s3:::*"},
            },
        )
    )
    resource = cast(s3.CfnBucket, bucket.node.default_child)
    resource.notification_configuration = s3.CfnBucket.NotificationConfigurationProperty(
        queue_configurations=[
            s3.CfnBucket.QueueConfigurationProperty(event="s3:ObjectCreated:Put", queue=queue.queue_arn)
        ]
    )
    resource.node.add_dependency(queue.node.find_child("Policy"))
