"""The REST API: stage, throttling, and the responses of the gateway itself."""

from collections.abc import Sequence

from aws_cdk import aws_apigateway as apigateway
from aws_cdk import aws_iam as iam
from aws_cdk import aws_lambda as lambda_
from constructs import Construct

from lambdas.rest.resource import Resource
from stacks.api import gateway_answers as answers
from stacks.api.access_log import access_log
from stacks.api.limits import limits
from stacks.api.log_role import LogRole
from stacks.api.models import Models
from stacks.nag import accept
from stacks.stages import Stage


class Api(apigateway.RestApi):
    """A regional REST API without resources."""

    def __init__(self, scope: Construct, stage: Stage, resources: Sequence[Resource]) -> None:
        """Make the API; `Crud` adds the resources."""
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
        accept(
            self.deployment_stage,
            APIG6="Execution logs show bodies, and need a role of the whole account; access logs show the rest.",
            **({} if stage.firewall else {"APIG3": "A firewall is the stage's option: it is charged by the month."}),
        )
        accept(self, APIG2="Bodies are checked by models; parameters by the functions, which name all that are wrong.")
        self.node.try_remove_child("Endpoint")  # CDK's own output; the stack has one with a name to rely on
        if stage.access_log:
            self.deployment_stage.node.add_dependency(LogRole(scope, stage))  # refused while the account has no role
        self.models = Models(self, stage)
        self.invoke_policy = iam.PolicyDocument()
        self.invoker = invoker(self, self.invoke_policy)
        answers.add_errors(self, stage)
        answers.add_health(self, stage)
        answers.add_not_found(self, stage)

    def proxy(self, function: lambda_.IFunction) -> apigateway.Integration:
        """Integrate a function, invoked as the API's role: a permission for each method would cost a resource each."""
        self.invoke_policy.add_statements(
            iam.PolicyStatement(actions=["lambda:InvokeFunction"], resources=[function.function_arn])
        )
        return apigateway.AwsIntegration(
            service="lambda",
            proxy=True,
            path=f"2015-03-31/functions/{function.function_arn}/invocations",
            options=apigateway.IntegrationOptions(credentials_role=self.invoker),
        )


def invoker(scope: Construct, permissions: iam.PolicyDocument) -> iam.IRole:
    """Make the role that the gateway invokes functions as."""
    gateway = iam.ServicePrincipal("apigateway.amazonaws.com")
    return iam.Role(
        scope, "Invoker", assumed_by=gateway, inline_policies={"Functions": permissions}
    ).without_policy_updates()
