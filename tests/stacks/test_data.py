"""Resources that hold data: a deploy must not lose it, so their identity is pinned here, in literals.

Tables of the gallery stand for every table: their logical ids follow from the path in the same way.
Pin your own beside the tests of your resources, in a folder of tests/resources.
"""

import pytest
from aws_cdk import App, Stack

from stacks.data.tables import Table
from tests.support import stages
from tests.support.gallery import GALLERY
from tests.support.templates import WITH_FILES, keys_and_indexes

PINNED = {
    "ParcelsTable57E0FB8D": {
        "KeySchema": [{"AttributeName": "id", "KeyType": "HASH"}],
        "GlobalSecondaryIndexes": {
            "newest": [
                {"AttributeName": "newest_shard", "KeyType": "HASH"},
                {"AttributeName": "id", "KeyType": "RANGE"},
            ],
            "by_status": [
                {"AttributeName": "status", "KeyType": "HASH"},
                {"AttributeName": "due", "KeyType": "RANGE"},
            ],
            "by_name": [
                {"AttributeName": "name", "KeyType": "HASH"},
                {"AttributeName": "status", "KeyType": "HASH"},
                {"AttributeName": "due", "KeyType": "RANGE"},
                {"AttributeName": "price", "KeyType": "RANGE"},
            ],
        },
    },
    "NotesTable7100B0E8": {
        "KeySchema": [{"AttributeName": "id", "KeyType": "HASH"}],
        "GlobalSecondaryIndexes": {
            "newest": [{"AttributeName": "owner", "KeyType": "HASH"}, {"AttributeName": "id", "KeyType": "RANGE"}],
            "by_color": [{"AttributeName": "owner", "KeyType": "HASH"}, {"AttributeName": "color", "KeyType": "RANGE"}],
        },
    },
}


@pytest.mark.parametrize("stage", ["local", "dev", "prod"])
def test_tables_keep_their_logical_ids_keys_and_indexes(template, stage):
    assert keys_and_indexes(template(stage, WITH_FILES)) == PINNED


@pytest.fixture(scope="module")
def tables():
    """The template of a stack that has nothing but the tables of the gallery, by their paths."""
    app = App(tree_metadata=False)
    stack = Stack(app, "Tables")
    for resource in GALLERY:
        Table(stack, resource.path.replace("-", ""), model=resource.model, stage=stages.named("dev"))
    return app.synth().get_stack_by_name("Tables").template["Resources"]


@pytest.mark.parametrize("resource", GALLERY, ids=lambda resource: resource.path)
def test_a_table_has_the_keys_that_its_model_declares(tables, resource):
    (table,) = (one for name, one in tables.items() if name[:-8] == resource.path.replace("-", ""))
    declared = resource.model.schema.create_table("it")

    assert table["Type"] == "AWS::DynamoDB::GlobalTable"
    assert table["Properties"]["KeySchema"] == declared["KeySchema"]
    for made, index in zip(
        table["Properties"]["GlobalSecondaryIndexes"], declared["GlobalSecondaryIndexes"], strict=True
    ):
        assert {name: made[name] for name in ("IndexName", "KeySchema")} == {
            name: index[name] for name in ("IndexName", "KeySchema")
        }


def test_no_table_has_a_name_of_its_own_that_a_replacement_would_collide_with(template):
    for table in template("prod").find_resources("AWS::DynamoDB::GlobalTable").values():
        assert "TableName" not in table["Properties"]


def test_expired_items_are_deleted(template):
    expiry = {"AttributeName": "_expires", "Enabled": True}

    template("dev").all_resources("AWS::DynamoDB::GlobalTable", {"Properties": {"TimeToLiveSpecification": expiry}})


def test_production_data_survives_the_stack_and_can_be_recovered_for_35_days(template):
    recovery = {"PointInTimeRecoveryEnabled": True, "RecoveryPeriodInDays": 35}
    replica = {"DeletionProtectionEnabled": True, "PointInTimeRecoverySpecification": recovery}

    template("prod").all_resources(
        "AWS::DynamoDB::GlobalTable",
        {
            "DeletionPolicy": "Retain",
            "UpdateReplacePolicy": "Retain",
            "Properties": {"Replicas": [replica]},
        },
    )


def test_data_of_other_stages_goes_with_the_stack(template):
    template("dev").all_resources("AWS::DynamoDB::GlobalTable", {"DeletionPolicy": "Delete"})


@pytest.mark.parametrize("stage", ["local", "dev", "prod"])
def test_buckets_of_files_keep_their_logical_ids(template, stage):
    buckets = template(stage, WITH_FILES).find_resources("AWS::S3::Bucket")

    assert {"FilesUploads4BF93D6F", "FilesPublishedE2E8B690"} <= buckets.keys()
    assert all("BucketName" not in one["Properties"] for one in buckets.values())  # a replacement would collide with it


def test_production_keeps_its_files_when_the_stack_goes_and_their_old_versions_for_35_days(template):
    bucket = template("prod", WITH_FILES).find_resources("AWS::S3::Bucket")["FilesPublishedE2E8B690"]

    assert (bucket["DeletionPolicy"], bucket["UpdateReplacePolicy"]) == ("RetainExceptOnCreate", "Retain")
    assert bucket["Properties"]["VersioningConfiguration"] == {"Status": "Enabled"}
    rules = bucket["Properties"]["LifecycleConfiguration"]["Rules"]
    assert [one["NoncurrentVersionExpiration"] for one in rules if "NoncurrentVersionExpiration" in one] == [
        {"NoncurrentDays": 35}
    ]
    assert not [one for one in rules if "ExpirationInDays" in one]


@pytest.mark.parametrize("stage", ["local", "dev", "prod"])
def test_the_user_pool_is_not_replaced(template, stage):
    (users,) = template(stage).find_resources("AWS::Cognito::UserPool").items()

    logical_id, pool = users
    assert logical_id == "IdentityUsers61009EFD"
    assert pool["Properties"]["UsernameAttributes"] == ["email"]  # a change of these makes a new pool, without people
    assert pool["Properties"]["UsernameConfiguration"] == {"CaseSensitive": False}
    assert "Schema" not in pool["Properties"]


def test_production_keeps_its_people_when_the_stack_goes(template):
    template("prod").has_resource(
        "AWS::Cognito::UserPool",
        {
            "DeletionPolicy": "Retain",
            "UpdateReplacePolicy": "Retain",
            "Properties": {"DeletionProtection": "ACTIVE"},
        },
    )
