"""The REST API itself: stage, throttling, and what the gateway answers alone."""

from aws_cdk import aws_apigateway as apigateway
from constructs import Construct

from stacks import answers
from stacks.stages import Stage


class Api(apigateway.RestApi):
    """A regional REST API without resources."""

    def __init__(self, scope: Construct, stage: Stage) -> None:
        """Make the API; `Crud` adds the resources."""
        super().__init__(
            scope,
            "Api",
            rest_api_name=scope.node.id,
            endpoint_types=[apigateway.EndpointType.REGIONAL],
            cloud_watch_role=False,  # it would be the whole account's, not this stack's
            deploy_options=apigateway.StageOptions(
                stage_name=stage.name,
                throttling_rate_limit=stage.requests_per_second,
                throttling_burst_limit=stage.burst,
                tracing_enabled=True,
            ),
        )
        self.node.try_remove_child("Endpoint")  # CDK's own output; the stack has one with a name to rely on
        answers.add_errors(self, stage)
        answers.add_health(self, stage)
        answers.add_nowhere(self, stage)
