"""Dashboards: health, latency, errors and costs."""

from collections.abc import Mapping, Sequence

from aws_cdk import aws_apigateway as apigateway, aws_cloudwatch as cloudwatch, aws_lambda as lambda_, aws_sqs as sqs
from constructs import Construct

from stacks.events.worker import Worker
from stacks.functions.crud import Crud
from stacks.live.live import Live
from stacks.monitoring.metrics import FIVE_MINUTES, emitted, metric, throttles, total
from stacks.nested import root_stack

WIDTH = 24  # CloudWatch's grid
VERBS = ("Created", "Updated", "Deleted")
LIVE_COUNTS = ("Connected", "Disconnected", "HandshakesRefused", "FramesSent", "ConnectionsGone", "ConnectionsClosed")


class Dashboard(Construct):
    """A dashboard: the service as its clients see it, each resource by route and table, the events, what costs.

    Every metric is named, none searched for, so that nothing of another stack is ever on it.
    """

    def __init__(self, scope: Construct, id: str) -> None:  # noqa: A002 - CDK's own name
        """Make an empty dashboard."""
        super().__init__(scope, id)
        self.service = root_stack(self).stack_name
        self.page = cloudwatch.Dashboard(self, "Dashboard", period_override=cloudwatch.PeriodOverride.AUTO)

    def show_alarms(self, alarms: Sequence[cloudwatch.IAlarm]) -> None:
        """Show the states of the alarms."""
        self.page.add_widgets(cloudwatch.AlarmStatusWidget(title="Alarms", alarms=alarms, width=WIDTH, height=3))

    def show_api(self, of: apigateway.Stage) -> None:
        """Show requests, errors and latency as clients see them."""
        self.row(
            (
                "Requests and refusals (4xx), faults (5xx)",
                [of.metric_count(), of.metric_client_error(statistic="Sum"), of.metric_server_error(statistic="Sum")],
            ),
            ("Latency, ms", [of.metric_latency(statistic=p) for p in ("p50", "p90", "p99")]),
            ("Of which in the function, ms", [of.metric_integration_latency(statistic=p) for p in ("p50", "p99")]),
        )

    def show_resource(self, crud: Crud) -> None:
        """Show a resource: its routes, and its table with the units that it consumes."""
        name = crud.resource.path
        functions = {name: operation.function for name, operation in crud.operations.items()}
        self.row(
            (f"{name}: requests by operation", [of(one, "Invocations", label) for label, one in functions.items()]),
            (f"{name}: p99 by operation, ms", [of(one, "Duration", label, "p99") for label, one in functions.items()]),
            (
                f"{name}: faults (5xx) and crashes by operation",
                [*self.counted("Faults", functions), *crashes(functions)],
            ),
            (f"{name}: refusals (4xx) by operation", self.counted("Refusals", functions)),
        )
        self.row(
            (f"{name}: DynamoDB reads, units", consumed(crud, "ConsumedReadCapacityUnits")),
            (f"{name}: DynamoDB writes, units", consumed(crud, "ConsumedWriteCapacityUnits")),
            (f"{name}: throttled by DynamoDB", [throttles(crud.table)]),
            (f"{name}: throttled by Lambda", [of(one, "Throttles", label) for label, one in functions.items()]),
        )

    def show_events(self, publisher: lambda_.IFunction, queues: Mapping[str, sqs.IQueue], paths: Sequence[str]) -> None:
        """Show changes: how many, how late, and where they wait."""
        self.row(
            ("Changes published", [emitted(self.service, verb, resource=path) for path in paths for verb in VERBS]),
            ("Published late by, ms", [of(publisher, "IteratorAge", "stream", "Maximum")]),
            ("Messages waiting", depths(queues)),
            ("Publisher", [of(publisher, name, name) for name in ("Invocations", "Errors", "Throttles")]),
        )

    def show_live(self, live: Live) -> None:
        """Show live changes: connections, the time to send a batch of changes, what waits, what fails."""
        fan_out = emitted(self.service, "FanOutMs")
        functions = {name: function.function for name, function in live.functions.items()}
        age = live.queue.metric_approximate_age_of_oldest_message(statistic="Maximum", label="queue")
        self.row(
            ("Live: connections opened, closed, refused", [emitted(self.service, name) for name in LIVE_COUNTS[:3]]),
            ("Live: frames; connections gone, closed by us", [emitted(self.service, name) for name in LIVE_COUNTS[3:]]),
            ("Live: sending a batch, ms", [fan_out.with_(statistic=p, label=p) for p in ("p50", "p99")]),
            ("Live: oldest change that waits, s", [age]),
            ("Live: functions that crashed", crashes(functions)),
        )

    def show_workers(self, workers: Sequence[Worker]) -> None:
        """Show workers: how often they work, how long, what fails, and what waits."""
        functions = {one.worker.construct_id: one.function for one in workers}
        queues = {one.worker.construct_id: one.queue for one in workers if one.queue}
        queues |= {f"{one.worker.construct_id} dead letters": one.dead_letters for one in workers}
        self.row(
            ("Workers: invocations", [of(one, "Invocations", name) for name, one in functions.items()]),
            ("Workers: p99, ms", [of(one, "Duration", name, "p99") for name, one in functions.items()]),
            ("Workers: failed", crashes(functions)),
            ("Workers: messages waiting", depths(queues)),
        )

    def show_costs(self, functions: Sequence[lambda_.Function]) -> None:
        """Show what is billed for functions; DynamoDB's units and the API's requests are above."""
        log_bytes = [
            cloudwatch.Metric(
                namespace="AWS/Logs",
                metric_name="IncomingBytes",
                dimensions_map={"LogGroupName": function.log_group.log_group_name},
            )
            for function in functions
        ]
        self.row(
            ("Lambda, ms of all these functions", [total((of(one, "Duration", "") for one in functions), "ms")]),
            ("Log, bytes of all these functions", [total(log_bytes, "bytes")]),
        )

    def row(self, *graphs: tuple[str, Sequence[cloudwatch.IMetric]]) -> None:
        """Put graphs side by side."""
        width = WIDTH // len(graphs)
        self.page.add_widgets(
            *(cloudwatch.GraphWidget(title=title, left=list(left), width=width) for title, left in graphs)
        )

    def counted(self, name: str, functions: Mapping[str, lambda_.IFunction]) -> list[cloudwatch.Metric]:
        """Metrics that the functions emit for 4xx and 5xx responses, which are successes to Lambda."""
        return [
            emitted(self.service, name, label, function_name=function.function_name)
            for label, function in functions.items()
        ]


def of(function: lambda_.IFunction, name: str, label: str, statistic: str = "Sum") -> cloudwatch.Metric:
    """One of Lambda's metrics of a function."""
    return function.metric(name, statistic=statistic, label=label, period=FIVE_MINUTES)


def depths(queues: Mapping[str, sqs.IQueue]) -> list[cloudwatch.Metric]:
    """Return how many messages wait in each queue."""
    return [
        queue.metric_approximate_number_of_messages_visible(statistic="Maximum", label=label)
        for label, queue in queues.items()
    ]


def crashes(functions: Mapping[str, lambda_.IFunction]) -> list[cloudwatch.Metric]:
    """Errors as Lambda counts them: a function that ran out of time or memory, or could not start."""
    return [of(function, "Errors", f"{label} crashed") for label, function in functions.items()]


def consumed(crud: Crud, name: str) -> list[cloudwatch.Metric]:
    """Units of the table, and of each index."""
    indexes = crud.resource.model.schema.indexes.values()
    each = [metric(crud.table, name, GlobalSecondaryIndexName=one.name) for one in indexes if not one.local]
    return [metric(crud.table, name), *each]
