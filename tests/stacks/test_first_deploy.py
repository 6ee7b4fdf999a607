"""A first deploy to a fresh account: nothing has to be set up by hand, and one that failed can be repeated."""

import pytest

from tests.support import stages
from tests.support.dependencies import made_before


@pytest.fixture(params=["dev", "prod"])
def stack(request, template):
    return template(request.param).to_json()


def of_type(stack, kind):
    return [name for name, one in stack["Resources"].items() if one["Type"] == kind]


def test_a_stage_that_writes_an_access_log_waits_until_the_role_for_logs_is_set(stack):
    (stage,) = of_type(stack, "AWS::ApiGateway::Stage")
    (custom,) = of_type(stack, "Custom::ApiGatewayLogRole")

    assert "AccessLogSetting" in stack["Resources"][stage]["Properties"]
    assert custom in made_before(stack, stage)


def test_the_role_for_logs_has_its_policy_from_the_beginning_and_outlives_the_stack(stack):
    (custom,) = of_type(stack, "Custom::ApiGatewayLogRole")
    properties = stack["Resources"][custom]["Properties"]
    role = stack["Resources"][properties["RoleArn"]["Fn::GetAtt"][0]]

    assert "AmazonAPIGatewayPushToCloudWatchLogs" in str(role["Properties"]["ManagedPolicyArns"])
    assert (role["DeletionPolicy"], role["UpdateReplacePolicy"]) == ("Retain", "Retain")


def test_without_an_access_log_there_is_no_such_resource(synthesize):
    stack = synthesize(stages.named("dev"), access_log=False).to_json()

    assert of_type(stack, "Custom::ApiGatewayLogRole") == []


RETAINED = ("Retain", "RetainExceptOnCreate")
# Properties that name a resource for all of an account or region, and would collide with one that was left behind.
NAMES = {
    "AWS::DynamoDB::GlobalTable": "TableName",
    "AWS::Cognito::UserPool": "UserPoolName",
    "AWS::KMS::Key": None,  # has only an id
    "AWS::Backup::BackupVault": "BackupVaultName",
    "AWS::IAM::Role": "RoleName",
    "AWS::S3::Bucket": "BucketName",
    "AWS::Lambda::Version": None,
}


@pytest.mark.parametrize("settings", [{}, {"own_key": True, "region": "us-east-1"}])
def test_what_a_deleted_stack_leaves_behind_does_not_collide_with_the_next_one(synthesize, settings):
    stack = synthesize(stages.named("prod"), **settings).to_json()["Resources"]

    retained = {name: one for name, one in stack.items() if one.get("DeletionPolicy") in RETAINED}
    assert {one["Type"] for one in retained.values()} <= NAMES.keys()
    for one in retained.values():
        name = one["Properties"].get(NAMES[one["Type"]])
        assert name is None or "AWS::StackId" in str(name)


def test_a_failed_first_deploy_leaves_nothing_that_does_not_protect_itself(synthesize):
    """A table and a pool with deletion protection cannot be deleted by a rollback, so they say Retain."""
    stack = synthesize(stages.named("prod"), own_key=True, region="us-east-1").to_json()["Resources"]

    kept = {one["Type"] for one in stack.values() if one.get("DeletionPolicy") == "Retain"}
    assert kept == {"AWS::DynamoDB::GlobalTable", "AWS::Cognito::UserPool", "AWS::IAM::Role", "AWS::Lambda::Version"}
