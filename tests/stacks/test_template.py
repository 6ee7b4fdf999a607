"""The template as a whole: how large it is, and that a second resource is one more class."""

import json
import re
from dataclasses import replace

import pytest

from lambdas.rest.routes import methods_by_path, routes
from stacks.names import SERVICE
from tests.support import stages
from tests.support.assemblies import synthesized
from tests.support.gallery.customers import CUSTOMERS
from tests.support.gallery.parcels import PARCELS
from tests.support.templates import few
from tools.ops.stack import nested_stacks, nested_template

ONE, BOTH = (PARCELS,), (PARCELS, CUSTOMERS)

LIMIT = 500  # resources of a stack: CloudFormation's quota
IN_ROOT, NESTED = 8, 105  # at most, of one resource of the API: in the stage's stack, and in a nested stack of its own
DATA = ("Table", "Pool", "Key", "Bucket", "Queue", "Vault")  # ends of the types that may hold data


@pytest.mark.parametrize("stage", ["local", "dev", "prod"])
def test_a_resource_costs_the_stack_of_the_stage_little_and_has_a_nested_stack_for_the_rest(stage):
    (_, one), (folder, two) = (synthesized(stages.named(stage), each) for each in (BOTH[:-1], BOTH))

    each = len(two["Resources"]) - len(one["Resources"])
    fit = (LIMIT - len(one["Resources"])) // each
    sizes = {name: len(nested_template(folder, two, name)["Resources"]) for name in nested_stacks(two)}
    print(f"{stage}: {each} a resource, so {fit} more fit; nested stacks: {sizes}")
    assert each <= IN_ROOT
    assert max(sizes.values()) <= NESTED


@pytest.mark.parametrize("stage", ["local", "dev", "prod"])
def test_nothing_that_holds_data_is_in_a_nested_stack(stage):
    folder, template = synthesized(stages.named(stage), BOTH)

    for name in nested_stacks(template):
        kinds = {one["Type"] for one in nested_template(folder, template, name)["Resources"].values()}
        assert not {kind for kind in kinds if kind.endswith(DATA)}


@pytest.mark.parametrize("stage", ["local", "dev", "prod"])
def test_the_api_is_deployed_after_all_nested_stacks_and_anew_when_a_method_in_one_changes(stage):
    def deployment(resources):
        _, template = synthesized(stages.named(stage), resources)
        ((name, one),) = (
            each for each in template["Resources"].items() if each[1]["Type"] == "AWS::ApiGateway::Deployment"
        )
        return name, set(one["DependsOn"]) & {*nested_stacks(template)}, {*nested_stacks(template)}

    first, second = few(PARCELS), few(CUSTOMERS)
    signed = replace(second, access={"get": "iam"})
    (before, waits_for, nested), (after, _, _) = deployment((first, second)), deployment((first, signed))
    assert waits_for == nested
    assert before != after


def test_a_second_resource_gets_its_routes_functions_and_table_and_changes_nothing_of_the_first(template):
    before, after = template("dev", ONE).to_json()["Resources"], template("dev", BOTH).to_json()["Resources"]

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

    named, renamed = (synthesize(replace(prod, name=one)) for one in (name, "trial"))

    assert without_names(named, name) == without_names(renamed, "trial")


def without_names(template, stage):
    """The lines of a template without the stage's name, and without the hashes that the name is a part of."""
    text = json.dumps(template.to_json(), indent=1)
    text = re.sub(rf"\b{stage}(?!host|ucts)|(?<={SERVICE.replace('-', '')}){stage}|(?<=Stage){stage}", "STAGE", text)
    text = re.sub(rf'"{SERVICE[:8]}[a-z-]*(STAGE)?(?=[A-Z])', '"NAME', text)  # CDK leaves out the middle of a long name
    text = re.sub(r'(?<="ContentKey": ")[0-9a-f]{64}', "HASH", text)  # where nothing is built, CDK makes it of the path
    return re.sub(r"[0-9A-F]{8}([0-9a-f]{32})?(?![0-9A-Za-z])", "HASH", text).splitlines()
