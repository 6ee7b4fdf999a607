"""The routes of one resource: each with its own function, role and grant."""

from aws_cdk import aws_dynamodb as dynamodb
from aws_cdk import aws_iam as iam
from aws_cdk import aws_lambda as lambda_
from constructs import Construct

from lambdas.rest.resource import Resource
from lambdas.rest.routes import Route, methods_by_path, routes
from lambdas.runtime.environment import Environment
from stacks.api import gateway_answers as answers
from stacks.api.identity import Identity
from stacks.api.rest_api import Api
from stacks.data.tables import Table
from stacks.files.bucket import accept_objects
from stacks.files.files import Files
from stacks.functions.function import Function, allow
from stacks.functions.rollout import invocation_target
from stacks.nag import accept
from stacks.stages import Stage

UNSCOPED = {  # reasons to accept a route without a token
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
        files: Files | None,
        files_url: str,
        layer: lambda_.ILayerVersion,
        stage: Stage,
    ) -> None:
        """Add the resource's routes below `api`."""
        super().__init__(scope, resource.construct_id)
        self.resource = resource
        self.table = Table(self, "Table", model=resource.model, stage=stage)
        self.operations: dict[str, Operation] = {}
        for route in routes(resource):
            if route.operation not in self.operations:
                self.operations[route.operation] = Operation(
                    self,
                    route,
                    resource=resource,
                    table=self.table,
                    files=files if resource.files else None,
                    files_url=files_url,
                    layer=layer,
                    stage=stage,
                )
            answer = api.proxy(self.operations[route.operation].invocation_target)
            place = api.root.resource_for_path(route.full_path(resource))
            asked = {**identity.authorization(route, resource), **api.models.of(route, resource)}
            for method in route.methods:
                accept(place.add_method(method, answer, **asked), **UNSCOPED.get(route.access, {}))
        for path, methods in methods_by_path(resource).items():
            answers.add_options_and_405(api.root.resource_for_path(path), methods, stage)


class Operation(Function):
    """One function that does one thing to one table."""

    def __init__(
        self,
        scope: Construct,
        route: Route,
        *,
        resource: Resource,
        table: dynamodb.ITableV2,
        files: Files | None,
        files_url: str,
        layer: lambda_.ILayerVersion,
        stage: Stage,
    ) -> None:
        """Make the function with the route's one permission."""
        uploads = files.uploads if files and route.uploads else None
        own_uploads = [allow("s3:PutObject", on=uploads.arn_for_objects(f"{resource.path}/*"))] if uploads else []
        super().__init__(
            scope,
            route.operation.capitalize(),
            handler=route.handler,
            layer=layer,
            stage=stage,
            snap_start=stage.snap_start,
            permissions=[permission(route, resource, table), *own_uploads],
            environment=Environment(
                resource=resource.module,
                table_name=table.table_name,
                cursor_key=cursor_key(table, stage),
                cors_origins=" ".join(stage.cors_origins),
                files_url=files_url if files else "",
                uploads_bucket=uploads.bucket_name if uploads else "",
            ),
        )
        if uploads:
            accept_objects(self, uploads, f"{resource.path}/*")
        self.route = route
        self.invocation_target = invocation_target(self, stage)


def permission(route: Route, resource: Resource, table: dynamodb.ITableV2) -> iam.PolicyStatement:
    """Allow the route's actions on the table, or on its indexes."""
    indexes = [f"{table.table_arn}/index/{name}" for name in resource.model.schema.indexes]
    targets = indexes if route.on_index else [table.table_arn]
    return iam.PolicyStatement(actions=[*route.actions(resource)], resources=targets)


def cursor_key(table: dynamodb.ITableV2, stage: Stage) -> str:
    """Return the secret that cursors are signed with: the table's id, a random UUID that only DescribeTable tells.

    It costs nothing and needs no resource. Unlike the table's name and the stack's id it is in no ARN and no URL.
    """
    return (table.table_id or "") if stage.table_ids else ""
