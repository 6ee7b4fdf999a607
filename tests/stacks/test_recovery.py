"""Backups, keys and replicas, as the stages ask for them."""

import pytest

from stacks.stage import WrongStage
from tests.support import stages
from tests.support.templates import PLAIN

TABLE = "AWS::DynamoDB::GlobalTable"


def only(template, kind):
    (found,) = template.find_resources(kind).values()
    return found


@pytest.fixture
def prod():
    return stages.named("prod")


def test_production_is_copied_every_day_for_35_days_and_every_month_for_a_year(template):
    plan = only(template("prod"), "AWS::Backup::BackupPlan")["Properties"]["BackupPlan"]

    kept = {rule["RuleName"]: rule["Lifecycle"]["DeleteAfterDays"] for rule in plan["BackupPlanRule"]}
    assert kept == {"Daily": 35, "Monthly": 366}
    assert [rule["ScheduleExpression"] for rule in plan["BackupPlanRule"]] == ["cron(0 3 * * ? *)", "cron(0 4 1 * ? *)"]


def test_every_table_is_copied_into_a_vault_that_outlives_the_stack(template):
    selected = only(template("prod"), "AWS::Backup::BackupSelection")["Properties"]["BackupSelection"]["Resources"]

    assert {one["Fn::GetAtt"][0] for one in selected} == template("prod").find_resources(TABLE).keys()
    vault = only(template("prod"), "AWS::Backup::BackupVault")
    assert (vault["DeletionPolicy"], vault["UpdateReplacePolicy"]) == ("RetainExceptOnCreate", "Retain")


def test_without_a_key_of_ours_data_is_encrypted_with_keys_that_cost_nothing(template):
    template("prod").resource_count_is("AWS::KMS::Key", 0)


def test_a_key_of_ours_encrypts_tables_topics_and_queues_and_is_renewed(synthesize, prod):
    template = synthesize(prod, own_key=True, region="us-east-1")

    (key_id,) = template.find_resources("AWS::KMS::Key")
    key = only(template, "AWS::KMS::Key")
    assert (key["Properties"]["EnableKeyRotation"], key["DeletionPolicy"]) == (True, "RetainExceptOnCreate")
    arn = {"Fn::GetAtt": [key_id, "Arn"]}
    for table in template.find_resources(TABLE).values():
        assert table["Properties"]["Replicas"][0]["SSESpecification"] == {"KMSMasterKeyId": arn}
    topics = template.find_resources("AWS::SNS::Topic").values()
    queues = template.find_resources("AWS::SQS::Queue").values()
    assert {str(one["Properties"]["KmsMasterKeyId"]) for one in (*topics, *queues)} == {str(arn)}


def test_the_key_opens_only_for_this_account_and_through_the_services_that_keep_the_data(synthesize, prod):
    key = only(synthesize(prod, own_key=True, region="us-east-1"), "AWS::KMS::Key")["Properties"]["KeyPolicy"]

    open_to_all = [one for one in key["Statement"] if one["Principal"] == {"AWS": "*"}]
    assert open_to_all
    for statement in open_to_all:
        assert {"kms:CallerAccount", "kms:ViaService"} <= statement["Condition"]["StringEquals"].keys()
    services = [one for one in key["Statement"] if "Service" in one["Principal"]]
    conditioned = {
        service: account_of(one["Condition"])
        for one in services
        for service in (
            [one["Principal"]["Service"]]
            if isinstance(one["Principal"]["Service"], str)
            else one["Principal"]["Service"]
        )
    }
    assert conditioned.keys() == {f"{one}.amazonaws.com" for one in ("sns", "s3", "cloudwatch", "cloudfront")}
    assert all("AWS::AccountId" in account for account in conditioned.values())


def account_of(condition):
    """The account that a service must act for: CloudFront names it in the ARN of a distribution."""
    values = {name.lower(): value for each in condition.values() for name, value in each.items()}
    return str(values.get("aws:sourceaccount") or values["aws:sourcearn"])


def test_a_replica_is_as_well_protected_as_the_table(synthesize, prod):
    template = synthesize(prod, region="us-east-1", replica_regions=("eu-west-1",))

    for table in template.find_resources(TABLE).values():
        here, there = sorted(table["Properties"]["Replicas"], key=lambda one: one["Region"], reverse=True)
        assert (here.pop("Region"), there.pop("Region")) == ("us-east-1", "eu-west-1")
        assert here == there
        assert there["DeletionProtectionEnabled"]
        assert there["PointInTimeRecoverySpecification"]["RecoveryPeriodInDays"] == 35


def test_replicas_do_not_replace_a_table(template, synthesize, prod):
    one = template("prod", PLAIN).find_resources(TABLE)
    two = synthesize(prod, region="us-east-1", replica_regions=("eu-west-1",)).find_resources(TABLE)

    assert {name: table["Properties"]["KeySchema"] for name, table in one.items()} == {
        name: table["Properties"]["KeySchema"] for name, table in two.items()
    }


@pytest.mark.parametrize(
    "settings",
    [
        {"replica_regions": ("eu-west-1",)},
        {"region": "eu-west-1", "replica_regions": ("eu-west-1",)},
        {"region": "us-east-1", "replica_regions": ("eu-west-1",), "own_key": True},
        {"own_key": True},
        {
            "region": "us-east-1",
            "own_key": True,
            "replica_keys": (("eu-west-1", "arn:aws:kms:eu-west-1:123456789012:key/1"),),
        },
    ],
)
def test_settings_that_contradict_each_other_are_refused(synthesize, prod, settings):
    with pytest.raises(WrongStage, match=r"prod: .*replica_"):
        synthesize(prod, **settings)
