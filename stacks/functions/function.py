"""A Lambda function with a role and a log group of its own, and only the permissions that it is given."""

from collections.abc import Sequence

from aws_cdk import (
    Annotations,
    Duration,
    RemovalPolicy,
    aws_iam as iam,
    aws_lambda as lambda_,
    aws_logs as logs,
    aws_sqs as sqs,
)
from constructs import Construct

from lambdas.runtime.environment import Environment
from lambdas.runtime.policy import REQUEST_TIMEOUT
from stacks.functions import assets
from stacks.functions.room import check_room
from stacks.nag import accept
from stacks.nested import root_stack
from stacks.stage import Stage

LOG_KEY = "It is encrypted with CloudWatch's own key; logs hold no data of clients."
INLINE = "The policy is one role's alone; a managed one would be another resource of the 500 that a stack may have."


class Function(Construct):
    """A function that may write its log and its traces, and has the permissions given."""

    def __init__(
        self,
        scope: Construct,
        id: str,  # noqa: A002 - CDK's own name
        *,
        handler: str,
        layer: lambda_.ILayerVersion | None = None,
        stage: Stage,
        environment: Environment = Environment(),  # noqa: B008 - a constant
        permissions: Sequence[iam.PolicyStatement],
        dead_letters: sqs.IQueue | None = None,  # gets the events of asynchronous invocations that failed
        snap_start: bool = False,
        memory: int = 1024,  # CPU comes with memory: starts twice as fast as at 512 MB for about the same money
        timeout: Duration = Duration.seconds(REQUEST_TIMEOUT),  # noqa: B008 - a constant
    ) -> None:
        """Make the function, its log group and its role."""
        super().__init__(scope, id)
        log_group = logs.LogGroup(self, "Logs", retention=stage.log_retention, removal_policy=RemovalPolicy.DESTROY)
        name = root_stack(self).stack_name
        variables = {
            "POWERTOOLS_SERVICE_NAME": name,
            "POWERTOOLS_METRICS_NAMESPACE": name,
            **environment.variables(),
        }
        if environment.tables or environment.related:
            check_room(self, variables)
        self.function = lambda_.Function(
            self,
            "Function",
            runtime=assets.RUNTIME,
            architecture=assets.ARCHITECTURE,
            handler=handler,
            code=assets.code(),
            layers=[layer] if layer else [],
            role=role(self, log_group, *permissions),
            log_group=log_group,
            logging_format=lambda_.LoggingFormat.JSON,
            system_log_level_v2=lambda_.SystemLogLevel.WARN,  # no START, END and REPORT: they cost more than our line
            # A deploy keeps the version before it, for a rollback; `make prune` deletes old ones.
            current_version_options=lambda_.VersionOptions(removal_policy=RemovalPolicy.RETAIN),
            snap_start=lambda_.SnapStartConf.ON_PUBLISHED_VERSIONS if snap_start else None,
            memory_size=memory,
            dead_letter_queue=dead_letters,
            timeout=timeout,
            tracing=lambda_.Tracing.ACTIVE,
            environment=variables,
        )
        if snap_start:
            every = "Each function has a version, which its alias or the gateway calls."
            Annotations.of(self.function).acknowledge_warning("@aws-cdk/aws-lambda:snapStartRequirePublish", every)
        accept_kept(self.function, log_group)


def accept_kept(function: lambda_.Function, log_group: logs.LogGroup) -> None:
    """Accept cdk-nag's findings in every function and its log."""
    newest = "Python 3.13 is the newest that development machines have as well (stacks/functions/assets.py)."
    accept(
        function,
        L1=newest,
        LambdaLatestVersion=newest,
        LambdaConcurrency="The gateway limits requests; a reservation would take from the account's other functions.",
        LambdaDLQ="It is invoked synchronously, or by a mapping or a custom resource, which report failures.",
        LambdaInsideVPC="It calls AWS's APIs over TLS and nothing else: there is nothing in a VPC to reach.",
    )
    accept(log_group, CloudWatchLogGroupEncrypted=LOG_KEY)


def role(scope: Construct, log_group: logs.ILogGroup, *permissions: iam.PolicyStatement) -> iam.IRole:
    """Make a role, with its policy inline, that may write its log and its traces and has these permissions."""
    own_log = allow("logs:CreateLogStream", "logs:PutLogEvents", on=log_group.log_group_arn)
    traces = allow("xray:PutTelemetryRecords", "xray:PutTraceSegments", on="*")
    policy = iam.PolicyDocument(statements=[*permissions, own_log, traces])
    principal = iam.ServicePrincipal("lambda.amazonaws.com")
    made = iam.Role(scope, "Role", assumed_by=principal, inline_policies={"Operation": policy})
    any_resource = "X-Ray's actions know no resource: AWS takes them on * only."
    star = {"IAM5[Resource::*]": any_resource, "LambdaStarPermissions": any_resource}
    accept(made, **star, IAMNoInlinePolicy=INLINE)
    return made.without_policy_updates()


def allow(*actions: str, on: str) -> iam.PolicyStatement:
    """Grant actions on one resource."""
    return iam.PolicyStatement(actions=list(actions), resources=[on])
