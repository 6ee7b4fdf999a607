"""Deployment of a function's new version: at once, or to a tenth of the calls first, with rollback on errors."""

from aws_cdk import (
    Duration,
    aws_cloudwatch as cloudwatch,
    aws_codedeploy as codedeploy,
    aws_iam as iam,
    aws_lambda as lambda_,
)
from constructs import Construct

from stacks.functions.function import Function
from stacks.monitoring.metrics import emitted
from stacks.nag import accept, accept_finding
from stacks.nested import root_stack
from stacks.stage import Stage

ALIAS = "live"
POLICY = "service-role/AWSCodeDeployRoleForLambdaLimited"
MINUTE = Duration.minutes(1)


def invocation_target(function: Function, stage: Stage) -> lambda_.IFunction:
    """Return the target that the gateway invokes: the function, or an alias of one of its versions.

    A version costs two resources of the 500 that a stack may have, a gradual change to the next one two more.
    """
    if not (stage.gradual or stage.snap_start):
        return function.function
    version = function.function.current_version
    alias = lambda_.Alias(function, "Alias", alias_name=ALIAS, version=version)
    if stage.gradual:
        Rollout.of(function).shift(alias, function, version)
    return alias


class Rollout(Construct):
    """The CodeDeploy application of the stage, with a deployment group and an alarm for each function."""

    @classmethod
    def of(cls, scope: Construct) -> "Rollout":
        """Return the rollout of the stage; make it if there is none."""
        stack = root_stack(scope)
        found = stack.node.try_find_child("Rollout")
        return found if isinstance(found, cls) else cls(stack)

    def __init__(self, scope: Construct) -> None:
        """Make the application, and one role for all of its groups."""
        super().__init__(scope, "Rollout")
        self.application = codedeploy.LambdaApplication(self, "Application")
        policy = iam.ManagedPolicy.from_aws_managed_policy_name(POLICY)
        principal = iam.ServicePrincipal("codedeploy.amazonaws.com")
        role = iam.Role(self, "Role", assumed_by=principal, managed_policies=[policy])
        accept_finding(
            role, f"IAM4[Policy::arn:<AWS::Partition>:iam::aws:policy/{POLICY}]", "AWS keeps it right for CodeDeploy."
        )
        self.role = role.without_policy_updates()

    def shift(self, alias: lambda_.Alias, function: Function, version: lambda_.IVersion) -> None:
        """Shift a tenth of the calls to a new version for five minutes, then all; back if its alarm goes off."""
        codedeploy.LambdaDeploymentGroup(
            function,
            "Deployment",
            application=self.application,
            role=self.role,
            alias=alias,
            deployment_config=codedeploy.LambdaDeploymentConfig.CANARY_10_PERCENT_5_MINUTES,
            alarms=[failing(function, version)],
        )


def failing(function: Function, version: lambda_.IVersion) -> cloudwatch.Alarm:
    """Make the alarm of a new version: over 1 % of its calls, and two in a minute at least, crash or answer a 5xx.

    It counts the new version alone. The errors of the version before it, which the deploy may be the remedy of, must
    not stop the deploy. It pages nobody: where errors last, the API's own alarm does.
    """
    of = function.function
    executed = {
        "FunctionName": of.function_name,
        "Resource": f"{of.function_name}:{ALIAS}",
        "ExecutedVersion": version.version,
    }
    faults = emitted(root_stack(of).stack_name, "Faults", function_name=of.function_name, version=version.version)
    bad = "(FILL(errors, 0) + FILL(faults, 0))"
    share = cloudwatch.MathExpression(
        expression=f"IF({bad} > 1, 100 * {bad} / calls, 0)",
        using_metrics={
            "errors": of.metric("Errors", dimensions_map=executed, statistic="Sum", period=MINUTE),
            "faults": faults.with_(period=MINUTE),
            "calls": of.metric("Invocations", dimensions_map=executed, statistic="Sum", period=MINUTE),
        },
        period=MINUTE,
    )
    alarm = cloudwatch.Alarm(
        function,
        "Failing",
        alarm_description="A new version of the function is taken back while this is on. See docs/operations.md.",
        metric=share,
        threshold=1,
        comparison_operator=cloudwatch.ComparisonOperator.GREATER_THAN_THRESHOLD,
        evaluation_periods=1,
        treat_missing_data=cloudwatch.TreatMissingData.NOT_BREACHING,
    )
    accept(alarm, CloudWatchAlarmAction="CodeDeploy reads it; where errors last, the API's alarm pages.")
    return alarm
