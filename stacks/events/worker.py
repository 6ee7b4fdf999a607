"""Workers: the function of each, what sets it to work, its permissions and its dead letters."""

from collections.abc import Iterator, Mapping

from aws_cdk import (
    CfnOutput,
    Duration,
    Stack,
    aws_dynamodb as dynamodb,
    aws_iam as iam,
    aws_lambda as lambda_,
    aws_sns as sns,
    aws_sqs as sqs,
)
from constructs import Construct

from dynamodel import DeclarationError
from lambdas.events import worker as declared
from lambdas.rest.declarations import check_module
from lambdas.rest.resource import Resource
from lambdas.runtime.environment import Environment
from stacks.data.tables import modules_by_table
from stacks.events.queues import CONSUME_ACTIONS, add_dead_letters, add_queue, bring, subscribe
from stacks.events.schedule import start_by
from stacks.functions.function import Function, allow
from stacks.stage import Stage

ON_INDEXES = {"Query", "Scan"}


class Worker(Construct):
    """One declared worker (lambdas/events/worker.py)."""

    def __init__(
        self,
        scope: Construct,
        worker: declared.Worker,
        *,
        tables: Mapping[Resource, dynamodb.ITableV2],
        files_url: str,
        topic: sns.ITopic,
        layer: lambda_.ILayerVersion,
        stage: Stage,
    ) -> None:
        """Deploy the worker; it may declare any of the tables. Files are at `files_url`; `topic` has all changes."""
        super().__init__(scope, worker.construct_id)
        check_module(worker.module)
        self.worker = worker
        self.queue: sqs.Queue | None = None
        if isinstance(worker.on, declared.Schedule):
            self.dead_letters = add_dead_letters(self, stage)
        else:
            fifo, wait = isinstance(worker.on, declared.Changes), 6 * worker.timeout
            self.queue, self.dead_letters = add_queue(self, stage, visibility_seconds=wait, fifo=fifo)
        used = tables_of(worker, tables)
        self.function = Function(
            self,
            "Work",
            handler=f"{worker.module}.handler",
            layer=layer,
            stage=stage,
            timeout=Duration.seconds(worker.timeout),
            memory=worker.memory,
            dead_letters=None if self.queue else self.dead_letters,
            permissions=[
                *permissions(worker, used),
                allow(*CONSUME_ACTIONS, on=self.queue.queue_arn)
                if self.queue
                else allow("sqs:SendMessage", on=self.dead_letters.queue_arn),  # Lambda sends what failed there for it
            ],
            environment=Environment(
                tables=modules_by_table(self, used),
                files_url=files_url if any(resource.files for resource in used) else "",
            ),
        ).function
        if isinstance(worker.on, declared.Schedule):
            start_by(self, worker.on, self.function, self.dead_letters)
        elif self.queue:
            bring(self, self.queue, self.function, batch_size=worker.on.batch)
            if isinstance(worker.on, declared.Changes):
                subscribe(self, self.queue, topic, filters(worker.on), self.dead_letters)
            else:
                CfnOutput(Stack.of(self), f"{worker.construct_id}QueueUrl", value=self.queue.queue_url)


def tables_of(
    worker: declared.Worker, tables: Mapping[Resource, dynamodb.ITableV2]
) -> dict[Resource, dynamodb.ITableV2]:
    """Return the tables that a worker declares. Raises DeclarationError for an unknown resource."""
    by_path = {resource.path: resource for resource in tables}
    if unknown := sorted(worker.paths - by_path.keys()):
        known = ", ".join(by_path) or "none"
        raise DeclarationError(f"{worker.module} is about {', '.join(unknown)}; the resources are {known}.")
    return {by_path[path]: tables[by_path[path]] for path in worker.tables}


def permissions(worker: declared.Worker, tables: Mapping[Resource, dynamodb.ITableV2]) -> Iterator[iam.PolicyStatement]:
    """Allow the actions that the worker declares on each table, and its queries and scans on the indexes too."""
    for resource, table in tables.items():
        indexes = [f"{table.table_arn}/index/{one.name}" for one in resource.model.schema.indexes.values()]
        for action in worker.tables[resource.path]:
            targets = [table.table_arn, *(indexes if action in ON_INDEXES else ())]
            yield iam.PolicyStatement(actions=[f"dynamodb:{action}"], resources=targets)


def filters(on: declared.Changes) -> dict[str, sns.SubscriptionFilter]:
    """Return the conditions on the attributes of a change (lambdas/events/publish.py)."""
    found = {}
    if on.of:
        found["resource"] = sns.SubscriptionFilter.string_filter(allowlist=[*on.of])
    if on.verbs:
        found["type"] = sns.SubscriptionFilter.string_filter(match_suffixes=[f".{verb}" for verb in on.verbs])
    return found
