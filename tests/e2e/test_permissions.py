"""Every role needs each of its actions: the emulator enforces IAM, and one action at a time is removed."""

import secrets
from fnmatch import fnmatch

import pytest

from lambdas.rest.crud import CRUD, Count
from lambdas.rest.declarations import WORKERS
from lambdas.rest.relations import ALONG, CHECK
from lambdas.rest.routes import routes
from stacks.contract.examples import sent
from tests.e2e.test_file_permissions import TO_VERIFY
from tests.support import people
from tests.support.forks import module_of
from tests.support.gallery import DEPLOYED
from tests.support.gallery.parcels import PARCELS
from tests.support.roles import actions, of
from tests.support.stories import fresh, of_any_version
from tests.support.values import other_body, other_value

NEEDED = [
    pytest.param(resource, route, action, id=f"{resource.path} {route.name} {action}")
    for resource in DEPLOYED
    for route in {route.name: route for route in routes(resource)}.values()
    for action in route.actions(resource)
]
ROWS = [
    pytest.param(resource, route, id=f"{resource.path} {route.name}")
    for resource in DEPLOYED
    for route in {route.name: route for route in routes(resource)}.values()
]
BUILT_IN = {operation.name for operation in CRUD}
NOT_ENFORCED = {  # by the emulator; AWS enforces them
    "logs:*": "it keeps the functions' logs without asking their roles",
    "xray:*": "it has no X-Ray",
    "dynamodb:*Stream*": "it brings streams to functions without asking their roles",
    "dynamodb:GetRecords": "as above",
    "dynamodb:GetShardIterator": "as above",
    "sqs:[RDG]*": "it brings queues to functions without asking their roles",
    "lambda:InvokeFunction": "it asks neither the gateway's role nor a function's own policy whether the gateway may",
}


def whole(resource):
    """A body that creates an item, with the references that need not be there."""
    names = [one.name for one in resource.model.schema.references]
    return fresh(resource) | {name: other_value(resource, name, None) for name in names}


@pytest.fixture
def probe(call_deployed):
    """Do what needs all that the route's function may do: what is unique changes hands as well."""

    def probe(resource, route):
        if "create" not in resource.named or route.name not in BUILT_IN:
            pytest.skip("told in tests/resources: this test knows the operations that every resource gets")
        item, other = (call_deployed("POST", resource.path, whole(resource)).json for _ in range(2))
        operations = [
            {"op": "create", "item": whole(resource)},
            {"op": "update", "id": item[resource.key], "patch": whole(resource)},
            {"op": "delete", "id": other[resource.key]},
        ]
        changed = other_body(resource, item)
        bodies = {"batch": {"operations": operations}, "patch": changed, Count: {"delta": 1}, None: None}
        usual = sent(route, resource) if isinstance(route.body, type) else whole(resource)
        body = bodies.get(route.body, usual)
        address = route.full_path(resource).lstrip("/").format(id=item[resource.key])
        headers = {"Idempotency-Key": secrets.token_hex(8)} if route.idempotent else {}
        if resource.requires_if_match:
            body, headers = of_any_version(route.method, address, body, headers)
        return lambda: call_deployed(route.method, address, body, headers=headers)

    return probe


@pytest.mark.parametrize(("resource", "route", "action"), NEEDED)
def test_a_function_without_one_of_its_actions_fails_and_tells_nothing(probe, taken, role_of, resource, route, action):
    act = probe(resource, route)
    taken(role_of[module_of(resource), f"{route.module}.handler"], action)

    answer = act()

    assert answer.status == 500
    assert answer.json.keys() == {"type", "title", "status", "instance"}
    assert "dynamodb" not in answer.text.lower()


@pytest.mark.parametrize(("resource", "route"), ROWS)
def test_with_all_of_its_actions_it_does_the_same(probe, resource, route):
    assert probe(resource, route)().status in route.success


@pytest.mark.resources(PARCELS)
def test_people_who_sign_call_nothing_once_their_role_may_not(deployed, send, taken):
    (role,) = (name for name in roles(deployed) if "Signers" in name)
    person = people.credentials(deployed, people.signed_in(deployed)["id_token"])
    taken(role, "execute-api:Invoke")

    assert send(person).status_code == 403


def test_every_action_of_every_role_is_taken_away_above_or_is_one_that_the_emulator_does_not_ask_for(deployed):
    events = {"sns:PublishBatch", "sqs:SendMessage"}  # taken away in test_events.py
    live = {"execute-api:ManageConnections", "dynamodb:BatchWriteItem"}  # taken away in tests/live/test_permissions.py
    files = {"s3:PutObject", "s3:DeleteObject", *TO_VERIFY}  # taken away in test_file_permissions.py
    site = {"s3:ListBucket", "s3:ListBucketVersions", "s3:DeleteObjectVersion"}  # used in tests/site
    related = {CHECK, *ALONG}  # used on the tables of other resources in test_relations.py
    work = {f"dynamodb:{one}" for worker in WORKERS for some in worker.tables.values() for one in some}  # their tests'
    tried = (
        {action.values[2] for action in NEEDED} | {"execute-api:Invoke"} | events | live | files | site | related | work
    )
    iam = deployed.client("iam")
    held = set()
    for role in roles(deployed):
        for name in iam.list_role_policies(RoleName=role)["PolicyNames"]:
            document = iam.get_role_policy(RoleName=role, PolicyName=name)["PolicyDocument"]
            held |= {action for one in of(document) for action in actions(one)}

    assert {one for one in held - tried if not any(fnmatch(one, known) for known in NOT_ENFORCED)} == set()


def roles(deployed):
    """The names of the stack's roles."""
    return [one.physical_id for one in deployed.resources() if one.kind == "AWS::IAM::Role"]
