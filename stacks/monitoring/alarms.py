"""Alarms that page a person, and the topic they are sent to."""

from collections.abc import Iterable
from itertools import batched

from aws_cdk import (
    ArnFormat,
    Duration,
    Stack,
    aws_apigateway as apigateway,
    aws_cloudwatch as cloudwatch,
    aws_cloudwatch_actions as actions,
    aws_iam as iam,
    aws_lambda as lambda_,
    aws_sns as sns,
    aws_sns_subscriptions as subscriptions,
    aws_sqs as sqs,
)
from constructs import Construct

from stacks.data.keys import data_key
from stacks.monitoring.metrics import FIVE_MINUTES, total
from stacks.nag import accept
from stacks.stage import Stage

MAX_METRICS = 10  # of one alarm, CloudWatch's limit


class Alarms(Construct):
    """The alarms of the service, few enough that each is looked at, and the topic they go to.

    A function that fails or is throttled, and a table that refuses more than the SDK's attempts get over, show as a 5xx
    of the API: so there is no alarm for each of them, and the dashboard shows which one it is. docs/operations.md has a
    paragraph for each alarm.
    """

    def __init__(self, scope: Construct, *, stage: Stage) -> None:
        """Make the topic; the `watch_` methods add the alarms."""
        super().__init__(scope, "Alarms")
        # Without a key of ours it is not encrypted: CloudWatch cannot use AWS's own, and alarms hold no data of anyone.
        self.topic = sns.Topic(self, "Topic", master_key=data_key(self, stage), enforce_ssl=True)
        if not stage.own_key:
            accept(self.topic, SNSEncryptedKMS="Alarms hold no data, and CloudWatch cannot use AWS's own key.")
        self.topic.add_to_resource_policy(alarms_may_publish(self.topic))
        self.stage = stage
        self.all: list[cloudwatch.Alarm] = []
        if stage.alarm_email:
            self.topic.add_subscription(subscriptions.EmailSubscription(stage.alarm_email))

    def watch_api(self, of: apigateway.Stage) -> None:
        """Watch the share of 5xx, from five of them on, and latency that stays high."""
        share = cloudwatch.MathExpression(
            expression="IF(faults > 4, 100 * faults / requests, 0)",
            using_metrics={
                "faults": of.metric_server_error(statistic="Sum", period=FIVE_MINUTES),
                "requests": of.metric_count(statistic="Sum", period=FIVE_MINUTES),
            },
            period=FIVE_MINUTES,
        )
        self.alarm("Faults", "Over 1 % of five minutes' requests, and five at least, got a 5xx.", share, above=1)
        self.alarm(
            "Slow",
            f"One request in a hundred took over {self.stage.slow_ms} ms, for a quarter of an hour.",
            of.metric_latency(statistic="p99", period=FIVE_MINUTES),
            above=self.stage.slow_ms,
            periods=3,
        )

    def watch_events(self, publisher: lambda_.IFunction, dead_letters: Iterable[sqs.IQueue]) -> None:
        """Watch for changes that are dead letters, late, or fail."""
        waiting = "Changes could not be published or delivered: `make redrive` when the cause is fixed."
        for number, part in enumerate(batched(map(depth, dead_letters), MAX_METRICS, strict=False)):
            self.alarm(f"DeadLetters{number or ''}", waiting, total(part, "dead letters"), above=0)
        self.alarm(
            "StreamLag",
            "Changes are published over five minutes late; after 24 hours the stream forgets them.",
            publisher.metric("IteratorAge", statistic="Maximum", period=Duration.minutes(1)),
            above=FIVE_MINUTES.to_milliseconds(),
            periods=3,
        )
        failures = total(
            (
                publisher.metric_errors(statistic="Sum", period=FIVE_MINUTES),
                publisher.metric_throttles(statistic="Sum", period=FIVE_MINUTES),
            ),
            "errors and throttles",
        )
        self.alarm("Publisher", "The publisher of changes fails or is throttled.", failures, above=4, periods=2)

    def watch_live(self, queue: sqs.IQueue) -> None:
        """Watch for changes that are sent to subscribers late."""
        age = queue.metric_approximate_age_of_oldest_message(statistic="Maximum", period=Duration.minutes(1))
        self.alarm("LiveLag", "Changes are sent to live subscribers over a minute late.", age, above=60, periods=3)

    def watch_worker(self, name: str, dead_letters: sqs.IQueue) -> None:
        """Watch for work that failed as often as it is tried."""
        waiting = f"Work of {name} failed and waits in its dead letters."
        self.alarm(f"{name}Worker", waiting, depth(dead_letters), above=0)

    def watch_files(self, dead_letters: Iterable[sqs.IQueue]) -> None:
        """Watch for uploads that could not be verified, and files that could not be deleted."""
        waiting = "Files could not be verified, or deleted, and wait in dead letters."
        self.alarm("Files", waiting, total(map(depth, dead_letters), "dead letters"), above=0)

    def alarm(self, id: str, says: str, metric: cloudwatch.IMetric, *, above: float, periods: int = 1) -> None:  # noqa: A002
        """Page when the metric is above a value in so many periods. No data means no traffic, which is no fault."""
        alarm = cloudwatch.Alarm(
            self,
            id,
            alarm_description=f"{says} See docs/operations.md.",
            metric=metric,
            threshold=above,
            comparison_operator=cloudwatch.ComparisonOperator.GREATER_THAN_THRESHOLD,
            evaluation_periods=periods,
            treat_missing_data=cloudwatch.TreatMissingData.NOT_BREACHING,
        )
        alarm.add_alarm_action(actions.SnsAction(self.topic))
        alarm.add_ok_action(actions.SnsAction(self.topic))
        self.all.append(alarm)


def depth(queue: sqs.IQueue) -> cloudwatch.Metric:
    """Return how many messages wait in a queue."""
    return queue.metric_approximate_number_of_messages_visible(statistic="Maximum", period=FIVE_MINUTES)


def alarms_may_publish(topic: sns.ITopic) -> iam.PolicyStatement:
    """Allow this account's alarms to publish: a policy replaces the topic's default one, which allows them."""
    stack = Stack.of(topic)
    return iam.PolicyStatement(
        actions=["sns:Publish"],
        principals=[iam.ServicePrincipal("cloudwatch.amazonaws.com")],
        resources=[topic.topic_arn],
        conditions={
            "StringEquals": {"aws:SourceAccount": stack.account},
            "ArnLike": {
                "aws:SourceArn": stack.format_arn(
                    service="cloudwatch", resource="alarm", resource_name="*", arn_format=ArnFormat.COLON_RESOURCE_NAME
                )
            },
        },
    )
