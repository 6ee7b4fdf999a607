"""Live changes: tickets on the REST API, a WebSocket API, and the delivery of every change to its subscribers."""

import json
from collections.abc import Mapping, Sequence
from typing import cast

from aws_cdk import (
    ArnFormat,
    CfnOutput,
    Duration,
    RemovalPolicy,
    Stack,
    aws_apigatewayv2 as websocket,
    aws_dynamodb as dynamodb,
    aws_iam as iam,
    aws_lambda as lambda_,
    aws_logs as logs,
    aws_sns as sns,
    aws_sqs as sqs,
)
from aws_cdk.aws_apigatewayv2_integrations import WebSocketLambdaIntegration
from constructs import Construct

from lambdas.events.worker import Schedule
from lambdas.live.access import ticket_routes
from lambdas.live.models import Row
from lambdas.rest.resource import EXPIRES, Resource
from lambdas.runtime.environment import Environment
from stacks.api import gateway_answers as answers
from stacks.api.identity import Identity
from stacks.api.nested_routes import NestedRoutes
from stacks.api.rest_api import Api
from stacks.data.keys import data_key
from stacks.data.tables import keys
from stacks.events.queues import CONSUME_ACTIONS, add_queue, bring, subscribe
from stacks.events.schedule import start_by
from stacks.functions.function import LOG_KEY, Function, allow
from stacks.nag import accept, accept_finding
from stacks.stage import Stage

SENDERS = 5  # invocations of broadcast at a time: one sends, the others add to the log what it sends next, all at once
MIB_OF_ONE_CPU = 1769  # broadcast signs a call for each connection: it is as quick as its CPU
GET, PUT, UPDATE, DELETE = (f"dynamodb:{name}Item" for name in ("Get", "Put", "Update", "Delete"))
QUERY, DELETE_MANY = "dynamodb:Query", "dynamodb:BatchWriteItem"
FORGET = (GET, DELETE, DELETE_MANY)  # a connection and its subscriptions
SEND, CLOSE = "POST", "DELETE"  # methods of the management API
PERMISSIONS: Mapping[str, tuple[tuple[str, ...], tuple[str, ...]]] = {  # of a function: on the table, on connections
    "ticket": ((PUT,), ()),
    "expire": ((*FORGET, QUERY), (CLOSE,)),
    "connect": ((GET, PUT, DELETE), ()),
    "disconnect": (FORGET, ()),
    "subscribe": ((*FORGET, PUT, UPDATE, QUERY), (SEND, CLOSE)),
    "unsubscribe": ((*FORGET, UPDATE), (SEND, CLOSE)),
    "ping": (FORGET, (SEND, CLOSE)),
    "unknown": (FORGET, (SEND, CLOSE)),
    "broadcast": ((*FORGET, PUT, UPDATE, QUERY), (SEND, CLOSE)),
}
ROUTES = {  # by route key, the function
    "$connect": "connect",
    "$disconnect": "disconnect",
    "$default": "unknown",
    "subscribe": "subscribe",
    "unsubscribe": "unsubscribe",
    "ping": "ping",
}
LOGGED = {  # of a connection's opening, messages and end; no address, caller, query or message
    "request_id": "$context.requestId",
    "time": "$context.requestTime",
    "route": "$context.routeKey",
    "event": "$context.eventType",
    "status": "$context.status",
    "connection": "$context.connectionId",
    "error": "$context.error.message",
    "function_error": "$context.integration.error",
}


class Live(Construct):
    """The WebSocket API with its functions, queue and table; a service without live resources has none of it.

    The table and the queues are in the stack of the stage, the rest in a nested stack.
    """

    def __init__(
        self,
        scope: Construct,
        *,
        resources: Sequence[Resource],
        api: Api,
        identity: Identity,
        topic: sns.ITopic,
        layer: lambda_.ILayerVersion,
        stage: Stage,
    ) -> None:
        """Deploy the WebSocket API, and subscribe it to the changes of the live ones of these resources."""
        super().__init__(scope, "Live")
        self.layer, self.stage_settings = layer, stage
        self.live = [resource for resource in resources if resource.live]
        self.table = table(self, stage)
        self.routes = NestedRoutes(self, "Live", api=api)
        self.api = websocket.WebSocketApi(self.routes, "Api", api_name=f"{scope.node.id}-live")
        self.stage = websocket.WebSocketStage(
            self.routes,
            "Stage",
            web_socket_api=self.api,
            stage_name=stage.name,
            auto_deploy=True,
            throttle=websocket.ThrottleSettings(rate_limit=stage.requests_per_second, burst_limit=stage.burst),
        )
        if api.log_role:
            self.stage.node.add_dependency(api.log_role)
        if stage.access_log:
            add_access_log(self.routes, self.stage, stage)
        self.functions: dict[str, Function] = {}
        for route, name in ROUTES.items():
            function = self.function(name).function
            self.api.add_route(route, integration=WebSocketLambdaIntegration(f"{name.capitalize()}Route", function))
        for construct in self.api.node.find_all():
            if isinstance(construct, websocket.CfnRoute):
                accept(construct, APIG4="$connect's function requires a ticket; the other routes need its connection.")
        self.queue, self.dead_letters = self.follow(topic)
        self.add_tickets(identity)
        if any(route.scopes for route in ticket_routes(self.live)):  # others end with API Gateway's two hours
            expire = self.function("expire", timeout=Duration.minutes(1)).function
            start_by(self.routes, Schedule("rate(1 minute)"), expire)
        self.address = self.stage.url
        CfnOutput(Stack.of(self), "LiveUrl", value=self.address)

    def function(
        self,
        name: str,
        *,
        permissions: Sequence[iam.PolicyStatement] = (),
        timeout: Duration = Duration.seconds(10),  # noqa: B008 - a constant
        memory: int = 1024,
    ) -> Function:
        """Make a function with its actions on the table, and its methods of the management API."""
        actions, methods = PERMISSIONS[name]
        self.functions[name] = Function(
            self.routes,
            name.capitalize(),
            handler=f"lambdas.live.{name}.handler",
            layer=self.layer,
            stage=self.stage_settings,
            permissions=[
                allow(*actions, on=self.table.table_arn),
                *(allow("execute-api:ManageConnections", on=self.connections(method)) for method in methods),
                *permissions,
            ],
            environment=Environment(
                table_name=self.table.table_name,
                live_url=self.stage.callback_url,
                live=json.dumps({resource.path: resource.module for resource in self.live}) if name == "ticket" else "",
                cors_origins=" ".join(self.stage_settings.cors_origins) if name == "ticket" else "",
            ),
            timeout=timeout,
            memory=memory,
        )
        for method in methods:
            self.accept_connections(self.functions[name], method)
        return self.functions[name]

    def accept_connections(self, function: Function, method: str) -> None:
        """Accept cdk-nag's finding in a permission on all connections: each gets its id when it opens."""
        api = Stack.of(self.api).get_logical_id(cast(websocket.CfnApi, self.api.node.default_child))
        arn = f"arn:<AWS::Partition>:execute-api:<AWS::Region>:<AWS::AccountId>:<{api}>"
        place = f"{arn}/{self.stage_settings.name}/{method}/@connections/*"
        reason = "The permission is on the connections of this API's stage; each gets its id when it opens."
        accept_finding(function.node.find_child("Role"), f"IAM5[Resource::{place}]", reason)

    def connections(self, method: str) -> str:
        """The ARN of a method of the management API, on the connections of this API's stage alone."""
        return Stack.of(self).format_arn(
            service="execute-api",
            resource=self.api.api_id,
            resource_name=f"{self.stage.stage_name}/{method}/@connections/*",
            arn_format=ArnFormat.SLASH_RESOURCE_NAME,
        )

    def follow(self, topic: sns.ITopic) -> tuple[sqs.Queue, sqs.Queue]:
        """Bring the changes of live resources to the function that sends them, in order per item."""
        timeout = Duration.seconds(20)
        queue, dead_letters = add_queue(
            self,
            self.stage_settings,
            fifo=True,
            # Short of the six timeouts that AWS advises: after a crash the changes wait that long.
            visibility_seconds=1.5 * timeout.to_seconds(),
            retention_period=Duration.hours(1),  # as the log's: what is older is a resync
        )
        paths = sns.SubscriptionFilter.string_filter(allowlist=[resource.path for resource in self.live])
        subscribe(self, queue, topic, {"resource": paths}, dead_letters)
        broadcast = self.function(
            "broadcast",
            permissions=[allow(*CONSUME_ACTIONS, on=queue.queue_arn)],
            timeout=timeout,
            memory=MIB_OF_ONE_CPU,
        )
        # ten are the most of a FIFO queue
        bring(self.routes, queue, broadcast.function, batch_size=10, max_concurrency=SENDERS)
        return queue, dead_letters

    def add_tickets(self, identity: Identity) -> None:
        """Add the routes that issue tickets to the REST API."""
        answer = self.routes.proxy(self.function("ticket").function)
        for route in ticket_routes(self.live):
            place = self.routes.place(route.path)
            method = place.add_method("POST", answer, **identity.authorization(route.scopes))
            if not route.scopes:
                accept(method, APIG4="What it opens is declared public.", COG4="What it opens is declared public.")
            answers.add_options_and_405(place, ("POST",), self.stage_settings)


def table(scope: Construct, stage: Stage) -> dynamodb.Table:
    """Return the table of connections and of the log: of one Region, with nothing in it that is not kept elsewhere."""
    key = data_key(scope, stage)
    made = dynamodb.Table(
        scope,
        "Table",
        **keys(Row.schema.keys),
        billing_mode=dynamodb.BillingMode.PAY_PER_REQUEST,
        time_to_live_attribute=EXPIRES,
        encryption=dynamodb.TableEncryption.CUSTOMER_MANAGED if key else dynamodb.TableEncryption.DEFAULT,
        encryption_key=key,
        removal_policy=RemovalPolicy.DESTROY,
    )
    passing = "It holds who is connected now, and an hour of changes that are kept elsewhere."
    accept(made, DDB3=passing, DynamoDBPITREnabled=passing, DynamoDBInBackupPlan=passing)
    return made


def add_access_log(scope: Construct, to: websocket.WebSocketStage, stage: Stage) -> None:
    """Write one line for each connection's opening, message and end."""
    group = logs.LogGroup(scope, "AccessLog", retention=stage.log_retention, removal_policy=RemovalPolicy.DESTROY)
    accept(group, CloudWatchLogGroupEncrypted=LOG_KEY)
    deployed = cast(websocket.CfnStage, to.node.default_child)
    deployed.access_log_settings = websocket.CfnStage.AccessLogSettingsProperty(
        destination_arn=group.log_group_arn, format=json.dumps(LOGGED)
    )
