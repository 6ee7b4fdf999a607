"""The WebSocket API of live changes, as the template declares it."""

import json
from dataclasses import replace

import pytest

from lambdas.rest.resource import Resource
from tests.support import stages
from tests.support.gallery import customers, notes
from tests.support.templates import few

CUSTOMERS, NOTES = few(customers.CUSTOMERS), few(notes.NOTES)
ANY = replace(CUSTOMERS, access={"list": "public"}, live=True)
LIVE = (ANY, NOTES)
WITHOUT = (replace(ANY, live=False), NOTES)
MIXED = (ANY, replace(NOTES, live=True))
ROUTES = {"$connect", "$disconnect", "$default", "subscribe", "unsubscribe", "ping"}


@pytest.fixture(params=["local", "dev", "prod"])
def stage(request):
    return request.param


def found(template, kind, part="Live"):
    """The properties of the resources of a type whose logical ids hold a word."""
    return {name: one["Properties"] for name, one in template.find_resources(kind).items() if part in name}


def statements(role):
    """The actions of a role, each with its resources as text."""
    (policy,) = role["Policies"]
    every = [
        (action, json.dumps(one["Resource"]))
        for one in policy["PolicyDocument"]["Statement"]
        for action in ([one["Action"]] if isinstance(one["Action"], str) else one["Action"])
    ]
    return [(action, on) for action, on in every if not action.startswith(("logs:", "xray:"))]


def test_without_a_live_resource_nothing_of_it_is_deployed(template, stage):
    resources = template(stage, WITHOUT).to_json()["Resources"]

    assert [name for name in resources if "Live" in name] == []
    assert not {one["Type"] for one in resources.values()} & {"AWS::ApiGatewayV2::Api", "AWS::DynamoDB::Table"}


def test_live_changes_cost_a_service_so_many_resources_once(template):
    sizes = [len(template("dev", each).to_json()["Resources"]) for each in (WITHOUT, LIVE, MIXED)]

    print(f"live changes: {sizes[1] - sizes[0]} resources")
    assert sizes[1] - sizes[0] <= 60
    assert sizes[2] - sizes[1] <= 10  # its route for tickets by token, and what closes connections when tokens end


def test_every_route_has_its_own_function_and_its_own_log(template, stage):
    deployed = template(stage, LIVE)
    routes = found(deployed, "AWS::ApiGatewayV2::Route")
    functions = found(deployed, "AWS::Lambda::Function")

    assert {route["RouteKey"] for route in routes.values()} == ROUTES
    assert len({route["Target"]["Fn::Join"][1][1]["Ref"] for route in routes.values()}) == len(ROUTES)
    assert len(functions) == len({one["Handler"] for one in functions.values()}) == len(ROUTES) + 2
    assert len({one["LoggingConfig"]["LogGroup"]["Ref"] for one in functions.values()}) == len(functions)


def test_the_stage_is_throttled_and_logs_no_query_no_address_and_no_message(template):
    (stage,) = found(template("prod", LIVE), "AWS::ApiGatewayV2::Stage").values()

    assert stage["DefaultRouteSettings"] == {"ThrottlingBurstLimit": 2_000, "ThrottlingRateLimit": 1_000}
    logged = json.loads(stage["AccessLogSettings"]["Format"])
    assert {"$context.requestId", "$context.status", "$context.routeKey"} <= set(logged.values())
    assert not [name for name in logged.values() if "identity" in name or "query" in name.lower() or "body" in name]


def test_each_function_may_do_its_part_to_this_table_and_to_connections_of_this_api(template, stage):
    roles = found(template(stage, LIVE), "AWS::IAM::Role")
    del roles[next(name for name in roles if name.startswith("LiveInvoker"))]  # the gateway's
    (table,) = found(template(stage, LIVE), "AWS::DynamoDB::Table")
    (api,) = found(template(stage, LIVE), "AWS::ApiGatewayV2::Api")

    for name, role in roles.items():
        for action, on in statements(role):
            assert "*" not in action
            if action.startswith("dynamodb:"):
                assert table in on
                assert "index" not in on
            elif action == "execute-api:ManageConnections":
                assert f'{{"Ref": "{api}"}}, "/{stage}/POST/@connections/*"' in on
                assert name.startswith(("LiveBroadcast", "LiveSubscribe", "LiveUnsubscribe", "LivePing", "LiveUnknown"))
            else:
                assert (action.partition(":")[0], name[:13]) == ("sqs", "LiveBroadcast")
                assert "LiveQueue" in on


def test_a_ticket_is_made_by_a_function_that_can_make_nothing_else(template):
    (role,) = found(template("prod", LIVE), "AWS::IAM::Role", "LiveTicket").values()

    assert [action for action, _ in statements(role)] == ["dynamodb:PutItem"]


@pytest.mark.parametrize(
    ("resources", "expected"),
    [
        (LIVE, {"/live": None}),
        ((replace(NOTES, live=True),), {"/live": ["notes/read"]}),
        (
            (replace(NOTES, live=True), replace(CUSTOMERS, access={}, live=True)),
            {"/live": ["notes/read", "customers/read"]},
        ),
        (MIXED, {"/live": None, "/live/token": ["notes/read"]}),
    ],
    ids=["public", "token", "tokens", "mixed"],
)
def test_tickets_require_the_same_access_as_the_lists(template, resources, expected):
    deployed = template("dev", resources)
    places = {
        name: (one["PathPart"], one["ParentId"].get("Ref", ""))
        for name, one in found(deployed, "AWS::ApiGateway::Resource", "").items()
    }

    scopes = {}
    for one in found(deployed, "AWS::ApiGateway::Method", "").values():
        if "LiveTicket" in str(one["Integration"].get("Uri", "")):
            part, parent = places[one["ResourceId"]["Ref"]]
            path = f"/{places[parent][0]}/{part}" if parent in places else f"/{part}"
            scopes[path] = one.get("AuthorizationScopes")
            assert one["AuthorizationType"] == ("COGNITO_USER_POOLS" if scopes[path] else "NONE")
    assert scopes == expected


def test_where_tokens_end_a_schedule_closes_connections_each_minute_and_elsewhere_there_is_none(template, stage):
    by_token = template(stage, MIXED)
    (schedule,) = found(by_token, "AWS::Scheduler::Schedule").values()
    (role,) = found(by_token, "AWS::IAM::Role", "LiveExpire").values()

    assert schedule["ScheduleExpression"] == "rate(1 minute)"
    assert "LiveExpire" in json.dumps(schedule["Target"]["Arn"])
    assert {action for action, _ in statements(role)} == {
        *(f"dynamodb:{one}" for one in ("GetItem", "DeleteItem", "BatchWriteItem", "Query")),
        "execute-api:ManageConnections",
    }
    assert not found(template(stage, LIVE), "AWS::Scheduler::Schedule")


def test_a_list_for_signed_calls_cannot_be_live():
    with pytest.raises(TypeError, match="a list that is public or for tokens, to be live"):
        Resource(path="customers", model=CUSTOMERS.model, access={"list": "iam"}, live=True)


def test_changes_come_in_order_of_live_resources_only_and_what_fails_ends_in_dead_letters(template, stage):
    deployed = template(stage, LIVE)
    queues = found(deployed, "AWS::SQS::Queue")
    (mapping,) = found(deployed, "AWS::Lambda::EventSourceMapping").values()
    (subscription,) = found(deployed, "AWS::SNS::Subscription").values()

    assert all(queue["FifoQueue"] for queue in queues.values())
    (queue,) = [one for one in queues.values() if "RedrivePolicy" in one]
    assert 1 < queue["RedrivePolicy"]["maxReceiveCount"] < 10
    assert (mapping["BatchSize"], mapping["FunctionResponseTypes"]) == (10, ["ReportBatchItemFailures"])
    assert subscription["FilterPolicy"] == {"resource": ["customers"]}
    (broadcast,) = found(deployed, "AWS::Lambda::Function", "LiveBroadcast").values()
    assert queue["VisibilityTimeout"] > broadcast["Timeout"]


def test_the_table_of_connections_is_not_kept_and_forgets_by_itself(template):
    ((name, table),) = found(template("prod", LIVE), "AWS::DynamoDB::Table").items()

    assert template("prod", LIVE).to_json()["Resources"][name]["DeletionPolicy"] == "Delete"
    assert table["TimeToLiveSpecification"] == {"AttributeName": "_expires", "Enabled": True}
    assert table["BillingMode"] == "PAY_PER_REQUEST"


def test_with_a_key_of_ours_it_encrypts_the_table_and_the_queues_of_live_changes(synthesize):
    deployed = synthesize(stages.named("prod"), LIVE, own_key=True, region="eu-west-1")

    for queue in found(deployed, "AWS::SQS::Queue").values():
        assert "DataKey" in str(queue["KmsMasterKeyId"])
    (table,) = found(deployed, "AWS::DynamoDB::Table").values()
    assert "DataKey" in str(table["SSESpecification"])
