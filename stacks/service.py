"""The stack of one stage: composition only."""

from collections.abc import Sequence

from aws_cdk import CfnOutput, Environment, Stack, aws_lambda as lambda_
from constructs import Construct

from lambdas.events import worker as declared
from lambdas.rest.declarations import RESOURCES, WORKERS
from lambdas.rest.resource import Resource
from stacks.api.domain import Domain
from stacks.api.firewall import Firewall
from stacks.api.identity import Identity
from stacks.api.limits import add_usage_plan
from stacks.api.rest_api import Api
from stacks.cdn.cdn import Cdn, refuse_hidden
from stacks.data.backups import Backups
from stacks.events.publisher import Events
from stacks.events.worker import Worker
from stacks.files.files import files
from stacks.files.verification import Verification
from stacks.functions import assets
from stacks.functions.crud import Crud
from stacks.live.live import Live
from stacks.monitoring.monitoring import Monitoring
from stacks.site.site import Site, own_pages
from stacks.stage import Stage


class Service(Stack):
    """The whole service: one API, and for each resource its routes, functions and table."""

    def __init__(
        self,
        scope: Construct,
        id: str,  # noqa: A002 - CDK's own name
        *,
        stage: Stage,
        resources: Sequence[Resource] = RESOURCES,
        workers: Sequence[declared.Worker] = WORKERS,
    ) -> None:
        """Compose the service for one stage."""
        super().__init__(scope, id, env=Environment(region=stage.region), termination_protection=stage.keep_data)
        layer = lambda_.LayerVersion(
            self,
            "Dependencies",
            code=assets.layer_code(for_host=stage.wheels_for_host),
            compatible_runtimes=[assets.RUNTIME],
        )
        refuse_hidden(resources, stage)
        api = Api(self, stage, resources)
        self.cdn = Cdn(self, api=api, stage=stage) if stage.cdn else None
        identity = Identity(self, api=api, resources=resources, pages=own_pages(self.cdn, stage), stage=stage)
        self.files = files(self, resources, stage)
        if self.cdn and self.files:
            self.cdn.add_files(self.files.published)
        files_url = self.cdn.url if self.cdn else ""
        self.resources = [Crud(self, resource, api=api, stage=stage) for resource in resources]
        by_path = {crud.resource.path: crud for crud in self.resources}
        for crud in self.resources:
            crud.add_routes(by_path, identity=identity, files=self.files, files_url=files_url, layer=layer, stage=stage)
        self.limit_callers(api, stage)
        domain = Domain(self, api=api, stage=stage) if stage.domain else None
        tables = {crud.resource: crud.table for crud in self.resources}
        self.events = Events(self, tables=tables, files_url=files_url, layer=layer, stage=stage)
        verification = (
            Verification(
                self,
                files=self.files,
                files_url=files_url,
                topic=self.events.topic,
                tables=tables,
                layer=layer,
                stage=stage,
            )
            if self.files
            else None
        )
        room = Construct(self, "Workers")
        self.workers = [
            Worker(room, worker, tables=tables, files_url=files_url, topic=self.events.topic, layer=layer, stage=stage)
            for worker in workers
            if stage.examples or not worker.example
        ]
        self.live = (
            Live(
                self,
                resources=resources,
                api=api,
                identity=identity,
                topic=self.events.topic,
                layer=layer,
                stage=stage,
            )
            if any(resource.live for resource in resources)
            else None
        )
        self.add_site(api, identity, stage)
        if stage.monitored:
            Monitoring(
                self,
                api=api,
                resources=self.resources,
                events=self.events,
                workers=self.workers,
                verification=verification,
                live=self.live,
                stage=stage,
            )
        if stage.backups:
            Backups(self, tables=tables.values(), stage=stage)
        CfnOutput(self, "ApiUrl", value=domain.url if domain else api.url)
        CfnOutput(self, "EventsTopicArn", value=self.events.topic.topic_arn)
        CfnOutput(self, "DeadLettersUrl", value=self.events.dead_letters.queue_url)  # these two are for `make redrive`
        CfnOutput(self, "PublisherName", value=self.events.publisher.function.function_name)

    def add_site(self, api: Api, identity: Identity, stage: Stage) -> None:
        """Publish the site, where the stage has one."""
        if self.cdn and stage.docs:
            may_connect = [part.address for part in (self.files, self.live) if part]
            Site(self, cdn=self.cdn, api=api, identity=identity, may_connect=may_connect, stage=stage)

    def limit_callers(self, api: Api, stage: Stage) -> None:
        """Add the quota and the firewall that the stage has."""
        if stage.daily_quota:
            add_usage_plan(api, stage)
        if stage.firewall:
            Firewall(self, api=api, stage=stage)
