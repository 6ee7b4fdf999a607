"""The template as a whole: how large it is, and that a second resource is one more class."""

import json
import re
from dataclasses import replace

import pytest

from lambdas.rest.declarations import RESOURCES
from lambdas.rest.routes import methods_by_path, routes
from stacks import stages
from tests.support.gallery.customers import CUSTOMERS

BOTH = (*RESOURCES, CUSTOMERS)

LIMIT = 500  # resources of a stack: CloudFormation's quota
BUDGET = 45  # of one resource of the API


def size(template):
    return len(template.to_json()["Resources"])


@pytest.mark.parametrize("stage", ["local", "dev", "prod"])
def test_a_resource_costs_at_most_45_of_the_500_that_a_stack_may_have(synthesize, stage):
    """Where versions do not change gradually: tests/stacks/test_rollout.py says what that adds."""
    plain = tuple(replace(resource, live=False) for resource in BOTH)  # test_live.py has what live changes cost, once
    sizes = (
        size(synthesize(stages.named(stage), gradual=False, resources=each)) for each in (plain[:-1], plain, plain[1:])
    )
    one, two, other = sizes

    each = two - one
    alone = other - each  # what there is once, of a service without files
    fit = (LIMIT - alone) // each
    print(f"{stage}: {alone} and {each} a resource, so {fit} resources fit in a stack")
    assert each <= BUDGET
    assert fit >= 9


def test_a_second_resource_gets_its_routes_functions_and_table_and_changes_nothing_of_the_first(template):
    before, after = template("dev").to_json()["Resources"], template("dev", BOTH).to_json()["Resources"]

    added = [after[name]["Type"] for name in after.keys() - before.keys()]
    rows = list(routes(CUSTOMERS))
    assert added.count("AWS::Lambda::Function") == len(rows) == 7
    bounds = 2 * len(methods_by_path(CUSTOMERS))  # each path's OPTIONS, and 405 for what it does not take
    assert added.count("AWS::ApiGateway::Method") == sum(len(route.methods) for route in rows) + bounds
    assert added.count("AWS::DynamoDB::GlobalTable") == 1
    changed = {name for name in before if before[name] != after.get(name)}
    whole = ("Api", "Events", "Monitoring", "Identity")  # what there is once for all resources
    assert [name for name in changed if not name.startswith(whole)] == []


@pytest.mark.parametrize("name", ["local", "dev", "prod"])
def test_stages_differ_in_their_settings_and_nothing_depends_on_their_names(synthesize, name):
    prod = stages.named("prod")

    named, renamed = (synthesize(replace(prod, name=one)) for one in (name, "another"))

    assert without_names(named, name) == without_names(renamed, "another")


def without_names(template, stage):
    """The lines of a template without the stage's name, and without the hashes that the name is a part of."""
    text = json.dumps(template.to_json(), indent=1)
    text = re.sub(rf"\b{stage}(?!host|ucts)|(?<=crud){stage}|(?<=Stage){stage}", "STAGE", text)
    return re.sub(r"[0-9A-F]{8}([0-9a-f]{32})?(?![0-9A-Za-z])", "HASH", text).splitlines()
