"""A part of the API in a nested stack of its own: paths, methods, and the functions that they invoke.

A stack may have 500 resources, and one resource of the API takes up to 105. What holds data stays in the stack of the
stage: moved to another stack, a table would be a new and empty one.
"""

from typing import cast

from aws_cdk import aws_apigateway as apigateway, aws_iam as iam, aws_lambda as lambda_
from constructs import Construct

from stacks.functions.function import INLINE
from stacks.nag import accept
from stacks.nested import nested_stack


class NestedRoutes(Construct):
    """A construct in a new nested stack, with the role that the gateway invokes its functions as.

    The role is the nested stack's own: the names of all functions of a large service do not fit into one policy.
    The deployment of the API depends on the nested stack, and is made anew when one of its methods changes; the CDK
    sees to both when a method is added.
    """

    def __init__(self, scope: Construct, name: str, *, api: apigateway.RestApi) -> None:
        """Make the nested stack; `name` begins its name and the logical ids of all that is in it."""
        super().__init__(nested_stack(scope, "Routes", logical_id=f"{name}Routes"), name)
        self.api = api
        self.invoke_policy = iam.PolicyDocument()
        role = iam.Role(
            self,
            "Invoker",
            assumed_by=iam.ServicePrincipal("apigateway.amazonaws.com"),
            inline_policies={"Functions": self.invoke_policy},
        )
        accept(role, IAMNoInlinePolicy=INLINE)
        self.invoker = role.without_policy_updates()

    def place(self, path: str) -> apigateway.IResource:
        """Return the API's resource of a path below its root; make it, in the nested stack, if it is not there."""
        first, _, rest = path.strip("/").partition("/")
        found = cast(apigateway.Resource | None, self.node.try_find_child(first))
        top = found or apigateway.Resource(self, first, parent=self.api.root, path_part=first)
        return top.resource_for_path(rest) if rest else top

    def proxy(self, function: lambda_.IFunction) -> apigateway.Integration:
        """Integrate a function, invoked as the role: a permission for each method would cost a resource each."""
        self.invoke_policy.add_statements(
            iam.PolicyStatement(actions=["lambda:InvokeFunction"], resources=[function.function_arn])
        )
        return apigateway.AwsIntegration(
            service="lambda",
            proxy=True,
            path=f"2015-03-31/functions/{function.function_arn}/invocations",
            options=apigateway.IntegrationOptions(credentials_role=self.invoker),
        )
