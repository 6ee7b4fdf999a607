"""Alarms and dashboard of the whole service."""

from collections.abc import Sequence

from aws_cdk import aws_apigateway as apigateway
from constructs import Construct

from stacks.events.publisher import Events
from stacks.events.subscriber import Subscriber
from stacks.functions.crud import Crud
from stacks.live.live import Live
from stacks.monitoring.alarms import Alarms
from stacks.monitoring.dashboard import Dashboard
from stacks.stages import Stage


class Monitoring(Construct):
    """The alarms and the dashboard of the whole service."""

    def __init__(
        self,
        scope: Construct,
        *,
        api: apigateway.RestApi,
        resources: Sequence[Crud],
        events: Events,
        subscribers: Sequence[Subscriber],
        live: Live | None,
        stage: Stage,
    ) -> None:
        """Watch what clients see, the tables, and the events."""
        super().__init__(scope, "Monitoring")
        publisher = events.publisher.function
        dead_letters = [events.dead_letters, *(one.dead_letters for one in subscribers)]
        dead_letters += [live.dead_letters] if live else []
        self.alarms = Alarms(self, stage=stage)
        self.alarms.watch_api(api.deployment_stage)
        self.alarms.watch_events(publisher, dead_letters)
        if live:
            self.alarms.watch_live(live.queue)

        dashboard = Dashboard(self, alarms=self.alarms.all)
        dashboard.show_api(api.deployment_stage)
        for crud in resources:
            dashboard.show_resource(crud)
        queues = {
            queue.node.path.partition("/")[2]: queue for queue in (*dead_letters, *(one.queue for one in subscribers))
        }
        dashboard.show_events(publisher, queues, [crud.resource.path for crud in resources])
        if live:
            dashboard.show_live(live)
        functions = [operation.function for crud in resources for operation in crud.operations.values()]
        functions += [publisher, *(one.function for one in (live.functions.values() if live else ()))]
        dashboard.show_costs(api.deployment_stage, functions)
