"""The routes of one resource: each with its own function, role and grant."""

from collections.abc import Iterator

from aws_cdk import aws_dynamodb as dynamodb
from aws_cdk import aws_iam as iam
from aws_cdk import aws_lambda as lambda_
from constructs import Construct

from lambdas.rest.operation import Operation
from lambdas.rest.resource import Resource
from lambdas.rest.routes import methods_by_path, paths_between, routes
from lambdas.runtime.environment import Environment
from stacks.api import gateway_answers as answers
from stacks.api.identity import Identity
from stacks.api.models import Models
from stacks.api.nested_routes import NestedRoutes
from stacks.api.rest_api import Api
from stacks.data.tables import Table
from stacks.files.bucket import accept_objects
from stacks.files.files import Files
from stacks.functions.function import Function, allow
from stacks.functions.rollout import invocation_target
from stacks.nag import accept
from stacks.stages import Stage

QUERY = "dynamodb:Query"
UNSCOPED = {  # reasons to accept a route without a token
    "public": {"APIG4": "The route is declared public.", "COG4": "The route is declared public."},
    "iam": {"COG4": "The route is declared to be signed: IAM decides who calls it."},
}


class Crud(Construct):
    """A resource's table, and its functions and API methods in a nested stack, all read from its declaration."""

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
        self.routes = NestedRoutes(self, resource.construct_id, api=api)
        models = Models(self.routes, api=api, stage=stage)
        self.operations: dict[str, OperationFunction] = {}
        for route in routes(resource):
            if route.name not in self.operations:
                self.operations[route.name] = OperationFunction(
                    self.routes,
                    route,
                    resource=resource,
                    table=self.table,
                    files=files if resource.files else None,
                    files_url=files_url,
                    layer=layer,
                    stage=stage,
                )
            answer = self.routes.proxy(self.operations[route.name].invocation_target)
            place = self.routes.place(route.full_path(resource))
            asked = {**identity.authorization(route, resource), **models.of(route, resource)}
            for method in route.methods:
                accept(place.add_method(method, answer, **asked), **UNSCOPED.get(route.access, {}))
        for path, methods in methods_by_path(resource).items():
            answers.add_options_and_405(self.routes.place(path), methods, stage)
        for path in paths_between(resource):
            answers.add_404(self.routes.place(path), stage)


class OperationFunction(Function):
    """One function that does one thing to one table."""

    def __init__(
        self,
        scope: Construct,
        route: Operation,
        *,
        resource: Resource,
        table: dynamodb.ITableV2,
        files: Files | None,
        files_url: str,
        layer: lambda_.ILayerVersion,
        stage: Stage,
    ) -> None:
        """Make the function with the actions that the route declares."""
        uploads = files.uploads if files and route.uploads else None
        own_uploads = [allow("s3:PutObject", on=uploads.arn_for_objects(f"{resource.path}/*"))] if uploads else []
        super().__init__(
            scope,
            route.construct_id,
            handler=f"{route.module}.handler",
            layer=layer,
            stage=stage,
            snap_start=stage.snap_start,
            permissions=[*permissions(route, resource, table), *own_uploads],
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


def permissions(route: Operation, resource: Resource, table: dynamodb.ITableV2) -> Iterator[iam.PolicyStatement]:
    """Allow the route's actions on the table, and its queries on the table's indexes if it declares that."""
    indexes = [f"{table.table_arn}/index/{name}" for name in resource.model.schema.indexes]
    queries = [action for action in route.actions(resource) if route.on_index and action == QUERY]
    others = [action for action in route.actions(resource) if action not in queries]
    for actions, targets in ((others, [table.table_arn]), (queries, indexes)):
        if actions:
            yield iam.PolicyStatement(actions=actions, resources=targets)


def cursor_key(table: dynamodb.ITableV2, stage: Stage) -> str:
    """Return the secret that cursors are signed with: the table's id, a random UUID that only DescribeTable tells.

    It costs nothing and needs no resource. Unlike the table's name and the stack's id it is in no ARN and no URL.
    """
    return (table.table_id or "") if stage.table_ids else ""
