"""Every function needs the permission it has: the emulator enforces IAM, and each one is taken away in turn."""

import json

import pytest

from lambdas.routes import ROUTES


@pytest.fixture
def without_permission(deployed):
    """Take the DynamoDB statement from the role of an operation's function, and give it back afterwards."""
    iam, functions = deployed.client("iam"), deployed.client("lambda").list_functions()["Functions"]
    taken = []

    def take(route, path):
        (function,) = (
            one
            for one in functions
            if one["Handler"] == route.handler and one["Environment"]["Variables"]["RESOURCE"] == path
        )
        role = function["Role"].rpartition("/")[2]
        (name,) = iam.list_role_policies(RoleName=role)["PolicyNames"]
        document = iam.get_role_policy(RoleName=role, PolicyName=name)["PolicyDocument"]
        kept = [one for one in document["Statement"] if "dynamodb:" not in str(one["Action"])]
        assert len(kept) == len(document["Statement"]) - 1
        put_policy(iam, role, name, document | {"Statement": kept})
        taken.append((role, name, document))

    yield take
    for role, name, document in taken:
        put_policy(iam, role, name, document)


def put_policy(iam, role, name, document):
    iam.put_role_policy(RoleName=role, PolicyName=name, PolicyDocument=json.dumps(document))


def body_of(route, example):
    """A body that the route takes."""
    operations = [{"op": "create", "item": example}]
    bodies = {"batch": {"operations": operations}, "count": {"delta": 1}, None: None}
    return bodies.get(route.body, example)


@pytest.mark.parametrize("route", ROUTES, ids=lambda route: route.operation)
def test_a_function_without_its_permission_fails_and_tells_nothing(
    call, resource, new, example, without_permission, route
):
    address = route.at(resource).lstrip("/").format(**new(), counter=resource.counters[0])
    without_permission(route, resource.path)

    answer = call(route.method, address, body_of(route, example))

    assert answer.status == 500
    assert answer.json.keys() == {"type", "title", "status", "instance"}
    assert "dynamodb" not in answer.text.lower()
