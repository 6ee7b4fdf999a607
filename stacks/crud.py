"""The routes of one resource: each with its own function, role and grant."""

from aws_cdk import Duration, Fn, RemovalPolicy, Stack
from aws_cdk import aws_dynamodb as dynamodb
from aws_cdk import aws_iam as iam
from aws_cdk import aws_lambda as lambda_
from aws_cdk import aws_logs as logs
from constructs import Construct

from lambdas.resource import Resource
from lambdas.routes import Route, routes, taken
from stacks import answers, assets
from stacks.api import Api
from stacks.findings import accept, accept_finding
from stacks.identity import Identity
from stacks.stages import Stage
from stacks.tables import Table

UNSCOPED = {  # why a route may be called without a token: what cdk-nag asks
    "public": {"APIG4": "The route is declared public.", "COG4": "The route is declared public."},
    "iam": {"COG4": "The route is declared to be signed: IAM decides who calls it."},
}


class Crud(Construct):
    """A resource's table, functions and API methods, all read from its declaration."""

    def __init__(
        self,
        scope: Construct,
        resource: Resource,
        *,
        api: Api,
        identity: Identity,
        layer: lambda_.ILayerVersion,
        stage: Stage,
    ) -> None:
        """Add the resource's routes below `api`."""
        super().__init__(scope, resource.construct_id)
        self.table = Table(self, "Table", model=resource.model, stage=stage)
        self.operations: dict[str, Operation] = {}
        for route in routes(resource):
            if route.operation not in self.operations:
                self.operations[route.operation] = Operation(
                    self, route, resource=resource, table=self.table, layer=layer, stage=stage
                )
            answer = api.proxy(self.operations[route.operation].function)
            place = api.root.resource_for_path(route.at(resource))
            asked = {**identity.authorization(route, resource), **api.models.of(route, resource)}
            for method in route.methods:
                accept(place.add_method(method, answer, **asked), **UNSCOPED.get(route.access, {}))
        for path, methods in taken(resource).items():
            answers.add_bounds(api.root.resource_for_path(path), methods, stage)


class Operation(Construct):
    """One function that does one thing to one table."""

    def __init__(
        self,
        scope: Construct,
        route: Route,
        *,
        resource: Resource,
        table: dynamodb.ITableV2,
        layer: lambda_.ILayerVersion,
        stage: Stage,
    ) -> None:
        """Make the function, its log group, and the role with the route's one permission."""
        super().__init__(scope, route.operation.capitalize())
        self.route = route
        log_group = logs.LogGroup(self, "Logs", retention=stage.log_retention, removal_policy=RemovalPolicy.DESTROY)
        self.function = lambda_.Function(
            self,
            "Function",
            runtime=assets.RUNTIME,
            architecture=assets.ARCHITECTURE,
            handler=route.handler,
            code=assets.code(),
            layers=[layer],
            role=role(self, log_group, permission(route, resource, table)),
            log_group=log_group,
            memory_size=1024,  # CPU comes with memory: starts twice as fast as at 512 MB for about the same money
            timeout=Duration.seconds(10),
            tracing=lambda_.Tracing.ACTIVE,
            environment={
                "RESOURCE": resource.path,
                "TABLE_NAME": table.table_name,
                "CURSOR_KEY": cursor_key(self),
                "CORS_ORIGINS": " ".join(stage.cors_origins),
            },
        )
        accept(self.function, L1="Python 3.13 is the newest that development machines have as well (stacks/assets.py).")


def permission(route: Route, resource: Resource, table: dynamodb.ITableV2) -> iam.PolicyStatement:
    """What the route's function may do, to the table or to its indexes."""
    indexes = [f"{table.table_arn}/index/{name}" for name in resource.model.schema.indexes]
    targets = indexes if route.on_index else [table.table_arn]
    return iam.PolicyStatement(actions=[*route.actions(resource)], resources=targets)


def role(scope: Construct, log_group: logs.ILogGroup, *may: iam.PolicyStatement) -> iam.IRole:
    """A role that may write its own log and its traces, and do what is named: one resource, policy included."""
    own_log = iam.PolicyStatement(
        actions=["logs:CreateLogStream", "logs:PutLogEvents"], resources=[log_group.log_group_arn]
    )
    traces = iam.PolicyStatement(actions=["xray:PutTelemetryRecords", "xray:PutTraceSegments"], resources=["*"])
    policy = iam.PolicyDocument(statements=[*may, own_log, traces])
    principal = iam.ServicePrincipal("lambda.amazonaws.com")
    made = iam.Role(scope, "Role", assumed_by=principal, inline_policies={"Operation": policy})
    accept_finding(made, "IAM5[Resource::*]", "X-Ray's actions know no resource: AWS takes them on * only.")
    return made.without_policy_updates()


def cursor_key(scope: Construct) -> str:
    """What cursors are signed with: the unguessable end of the stack's own ARN, so that there is no secret to keep."""
    return Fn.select(2, Fn.split("/", Stack.of(scope).stack_id))
