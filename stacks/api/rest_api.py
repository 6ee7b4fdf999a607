"""The REST API: stage, throttling, and the responses of the gateway itself."""

from collections.abc import Sequence
from typing import cast

from aws_cdk import aws_apigateway as apigateway
from constructs import Construct

from lambdas.rest.resource import Resource
from stacks.api import gateway_answers as answers
from stacks.api.access_log import access_log
from stacks.api.limits import limits
from stacks.api.log_role import LogRole
from stacks.nag import accept
from stacks.stage import Stage

TLS_POLICY = "SecurityPolicy_TLS13_1_2_PFS_PQ_2025_09"  # TLS 1.3, or 1.2 with forward secrecy; the default has 1.0


class Api(apigateway.RestApi):
    """A regional REST API without resources."""

    def __init__(self, scope: Construct, stage: Stage, resources: Sequence[Resource]) -> None:
        """Make the API; nested stacks add the resources (nested_routes.py)."""
        super().__init__(
            scope,
            "Api",
            rest_api_name=scope.node.id,
            endpoint_types=[apigateway.EndpointType.REGIONAL],
            cloud_watch_role=False,  # log_role.py sets it only where there is none
            deploy_options=apigateway.StageOptions(
                stage_name=stage.name,
                throttling_rate_limit=stage.requests_per_second,
                throttling_burst_limit=stage.burst,
                method_options=limits(resources, stage),
                tracing_enabled=True,
                **access_log(scope, stage),
            ),
        )
        gateway = cast(apigateway.CfnRestApi, self.node.default_child)
        # An API under the logical id that it had before nested stacks would refuse their methods: it has these already.
        gateway.override_logical_id("RestApi")
        gateway.security_policy = TLS_POLICY
        gateway.endpoint_access_mode = "STRICT"  # only by its own host name, not by another's
        accept_kept(self.deployment_stage, stage)
        accept(self, APIG2="Bodies are checked by models; parameters by the functions, which name all that are wrong.")
        self.node.try_remove_child("Endpoint")  # CDK's own output; the stack has one with a name to rely on
        self.log_role = LogRole(scope, stage) if stage.access_log and stage.log_role else None
        if self.log_role:
            self.deployment_stage.node.add_dependency(self.log_role)  # refused while the account has no role
        self.validator = apigateway.RequestValidator(
            self, "Validator", rest_api=self, validate_request_body=True, validate_request_parameters=True
        )
        answers.add_errors(self, stage)
        answers.add_health(self, stage)
        answers.add_not_found(self, stage)


def accept_kept(deployed: apigateway.Stage, stage: Stage) -> None:
    """Accept cdk-nag's findings in the gateway's stage."""
    logs = "Execution logs show bodies; access logs show the rest."
    accept(
        deployed,
        APIG6=logs,
        APIGWExecutionLoggingEnabled=logs,
        APIGWCacheEnabledAndEncrypted="Nothing is cached.",
        APIGWSSLEnabled="A client certificate is for backends over HTTP; the functions are invoked with a role.",
    )
    if not stage.firewall:
        option = "A firewall is the stage's option: it is charged by the month."
        accept(deployed, APIG3=option, APIGWAssociatedWithWAF=option)
