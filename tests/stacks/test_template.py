"""The template as a whole: how large it is, and that a second resource is one more class."""

from collections import Counter

import pytest

from lambdas.routes import routes, taken
from tests.customers import BOTH, CUSTOMERS

LIMIT = 500  # resources of a stack: CloudFormation's quota
BUDGET = 45  # of one resource of the API


def size(template):
    return len(template.to_json()["Resources"])


@pytest.mark.parametrize("stage", ["local", "dev", "prod"])
def test_a_resource_costs_at_most_45_of_the_500_that_a_stack_may_have(template, stage):
    one, two = size(template(stage)), size(template(stage, BOTH))

    each = two - one
    fit = (LIMIT - (one - each)) // each
    print(f"{stage}: {one - each} and {each} a resource, so {fit} resources fit in a stack")
    assert each <= BUDGET
    assert fit >= 10


def test_a_second_resource_gets_its_routes_functions_and_table_and_changes_nothing_of_the_first(template):
    before, after = template("dev").to_json()["Resources"], template("dev", BOTH).to_json()["Resources"]

    added = [after[name]["Type"] for name in after.keys() - before.keys()]
    rows = list(routes(CUSTOMERS))
    assert added.count("AWS::Lambda::Function") == len(rows) == 7
    bounds = 2 * len(taken(CUSTOMERS))  # each path's OPTIONS, and 405 for what it does not take
    assert added.count("AWS::ApiGateway::Method") == sum(len(route.methods) for route in rows) + bounds
    assert added.count("AWS::DynamoDB::GlobalTable") == 1
    changed = {before[name]["Type"] for name in before if before[name] != after.get(name)}
    deployment = {"AWS::ApiGateway::Deployment", "AWS::ApiGateway::Stage"}
    may = {
        "AWS::Cognito::UserPoolClient",
        "AWS::IAM::Role",
    }  # given the new scopes; the gateway's, to invoke the new ones
    assert changed <= deployment | may


def test_the_stages_differ_only_in_what_stages_py_names(template):
    def types(stage):
        return Counter(resource["Type"] for resource in template(stage).to_json()["Resources"].values())

    firewall = Counter(["AWS::WAFv2::WebACL", "AWS::WAFv2::WebACLAssociation"])
    assert types("local") == types("dev") == types("prod") - firewall
