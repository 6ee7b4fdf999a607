"""The template as a whole: how large it is, and that a second resource is one more class."""

from datetime import datetime

import pytest

from lambdas.dynamodel import Attr, Model, ShardedIndex, attr, created_at, key, uuid7
from lambdas.resource import Resource
from lambdas.resources import RESOURCES
from lambdas.routes import routes

LIMIT = 500  # resources of a stack: CloudFormation's quota
BUDGET = 45  # of one resource of the API


class Customer(Model):
    """A resource that the project does not have."""

    id: Attr[str] = key(default_factory=uuid7)
    email: Attr[str] = attr(max_length=254)
    created: Attr[datetime] = created_at()

    newest = ShardedIndex(sort=id)


CUSTOMERS = (*RESOURCES, Resource(path="customers", model=Customer))


def size(template):
    return len(template.to_json()["Resources"])


@pytest.mark.parametrize("stage", ["local", "dev", "prod"])
def test_a_resource_of_six_operations_costs_at_most_45_of_the_500_that_a_stack_may_have(template, stage):
    one, two = size(template(stage)), size(template(stage, CUSTOMERS))

    each = two - one
    fit = (LIMIT - (one - each)) // each
    print(f"{stage}: {one - each} and {each} a resource, so {fit} resources fit in a stack")
    assert each <= BUDGET
    assert fit >= 10


def test_a_second_resource_gets_its_routes_functions_and_table_and_changes_nothing_of_the_first(template):
    before, after = template("dev").to_json()["Resources"], template("dev", CUSTOMERS).to_json()["Resources"]

    added = [after[name]["Type"] for name in after.keys() - before.keys()]
    rows = list(routes(CUSTOMERS[-1]))
    assert added.count("AWS::Lambda::Function") == len(rows) == 6
    assert added.count("AWS::ApiGateway::Method") == sum(len(route.methods) for route in rows)
    assert added.count("AWS::DynamoDB::GlobalTable") == 1
    changed = {before[name]["Type"] for name in before if before[name] != after.get(name)}
    deployment = {"AWS::ApiGateway::Deployment", "AWS::ApiGateway::Stage"}
    assert changed <= deployment | {"AWS::Cognito::UserPoolClient"}  # a client may be given the new scopes


def test_the_stages_differ_only_in_what_stages_py_names(template):
    def types(stage):
        return sorted(resource["Type"] for resource in template(stage).to_json()["Resources"].values())

    assert types("local") == types("dev") == types("prod")
