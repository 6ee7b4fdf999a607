"""Forty resources in one service: every quota of AWS that grows with them, in production's stage."""

import json
import re
from dataclasses import replace

import pytest

from stacks.api.identity import TooManyScopes, prefixes
from tests.support import stages
from tests.support.assemblies import synthesized
from tests.support.gallery.check_marks import CHECK_MARKS
from tests.support.gallery.customers import CUSTOMERS
from tests.support.gallery.notes import NOTES
from tests.support.gallery.parcels import PARCELS
from tests.support.templates import built
from tools.ops.first_deploy import OPERATION
from tools.ops.stack import nested_stacks, nested_template

pytestmark = pytest.mark.checkers

SHAPES = (CUSTOMERS, NOTES, PARCELS, CHECK_MARKS)
FORTY = tuple(
    replace(
        SHAPES[number % 4], path=f"{SHAPES[number % 4].path}-{number}", live=number < 4, scopes=f"part-{number % 20}"
    )
    for number in range(40)
)
RANDOM = "-ABCDEFGHIJKLM"  # the end of a name that CloudFormation makes


@pytest.fixture(scope="module")
def whole():
    return built(stages.named("prod"), FORTY).to_json()


@pytest.fixture(scope="module")
def templates():
    """The template of the stack, and those of its nested stacks, by name."""
    folder, root = synthesized(stages.named("prod"), FORTY)
    return {"": root} | {name: nested_template(folder, root, name) for name in nested_stacks(root)}


def of_type(template, kind):
    return {name: one["Properties"] for name, one in template["Resources"].items() if one["Type"] == kind}


STACK = f"{'n' * 34}-prod"  # of the longest name that leaves room for forty resources, whatever the project's own is


def written(value):
    """A value as it is once deployed, about: names as CloudFormation makes them, ARNs of a long region."""
    match value:
        case {"Ref": str(name)}:
            return name if name.startswith("AWS::") else f"{STACK}-{name}{RANDOM}"
        case {"Fn::GetAtt": [str(name), str(attribute)]}:
            stream = "/stream/2026-11-27T12:00:00.000" if attribute == "StreamArn" else ""
            return f"arn:aws:dynamodb:ap-southeast-2:123456789012:table/{STACK}-{name}{RANDOM}{stream}"
        case {"Fn::Join": [str(between), list(parts)]}:
            return between.join(map(written, parts))
        case {"Fn::Sub": str(text)}:
            return text
        case dict():
            return {name: written(each) for name, each in value.items()}
        case list():
            return [written(each) for each in value]
    return value


def test_each_stack_has_what_cloudformation_takes(templates):
    for name, template in templates.items():
        size = len(json.dumps(template, indent=1))
        parts = [len(template.get(part, {})) for part in ("Resources", "Parameters", "Outputs")]
        print(f"{name or 'the stack of the stage'}: {size:,} bytes; {parts} resources, parameters, outputs")
        assert size <= 1_000_000
        assert parts[0] <= 500
        assert max(parts[1:]) <= 200


def test_two_operations_deploy_all_the_first_without_gradual_deployments(whole, templates):
    gradual = [
        *(len(of_type(whole, f"AWS::{kind}")) for kind in ("Lambda::Version", "Lambda::Alias")),
        len(of_type(whole, "AWS::CodeDeploy::DeploymentGroup")),
        len([name for name in of_type(whole, "AWS::CloudWatch::Alarm") if "Failing" in name]),
    ]
    count = sum(len(template["Resources"]) for template in templates.values())
    print(f"{count} resources, {sum(gradual)} of them for gradual deployments")

    assert count - sum(gradual) <= OPERATION
    changed = len(of_type(whole, "AWS::ApiGateway::Method")) + len(of_type(whole, "AWS::Lambda::Function"))
    assert sum(gradual) + changed + len(templates) <= OPERATION


def test_the_policies_of_each_role_fit_into_a_role(whole):
    for name, role in of_type(whole, "AWS::IAM::Role").items():
        policies = [
            json.dumps(written(one["PolicyDocument"]), separators=(",", ":")) for one in role.get("Policies", ())
        ]
        assert sum(map(len, policies)) <= 10_240, name


def test_the_environment_of_each_function_fits(whole):
    for name, function in of_type(whole, "AWS::Lambda::Function").items():
        variables = written(function.get("Environment", {}).get("Variables", {}))
        assert sum(len(f"{key}{value}") for key, value in variables.items()) <= 4_096, name


def test_each_dashboard_has_what_cloudwatch_shows(whole):
    dashboards = of_type(whole, "AWS::CloudWatch::Dashboard").values()
    shown = [json.loads(written(one["DashboardBody"]))["widgets"] for one in dashboards]

    assert len(re.findall("requests by operation", json.dumps(shown))) == len(FORTY)
    for widgets in shown:
        metrics = [len(one["properties"].get("metrics", ())) for one in widgets]
        assert len(widgets) <= 500
        assert max(metrics) <= 500
        assert sum(metrics) <= 2_500


def test_the_api_and_the_user_pool_have_what_is_allowed_by_default(whole):
    assert len(of_type(whole, "AWS::ApiGateway::Resource")) <= 300
    assert len(of_type(whole, "AWS::Cognito::UserPoolResourceServer")) <= 25
    for client in of_type(whole, "AWS::Cognito::UserPoolClient").values():
        assert len(client["AllowedOAuthScopes"]) <= 50


def test_more_scopes_than_a_client_may_have_are_refused_with_the_remedy():
    alone = tuple(replace(resource, scopes="") for resource in FORTY)

    with pytest.raises(TooManyScopes, match=r'40 resources have scopes of their own.*those of 24.*scopes="catalog"'):
        prefixes(alone)
    assert len(prefixes(alone[:24])) == 24


def test_every_function_has_a_handler_of_its_own_and_a_name_that_cloudformation_makes(whole):
    assert not [one for one in of_type(whole, "AWS::Lambda::Function").values() if "FunctionName" in one]
    assert not [one for one in of_type(whole, "AWS::IAM::Role").values() if "RoleName" in one]
