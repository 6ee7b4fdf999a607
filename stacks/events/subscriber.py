"""An example of a subscriber, to copy: a queue with some of the events, and a function that processes them."""

from aws_cdk import Duration
from aws_cdk import aws_lambda as lambda_
from aws_cdk import aws_sns as sns
from aws_cdk import aws_sns_subscriptions as subscriptions
from aws_cdk import aws_sqs as sqs
from constructs import Construct

from stacks.functions.function import Function, allow
from stacks.nag import accept
from stacks.stages import Stage

ATTEMPTS = 5
SSE = sqs.QueueEncryption.SQS_MANAGED  # free
TIMEOUT = Duration.seconds(10)
CONSUME_ACTIONS = (
    "sqs:ReceiveMessage",
    "sqs:DeleteMessage",
    "sqs:GetQueueAttributes",
)  # what Lambda does to a queue in our name


class Subscriber(Construct):
    """Receives events of created and deleted items; SNS filters the others out, free of charge."""

    def __init__(self, scope: Construct, *, topic: sns.ITopic, layer: lambda_.ILayerVersion, stage: Stage) -> None:
        """Subscribe a queue of its own."""
        super().__init__(scope, "Subscriber")
        self.dead_letters = sqs.Queue(
            self,
            "DeadLetters",
            fifo=True,
            fifo_throughput_limit=sqs.FifoThroughputLimit.PER_MESSAGE_GROUP_ID,
            deduplication_scope=sqs.DeduplicationScope.MESSAGE_GROUP,
            encryption=SSE,
            enforce_ssl=True,
            retention_period=Duration.days(14),
        )
        accept(self.dead_letters, SQSRedrivePolicy="It is a dead-letter queue itself.")
        self.queue = sqs.Queue(
            self,
            "Queue",
            fifo=True,
            fifo_throughput_limit=sqs.FifoThroughputLimit.PER_MESSAGE_GROUP_ID,  # else 300 a second for all items
            deduplication_scope=sqs.DeduplicationScope.MESSAGE_GROUP,
            encryption=SSE,
            enforce_ssl=True,
            visibility_timeout=Duration.seconds(6 * TIMEOUT.to_seconds()),  # as Lambda asks for
            dead_letter_queue=sqs.DeadLetterQueue(queue=self.dead_letters, max_receive_count=ATTEMPTS),
        )
        comes_and_goes = sns.SubscriptionFilter.string_filter(match_suffixes=[".created", ".deleted"])
        topic.add_subscription(
            subscriptions.SqsSubscription(
                self.queue,
                raw_message_delivery=True,
                filter_policy={"type": comes_and_goes},
                dead_letter_queue=self.dead_letters,  # of what SNS cannot deliver
            )
        )
        function = Function(
            self,
            "Work",
            handler="lambdas.subscribers.example.handler",
            layer=layer,
            stage=stage,
            timeout=TIMEOUT,
            permissions=[allow(*CONSUME_ACTIONS, on=self.queue.queue_arn)],
        )
        mapping = lambda_.EventSourceMapping(
            self, "FromQueue", target=function.function, event_source_arn=self.queue.queue_arn, batch_size=10
        )
        accept(mapping, LambdaEventSourceMappingDestination="The queue has a dead-letter queue of its own.")
