"""The role with which API Gateway writes logs: one for the whole account and region, set where there is none.

`AWS::ApiGateway::Account` would overwrite the role of another stack, and its deletion would end the logs of every API
in the region. A custom resource sets the role only if none is set, and leaves it when the stack is deleted.
"""

from aws_cdk import ArnFormat, CustomResource, Duration, RemovalPolicy, Stack, aws_iam as iam
from constructs import Construct

from stacks.functions.function import Function, allow
from stacks.nag import accept_finding
from stacks.stage import Stage

POLICY = "service-role/AmazonAPIGatewayPushToCloudWatchLogs"
TIMEOUT = Duration.minutes(3)


class LogRole(Construct):
    """A role for API Gateway's logs, and the custom resource that sets it; a stage with an access log depends on it."""

    def __init__(self, scope: Construct, stage: Stage) -> None:
        """Make the role, the function and the custom resource."""
        super().__init__(scope, "LogRole")
        role = iam.Role(
            self,
            "Role",
            assumed_by=iam.ServicePrincipal("apigateway.amazonaws.com"),
            managed_policies=[iam.ManagedPolicy.from_aws_managed_policy_name(POLICY)],
        )
        role.apply_removal_policy(RemovalPolicy.RETAIN)  # the account keeps naming it, also after a failed deploy
        accept_finding(
            role, f"IAM4[Policy::arn:<AWS::Partition>:iam::aws:policy/{POLICY}]", "AWS made this policy for this role."
        )
        account = Stack.of(self).format_arn(
            service="apigateway", account="", resource="/account", arn_format=ArnFormat.NO_RESOURCE_NAME
        )
        setter = Function(
            self,
            "Set",
            handler="lambdas.deploy.set_log_role.handler",
            stage=stage,
            memory=256,
            timeout=TIMEOUT,
            permissions=[
                allow("apigateway:GET", "apigateway:PATCH", on=account),
                allow("iam:PassRole", on=role.role_arn),
            ],
        )
        CustomResource(
            self,
            "Account",
            resource_type="Custom::ApiGatewayLogRole",
            service_token=setter.function.function_arn,
            service_timeout=TIMEOUT,
            properties={"RoleArn": role.role_arn},
        )
