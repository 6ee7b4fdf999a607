"""A new version gets a tenth of the calls first, and none if its alarm goes off."""

import pytest

from tests.support import stages
from tests.support.alarm import is_in_alarm, metrics_of
from tests.support.gallery.customers import CUSTOMERS
from tests.support.gallery.parcels import PARCELS
from tests.support.templates import few

BOTH = (few(PARCELS), few(CUSTOMERS))

FUNCTION = "AWS::Lambda::Function"
ALIAS = "AWS::Lambda::Alias"


def operations(template):
    """The functions that the API calls."""
    found = template.find_resources(FUNCTION)
    return {name for name, one in found.items() if "RESOURCE" in one["Properties"]["Environment"]["Variables"]}


def failing(template):
    return {
        name: alarm["Properties"]
        for name, alarm in template.find_resources("AWS::CloudWatch::Alarm").items()
        if "Failing" in name
    }


def test_the_gateway_calls_aliases_and_every_function_has_one(template):
    aliases = template("prod").find_resources(ALIAS)

    assert {alias["Properties"]["FunctionName"]["Ref"] for alias in aliases.values()} == operations(template("prod"))
    for method in template("prod").find_resources("AWS::ApiGateway::Method").values():
        integration = method["Properties"]["Integration"]
        tickets = "LiveTicket" in str(integration["Uri"]) if integration["Type"] == "AWS_PROXY" else False
        if integration["Type"] == "AWS_PROXY" and not tickets:  # live changes are not of one resource
            assert any(f"'{name}'" in str(integration["Uri"]) for name in aliases)


def test_codedeploy_shifts_each_alias_a_tenth_first(template):
    groups = template("prod").find_resources("AWS::CodeDeploy::DeploymentGroup")

    updates = [
        alias["UpdatePolicy"]["CodeDeployLambdaAliasUpdate"]
        for alias in template("prod").find_resources(ALIAS).values()
    ]
    assert {update["DeploymentGroupName"]["Ref"] for update in updates} == groups.keys()
    configurations = {group["Properties"]["DeploymentConfigName"] for group in groups.values()}
    assert configurations == {"CodeDeployDefault.LambdaCanary10Percent5Minutes"}


def test_a_new_version_is_taken_back_when_the_alarm_of_its_function_goes_off(template):
    for name, group in template("prod").find_resources("AWS::CodeDeploy::DeploymentGroup").items():
        rollback, watched = group["Properties"]["AutoRollbackConfiguration"], group["Properties"]["AlarmConfiguration"]
        assert (rollback["Enabled"], watched["Enabled"]) == (True, True)
        assert "DEPLOYMENT_STOP_ON_ALARM" in rollback["Events"]
        (alarm,) = [one["Name"]["Ref"] for one in watched["Alarms"]]
        assert alarm.split("Failing")[0] == name.split("Deployment")[0]


def test_each_function_has_an_alarm_that_reads_the_metrics_of_its_new_version_alone(template):
    """Errors of the version before must not stop a deploy that mends them."""
    versions = {
        str(one["Properties"]["FunctionName"]): {"Fn::GetAtt": [name, "Version"]}
        for name, one in template("prod").find_resources("AWS::Lambda::Version").items()
    }

    read = {}
    for alarm in failing(template("prod")).values():
        for metric in metrics_of(alarm):
            dimensions = {one["Name"]: one["Value"] for one in metric["Dimensions"]}
            function = dimensions.get("FunctionName") or dimensions["function_name"]
            version = dimensions.get("ExecutedVersion") or dimensions["version"]
            read.setdefault(str(function), []).append(version)
    assert read == {function: [version] * 3 for function, version in versions.items()}
    assert read.keys() == {str({"Ref": name}) for name in operations(template("prod"))}


def test_the_version_before_is_kept_to_go_back_to(template):
    template("prod").all_resources("AWS::Lambda::Version", {"DeletionPolicy": "Retain"})


@pytest.mark.parametrize(
    ("data", "goes_off"),
    [
        (
            {"Faults": [[1] * 10], "Errors": [[0]], "Invocations": [[1] * 100]},
            True,
        ),  # answered with 500, all of a tenth
        ({"Errors": [[1] * 2], "Invocations": [[1] * 2]}, True),  # crashed
        ({"Errors": [[1]], "Invocations": [[1] * 2]}, False),  # once
        ({"Faults": [[1] * 10], "Errors": [[0]], "Invocations": [[1] * 1_000]}, False),  # one in a hundred is the bound
        ({"Invocations": [[1] * 1_000], "Errors": [[0]]}, False),
        ({}, False),
    ],
)
def test_the_alarm_goes_off_when_it_should_and_not_otherwise(template, data, goes_off):
    for alarm in failing(template("prod")).values():
        assert is_in_alarm(alarm, data) is goes_off


def test_other_stages_deploy_at_once_and_pay_no_resource_for_it(template):
    for stage in ("local", "dev"):
        kinds = {one["Type"] for one in template(stage).to_json()["Resources"].values()}
        assert not {kind for kind in kinds if "CodeDeploy" in kind or kind in (ALIAS, "AWS::Lambda::Version")}


def test_snapshots_need_versions_but_no_codedeploy(synthesize):
    template = synthesize(stages.named("local"), snap_start=True)

    assert len(template.find_resources("AWS::Lambda::Version")) == len(operations(template))
    snapped = {name for name, one in template.find_resources(FUNCTION).items() if "SnapStart" in one["Properties"]}
    assert snapped == operations(template)
    template.resource_count_is("AWS::CodeDeploy::DeploymentGroup", 0)


def test_a_gradual_change_costs_four_resources_a_function(synthesize):
    for resources in (BOTH[:1], BOTH):
        at_once, gradual = (synthesize(stages.named("prod"), resources, gradual=one) for one in (False, True))
        more = len(gradual.to_json()["Resources"]) - len(at_once.to_json()["Resources"])
        assert more == 4 * len(operations(gradual)) + 2  # the application and its role
