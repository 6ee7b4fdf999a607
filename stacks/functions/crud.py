"""The routes of one resource: each with its own function, role and grant."""

import json
from collections.abc import Iterator, Mapping, Sequence

from aws_cdk import aws_dynamodb as dynamodb, aws_iam as iam, aws_lambda as lambda_
from constructs import Construct

from lambdas.rest.operation import Operation
from lambdas.rest.relations import related_actions
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
from stacks.names import resource_id
from stacks.stage import Stage

QUERY = "dynamodb:Query"
UNSCOPED = {  # reasons to accept a route without a token
    "public": {"APIG4": "The route is declared public.", "COG4": "The route is declared public."},
    "iam": {"COG4": "The route is declared to be signed: IAM decides who calls it."},
}


class Crud(Construct):
    """A resource's table, and its functions and API methods in a nested stack, all read from its declaration."""

    def __init__(self, scope: Construct, resource: Resource, *, api: Api, stage: Stage) -> None:
        """Make the table; `add_routes` makes the rest, once the tables of all resources are there."""
        super().__init__(scope, resource_id(resource.path))
        self.resource = resource
        self.table = Table(self, "Table", model=resource.model, stage=stage)
        self.routes = NestedRoutes(self, self.node.id, api=api)
        self.models = Models(self.routes, api=api, stage=stage)
        self.operations: dict[str, OperationFunction] = {}

    def add_routes(
        self,
        cruds: Mapping[str, "Crud"],
        *,
        identity: Identity,
        files: Files | None,
        files_url: str,
        layer: lambda_.ILayerVersion,
        stage: Stage,
    ) -> None:
        """Add the resource's routes: those below its own path, and its list below what its items refer to.

        Args:
            cruds: those of all resources, by their paths.
            identity: the ways to authenticate.
            files: the buckets of files, if a resource has some.
            files_url: where files are served.
            layer: the dependencies of functions.
            stage: the stage.
        """
        resource, tables = self.resource, {crud.resource: crud.table for crud in cruds.values()}
        for route in routes(resource):
            if route.name not in self.operations:
                self.operations[route.name] = OperationFunction(
                    self.routes,
                    route,
                    resource=resource,
                    tables=tables,
                    files=files if resource.files else None,
                    files_url=files_url,
                    layer=layer,
                    stage=stage,
                )
            nested = cruds[route.below or resource.path].routes
            answer = nested.proxy(self.operations[route.name].invocation_target)
            scope = route.scope(resource)
            proof = identity.authorization([scope] if scope else [], signed=route.access == "iam")
            settings = proof | self.models.of(route, resource)
            for method in route.methods:
                made = nested.place(route.full_path(resource)).add_method(method, answer, **settings)
                accept(made, **UNSCOPED.get(route.access, {}))
        for path, methods in methods_by_path(resource).items():
            answers.add_options_and_405(cruds[path.split("/")[1]].routes.place(path), methods, stage)
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
        tables: Mapping[Resource, dynamodb.ITableV2],
        files: Files | None,
        files_url: str,
        layer: lambda_.ILayerVersion,
        stage: Stage,
    ) -> None:
        """Make the function with the actions that the route declares, and those that relations add."""
        table, related = tables[resource], [*related_actions(route, resource, [*tables])]
        granted = [*permissions(route, resource, table)]
        granted += [statement for other, *actions in related for statement in grants(other, tables[other], *actions)]
        uploads = files.uploads if files and route.uploads else None
        if uploads:
            granted.append(allow("s3:PutObject", on=uploads.arn_for_objects(f"{resource.path}/*")))
        super().__init__(
            scope,
            route.construct_id,
            handler=f"{route.module}.handler",
            layer=layer,
            stage=stage,
            snap_start=stage.snap_start,
            permissions=granted,
            environment=Environment(
                resource=resource.module,
                table_name=table.table_name,
                related=json.dumps({one.module: tables[one].table_name for one, *_ in related}) if related else "",
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
    queries = [action for action in route.actions(resource) if route.on_index and action == QUERY]
    yield from grants(resource, table, [one for one in route.actions(resource) if one not in queries], queries)


def grants(
    resource: Resource, table: dynamodb.ITableV2, on_table: Sequence[str], on_indexes: Sequence[str]
) -> Iterator[iam.PolicyStatement]:
    """Allow actions on the table of a resource, and others on its indexes."""
    indexes = [f"{table.table_arn}/index/{one.name}" for one in resource.model.schema.indexes.values()]
    for actions, targets in (([*on_table], [table.table_arn]), ([*on_indexes], indexes)):
        if actions:
            yield iam.PolicyStatement(actions=actions, resources=targets)


def cursor_key(table: dynamodb.ITableV2, stage: Stage) -> str:
    """Return the secret that cursors are signed with: the table's id, a random UUID that only DescribeTable returns.

    It costs nothing and needs no resource. Unlike the table's name and the stack's id it is in no ARN and no URL.
    """
    return (table.table_id or "") if stage.table_ids else ""
