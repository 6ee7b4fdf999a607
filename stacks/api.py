"""The REST API itself: stage, throttling and the routes the gateway answers alone."""

from aws_cdk import aws_apigateway as apigateway
from constructs import Construct

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
        self.add_health()

    def add_health(self) -> None:
        """Answer `GET /health` in the gateway: it tells that the API is deployed and reachable, nothing more."""
        answer = apigateway.MockIntegration(
            request_templates={"application/json": '{"statusCode": 200}'},
            integration_responses=[
                apigateway.IntegrationResponse(
                    status_code="200", response_templates={"application/json": '{"status": "ok"}'}
                )
            ],
        )
        self.root.add_resource("health").add_method(
            "GET", answer, method_responses=[apigateway.MethodResponse(status_code="200")]
        )
