"""A schedule that starts a function."""

from aws_cdk import Stack, aws_iam as iam, aws_lambda as lambda_, aws_scheduler as scheduler, aws_sqs as sqs
from constructs import Construct

from lambdas.events.worker import Schedule
from stacks.functions.function import INLINE, allow
from stacks.nag import accept


def start_by(
    scope: Construct, on: Schedule, function: lambda_.IFunction, dead_letters: sqs.IQueue | None = None
) -> None:
    """Start the function at the times of a schedule; `dead_letters` get the events of starts that failed."""
    principal = iam.ServicePrincipal(
        "scheduler.amazonaws.com", conditions={"StringEquals": {"aws:SourceAccount": Stack.of(scope).account}}
    )
    start = [allow("lambda:InvokeFunction", on=function.function_arn)]
    if dead_letters:
        start.append(allow("sqs:SendMessage", on=dead_letters.queue_arn))
    policy = iam.PolicyDocument(statements=start)
    role = iam.Role(scope, "Starter", assumed_by=principal, inline_policies={"Start": policy})
    accept(role, IAMNoInlinePolicy=INLINE)
    scheduler.CfnSchedule(
        scope,
        "Schedule",
        schedule_expression=on.times,
        schedule_expression_timezone=on.zone,
        flexible_time_window=scheduler.CfnSchedule.FlexibleTimeWindowProperty(mode="OFF"),
        target=scheduler.CfnSchedule.TargetProperty(
            arn=function.function_arn,
            role_arn=role.role_arn,
            input="{}",
            dead_letter_config=scheduler.CfnSchedule.DeadLetterConfigProperty(arn=dead_letters.queue_arn)
            if dead_letters
            else None,
        ),
    )
