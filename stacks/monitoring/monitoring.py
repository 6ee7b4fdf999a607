"""Alarms and dashboard of the whole service."""

from collections.abc import Sequence
from itertools import batched

from aws_cdk import aws_apigateway as apigateway, aws_lambda as lambda_
from constructs import Construct

from stacks.events.publisher import Events
from stacks.events.worker import Worker
from stacks.files.verification import Verification
from stacks.functions.crud import Crud
from stacks.live.live import Live
from stacks.monitoring.alarms import Alarms
from stacks.monitoring.dashboard import Dashboard
from stacks.nested import nested_stack
from stacks.stage import Stage

# A dashboard may have 2,500 metrics, a resource has up to 80; a nested stack may have 200 parameters, a resource gives
# it up to 17. A dashboard costs $3 a month.
ON_A_PAGE = 10


class Monitoring(Construct):
    """The alarms and the dashboard of the whole service."""

    def __init__(
        self,
        scope: Construct,
        *,
        api: apigateway.RestApi,
        resources: Sequence[Crud],
        events: Events,
        workers: Sequence[Worker],
        verification: Verification | None,
        live: Live | None,
        stage: Stage,
    ) -> None:
        """Watch what clients see, the tables, and the events."""
        super().__init__(scope, "Monitoring")
        publisher = events.publisher.function
        dead_letters = [events.dead_letters, *([live.dead_letters] if live else [])]
        self.alarms = Alarms(self, stage=stage)
        self.alarms.watch_api(api.deployment_stage)
        self.alarms.watch_events(publisher, dead_letters)
        if live:
            self.alarms.watch_live(live.queue)
        if verification:
            self.alarms.watch_files(verification.dead_letters)
        for one in workers:
            self.alarms.watch_worker(one.worker.construct_id, one.dead_letters)

        dashboard = Dashboard(self, "Overview")
        dashboard.show_alarms(self.alarms.all)
        dashboard.show_api(api.deployment_stage)
        first, *others = batched(resources, ON_A_PAGE, strict=False)
        for crud in first:
            dashboard.show_resource(crud)
        queues = {queue.node.path.partition("/")[2]: queue for queue in dead_letters}
        dashboard.show_events(publisher, queues, [crud.resource.path for crud in resources])
        if workers:
            dashboard.show_workers(workers)
        if live:
            dashboard.show_live(live)
        once = [publisher, *(one.function for one in workers)]
        once += [one.function for one in live.functions.values()] if live else []
        once += [verification.verifier.function, verification.remover.function] if verification else []
        dashboard.show_costs([*functions_of(first), *once])
        for number, page in enumerate(others, start=2):
            self.add_page(number, page)

    def add_page(self, number: int, resources: Sequence[Crud]) -> None:
        """Show further resources on a dashboard of their own, in a nested stack: a template has 1 MB at most."""
        page = nested_stack(self, f"Page{number}", logical_id=f"MonitoringPage{number}")
        dashboard = Dashboard(page, f"Overview{number}")
        for crud in resources:
            dashboard.show_resource(crud)
        dashboard.show_costs(functions_of(resources))


def functions_of(resources: Sequence[Crud]) -> list[lambda_.Function]:
    """Return the functions of these resources."""
    return [operation.function for crud in resources for operation in crud.operations.values()]
