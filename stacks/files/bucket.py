"""A bucket as every bucket here is: private, TLS only, encrypted, versioned, without access control lists."""

from collections.abc import Sequence
from typing import cast

from aws_cdk import Duration, Names, RemovalPolicy, Stack, aws_iam as iam, aws_s3 as s3
from constructs import Construct

from stacks.data.keys import data_key
from stacks.functions.function import Function
from stacks.nag import accept, accept_finding
from stacks.stage import Stage


class PrivateBucket(s3.Bucket):
    """A bucket without public access; it outlives the stack where data does."""

    def __init__(
        self,
        scope: Construct,
        id: str,  # noqa: A002 - CDK's own name
        *,
        stage: Stage,
        keep: bool,
        old_versions_days: int,
        expires_days: int | None = None,
        cors: Sequence[s3.CorsRule] = (),
    ) -> None:
        """Make the bucket.

        Args:
            scope: The construct that it belongs to.
            id: Its name there.
            stage: The stage; its key encrypts the objects, if it has one.
            keep: Whether the bucket outlives the stack.
            old_versions_days: How long a deleted object, or an overwritten version, can be brought back.
            expires_days: After which every object is deleted.
            cors: The requests that pages may send.
        """
        key = data_key(scope, stage)
        tls = not stage.emulator.startswith("http:")  # `make run`: nothing could read by an address without TLS
        super().__init__(
            scope,
            id,
            block_public_access=s3.BlockPublicAccess.BLOCK_ALL,
            object_ownership=s3.ObjectOwnership.BUCKET_OWNER_ENFORCED,
            enforce_ssl=tls,
            minimum_tls_version=1.2 if tls else None,
            encryption=s3.BucketEncryption.KMS if key else s3.BucketEncryption.S3_MANAGED,
            encryption_key=key,
            bucket_key_enabled=True if key else None,
            versioned=True,
            cors=[*cors],
            lifecycle_rules=[
                s3.LifecycleRule(
                    expiration=Duration.days(expires_days) if expires_days else None,
                    noncurrent_version_expiration=Duration.days(old_versions_days),
                    abort_incomplete_multipart_upload_after=Duration.days(1),
                ),
                s3.LifecycleRule(expired_object_delete_marker=True),
            ],
            removal_policy=RemovalPolicy.RETAIN_ON_UPDATE_OR_DELETE if keep else RemovalPolicy.DESTROY,
        )
        log = "Every request comes from our own functions or the CDN, which has an access log of its own."
        accept(
            self,
            S1=log,
            S3BucketLoggingEnabled=log,
            S3BucketReplicationEnabled="S3 keeps copies in three zones; a second Region is a team's choice.",
            **({} if key else {"S3DefaultEncryptionKMS": "S3's own key costs nothing; own_key brings one of ours."}),
        )


def accept_objects(function: Function, bucket: s3.Bucket, path: str = "*") -> None:
    """Accept cdk-nag's finding that a function's role names objects by a wildcard."""
    resource = cast(s3.CfnBucket, bucket.node.default_child)
    arn = f"{Stack.of(bucket).get_logical_id(resource)}.Arn"
    if Stack.of(function) is not Stack.of(bucket):  # the parameter that hands it to a nested stack
        arn = f"referenceto{Names.node_unique_id(resource.node)}Arn"
    reason = "Keys of objects are known only when they are made."
    accept_finding(function.node.find_child("Role"), f"IAM5[Resource::<{arn}>/{path}]", reason)


def deny(bucket: s3.Bucket, action: str, **conditions: dict[str, str]) -> None:
    """Deny everyone an action under conditions."""
    bucket.add_to_resource_policy(
        iam.PolicyStatement(
            effect=iam.Effect.DENY,
            principals=[iam.AnyPrincipal()],
            actions=[action],
            resources=[bucket.arn_for_objects("*")],
            conditions=conditions,
        )
    )
