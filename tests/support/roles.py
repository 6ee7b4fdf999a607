"""Roles of the deployed stack, with an action less for a while."""

import json

import pytest


@pytest.fixture
def taken(deployed):
    """Remove an action from a role, and restore it afterwards, or on request."""
    iam, before = deployed.client("iam"), []

    def take(role, action):
        (name,) = iam.list_role_policies(RoleName=role)["PolicyNames"]
        document = iam.get_role_policy(RoleName=role, PolicyName=name)["PolicyDocument"]
        before.append((role, name, document))
        statements = [one | {"Action": [each for each in actions(one) if each != action]} for one in of(document)]
        assert statements != [one | {"Action": actions(one)} for one in of(document)]
        put_policy(iam, role, name, document | {"Statement": [one for one in statements if one["Action"]]})
        return give_back

    def give_back():
        while before:
            put_policy(iam, *before.pop())

    yield take
    give_back()


@pytest.fixture(scope="session")
def role_of(deployed):
    """The role of the function that serves an operation of a resource, by the last part of the resource's module."""
    own = {one.physical_id for one in deployed.resources() if one.kind == "AWS::Lambda::Function"}
    pages = deployed.client("lambda").get_paginator("list_functions").paginate()
    functions = [one for page in pages for one in page["Functions"] if one["FunctionName"] in own]
    resource_of = {one["FunctionName"]: one["Environment"]["Variables"].get("RESOURCE", "") for one in functions}
    return {
        (resource_of[one["FunctionName"]].rpartition(".")[2], one["Handler"]): one["Role"].rpartition("/")[2]
        for one in functions
    }


def put_policy(iam, role, name, document):
    """Put the policy, or delete it if it has no statements."""
    if document["Statement"]:
        iam.put_role_policy(RoleName=role, PolicyName=name, PolicyDocument=json.dumps(document))
    else:
        iam.delete_role_policy(RoleName=role, PolicyName=name)


def of(document):
    return document["Statement"] if isinstance(document["Statement"], list) else [document["Statement"]]


def actions(statement):
    return statement["Action"] if isinstance(statement["Action"], list) else [statement["Action"]]
