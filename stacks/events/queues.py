"""Queues: of changes in order for each item, and of messages; each with dead letters."""

from collections.abc import Mapping
from typing import Any, cast

from aws_cdk import Duration, aws_iam as iam, aws_lambda as lambda_, aws_sns as sns, aws_sqs as sqs
from constructs import Construct

from stacks.data.keys import data_key
from stacks.nag import accept
from stacks.stage import Stage

ATTEMPTS = 5
TWO_WEEKS = Duration.days(14)  # the longest that a queue keeps a message
IS_DEAD_LETTERS = "It is a dead-letter queue itself."
CONSUME_ACTIONS = (  # what Lambda does to a queue in our name
    "sqs:ReceiveMessage",
    "sqs:DeleteMessage",
    "sqs:GetQueueAttributes",
)


def add_queue(
    scope: Construct, stage: Stage, *, visibility_seconds: float, fifo: bool = False, **options: Any
) -> tuple[sqs.Queue, sqs.Queue]:
    """Make the queue of a function, and that of its dead letters.

    Args:
        scope: The construct that they belong to.
        stage: The stage; its key encrypts them, if it has one.
        visibility_seconds: How long a message that failed waits; AWS advises six of the function's timeouts.
        fifo: Whether messages of a group come in order.
        options: More of the queue's, as CDK names them.
    """
    dead_letters = add_dead_letters(scope, stage, fifo=fifo)
    made = queue(
        scope,
        "Queue",
        stage,
        fifo=fifo,
        visibility_timeout=Duration.seconds(visibility_seconds),
        dead_letter_queue=sqs.DeadLetterQueue(queue=dead_letters, max_receive_count=ATTEMPTS),
        **options,
    )
    return made, dead_letters


def add_dead_letters(scope: Construct, stage: Stage, *, fifo: bool = False) -> sqs.Queue:
    """Make the queue of messages that failed in every attempt."""
    made = queue(scope, "DeadLetters", stage, fifo=fifo, retention_period=TWO_WEEKS)
    accept(made, SQSRedrivePolicy=IS_DEAD_LETTERS, SQS3=IS_DEAD_LETTERS)
    return made


def queue(scope: Construct, id: str, stage: Stage, *, fifo: bool, **options: Any) -> sqs.Queue:  # noqa: A002 - CDK's own name
    """Return a queue, encrypted with SQS's own key, which is free, or with the stack's."""
    if fifo:
        options |= {
            "fifo": True,
            "fifo_throughput_limit": sqs.FifoThroughputLimit.PER_MESSAGE_GROUP_ID,  # else 300 a second for all items
            "deduplication_scope": sqs.DeduplicationScope.MESSAGE_GROUP,
        }
    made = sqs.Queue(scope, id, encryption=sqs.QueueEncryption.SQS_MANAGED, enforce_ssl=True, **options)
    if key := data_key(scope, stage):
        # Given to the L2, the subscription would write the topic into the key's policy, and the topic needs the key.
        plain = cast(sqs.CfnQueue, made.node.default_child)
        plain.kms_master_key_id, plain.sqs_managed_sse_enabled = key.key_arn, None
    return made


def subscribe(
    scope: Construct,
    to: sqs.Queue,
    topic: sns.ITopic,
    only: Mapping[str, sns.SubscriptionFilter],
    dead_letters: sqs.IQueue,
) -> None:
    """Subscribe a queue to the changes that pass a filter on their attributes; none for all."""
    sns.Subscription(  # not the queue's own, whose logical id has the stack's name in it
        scope,
        "ToQueue",
        topic=topic,
        protocol=sns.SubscriptionProtocol.SQS,
        endpoint=to.queue_arn,
        raw_message_delivery=True,
        filter_policy=only or None,
        dead_letter_queue=dead_letters,  # of what SNS cannot deliver
    )
    to.add_to_resource_policy(  # of this topic, and no other one
        iam.PolicyStatement(
            actions=["sqs:SendMessage"],
            principals=[iam.ServicePrincipal("sns.amazonaws.com")],
            resources=[to.queue_arn],
            conditions={"ArnEquals": {"aws:SourceArn": topic.topic_arn}},
        )
    )


def bring(scope: Construct, from_queue: sqs.Queue, to: lambda_.IFunction, **options: Any) -> None:
    """Invoke a function with the messages of a queue; it reports which of them failed."""
    mapping = lambda_.EventSourceMapping(
        scope,
        "FromQueue",
        target=to,
        event_source_arn=from_queue.queue_arn,
        report_batch_item_failures=True,
        **options,
    )
    accept(mapping, LambdaEventSourceMappingDestination="The queue has a dead-letter queue of its own.")
