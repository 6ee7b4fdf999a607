"""The stack of one stage: composition only."""

from collections.abc import Sequence

from aws_cdk import CfnOutput, Stack
from aws_cdk import aws_lambda as lambda_
from constructs import Construct

from lambdas.resource import Resource
from lambdas.resources import RESOURCES
from stacks import assets
from stacks.api import Api
from stacks.crud import Crud
from stacks.firewall import Firewall
from stacks.identity import Identity
from stacks.limits import add_usage_plan
from stacks.stages import Stage


class Service(Stack):
    """The whole service: one API, and for each resource its routes, functions and table."""

    def __init__(self, scope: Construct, id: str, *, stage: Stage, resources: Sequence[Resource] = RESOURCES) -> None:  # noqa: A002 - CDK's own name
        """Compose the service for one stage."""
        super().__init__(scope, id, termination_protection=stage.keep_data)
        layer = lambda_.LayerVersion(
            self,
            "Dependencies",
            code=assets.layer_code(for_host=stage.wheels_for_host),
            compatible_runtimes=[assets.RUNTIME],
        )
        api = Api(self, stage, resources)
        identity = Identity(self, api=api, resources=resources, stage=stage)
        self.resources = [
            Crud(self, resource, api=api, identity=identity, layer=layer, stage=stage) for resource in resources
        ]
        if stage.daily_quota:
            add_usage_plan(api, stage)
        if stage.firewall:
            Firewall(self, api=api, stage=stage)
        CfnOutput(self, "ApiUrl", value=api.url)
