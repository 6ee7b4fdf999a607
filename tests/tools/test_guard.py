"""Deploys that would lose data are refused, each loss by name; everything else passes."""

import copy
import json
from types import SimpleNamespace

import pytest
from botocore.exceptions import ClientError

from tests.support.gallery.parcels import PARCELS
from tools.ops.guard import deployed_template, guard, refuse_index_changes, refuse_loss
from tools.ops.target import Target
from tools.problem import Problem


@pytest.fixture(scope="module")
def prod(template):
    """The template of prod."""
    return template("prod", (PARCELS,)).to_json()


@pytest.fixture
def planned(prod):
    """A copy of it to change."""
    return copy.deepcopy(prod)


def table_id(template):
    return next(name for name, one in template["Resources"].items() if one["Type"] == "AWS::DynamoDB::GlobalTable")


def table(template):
    return template["Resources"][table_id(template)]


def test_the_same_again_passes(prod, planned):
    refuse_loss(prod, planned)


def test_a_first_deploy_passes(prod):
    refuse_loss({}, prod)


def delete(template):
    del template["Resources"][table_id(template)]


def rename(template):
    template["Resources"]["Wares"] = template["Resources"].pop(table_id(template))


def change_key(template):
    table(template)["Properties"]["KeySchema"][0]["AttributeName"] = "code"
    table(template)["Properties"]["AttributeDefinitions"].append({"AttributeName": "code", "AttributeType": "S"})


def change_type_of_key(template):
    table(template)["Properties"]["AttributeDefinitions"][0]["AttributeType"] = "N"


def name_it(template):
    table(template)["Properties"]["TableName"] = "things"


def stop_retaining(template):
    table(template)["DeletionPolicy"] = "Delete"


def stop_protecting(template):
    table(template)["Properties"]["Replicas"][0]["DeletionProtectionEnabled"] = False


def stop_recording(template):
    del table(template)["Properties"]["Replicas"][0]["PointInTimeRecoverySpecification"]


def delete_users(template):
    del template["Resources"][next(name for name in template["Resources"] if name.startswith("IdentityUsers"))]


LOSSES = [delete, rename, change_key, change_type_of_key, name_it, stop_retaining, stop_protecting, stop_recording]


@pytest.mark.parametrize("change", LOSSES, ids=lambda change: change.__name__)
def test_a_loss_is_refused_and_named(prod, planned, change):
    change(planned)

    with pytest.raises(Problem, match=f"(?s)Nothing was deployed.*{table_id(prod)}") as refused:
        refuse_loss(prod, planned)
    assert str(refused.value).endswith(f"LOSE={table_id(prod)}")


@pytest.mark.parametrize("kind", ["AWS::Cognito::UserPool", "AWS::SQS::Queue", "AWS::Backup::BackupVault"])
def test_tables_are_not_all_that_holds_data(prod, planned, kind):
    lost = next(name for name, resource in prod["Resources"].items() if resource["Type"] == kind)
    del planned["Resources"][lost]

    with pytest.raises(Problem, match=lost):
        refuse_loss(prod, planned)


def test_a_replica_is_not_given_up_unasked(synthesized_with_replica):
    both, one = synthesized_with_replica

    with pytest.raises(Problem, match="us-west-2"):
        refuse_loss(both, one)
    refuse_loss(one, both)


@pytest.fixture(scope="module")
def synthesized_with_replica(prod):
    """A template with a replica, and the same without."""
    replica = copy.deepcopy(table(prod)["Properties"]["Replicas"][0]) | {"Region": "us-west-2"}
    both = copy.deepcopy(prod)
    table(both)["Properties"]["Replicas"].append(replica)
    return both, prod


def test_only_named_losses_are_accepted(prod, planned):
    delete(planned)

    refuse_loss(prod, planned, frozenset({table_id(prod)}))

    delete_users(planned)
    with pytest.raises(Problem, match="IdentityUsers"):
        refuse_loss(prod, planned, frozenset({table_id(prod)}))


def test_code_indexes_and_settings_may_change(prod, planned):
    properties = table(planned)["Properties"]
    properties["GlobalSecondaryIndexes"].pop()
    properties["TimeToLiveSpecification"] = {"Enabled": False}
    planned["Resources"] = {
        name: resource for name, resource in planned["Resources"].items() if resource["Type"] != "AWS::Lambda::Function"
    }

    refuse_loss(prod, planned)


def index(name, key="status"):
    return {
        "IndexName": name,
        "KeySchema": [{"AttributeName": key, "KeyType": "HASH"}],
        "Projection": {"ProjectionType": "ALL"},
    }


def add_one_index(properties):
    properties["GlobalSecondaryIndexes"].append(index("by_maker"))


def add_two_indexes(properties):
    properties["GlobalSecondaryIndexes"] += [index("by_maker"), index("by_size")]


def rename_an_index(properties):
    properties["GlobalSecondaryIndexes"][0]["IndexName"] = "other"


def delete_all_indexes(properties):
    del properties["GlobalSecondaryIndexes"]


def change_a_key(properties):
    properties["GlobalSecondaryIndexes"][0]["KeySchema"][0]["AttributeName"] = "status"


def change_a_keys_type(properties):
    key = properties["GlobalSecondaryIndexes"][0]["KeySchema"][0]["AttributeName"]
    (attribute,) = [one for one in properties["AttributeDefinitions"] if one["AttributeName"] == key]
    attribute["AttributeType"] = "B"


def change_a_projection(properties):
    properties["GlobalSecondaryIndexes"][0]["Projection"] = {"ProjectionType": "KEYS_ONLY"}


REFUSED = {
    add_two_indexes: r"one deploy for each \(add by_maker, add by_size\)",
    rename_an_index: r"add other, delete newest",
    delete_all_indexes: r"3 indexes are added or deleted at once",
    change_a_key: "deploy it under a new name first",
    change_a_keys_type: "deploy it under a new name first",
    change_a_projection: "deploy it under a new name first",
}


@pytest.mark.parametrize(("change", "told"), REFUSED.items(), ids=lambda case: getattr(case, "__name__", ""))
def test_index_changes_that_dynamodb_refuses_are_refused_with_the_deploys_that_work(prod, planned, change, told):
    change(table(planned)["Properties"])

    with pytest.raises(Problem, match=f"(?s)Nothing was deployed.*{table_id(prod)}.*{told}"):
        refuse_index_changes(prod, planned)


def test_one_index_may_be_added_and_a_new_table_may_have_several(prod, planned):
    add_one_index(table(planned)["Properties"])

    refuse_index_changes(prod, planned)
    refuse_index_changes({}, planned)


def test_a_region_that_is_named_now_is_the_one_it_was(prod, planned, tmp_path):
    table(planned)["Properties"]["Replicas"][0]["Region"] = "eu-west-1"
    (tmp_path / "prod.template.json").write_text(json.dumps(planned))

    guard(Target("prod", "123456789012", "eu-west-1", lambda _: Deployed(prod)), tmp_path, "")
    with pytest.raises(Problem, match="eu-west-2"):
        guard(Target("prod", "123456789012", "eu-west-2", lambda _: Deployed(prod)), tmp_path, "")


class Deployed:
    """CloudFormation with one stack."""

    def __init__(self, template):
        self.template = template

    def get_template(self, **_):
        return {"TemplateBody": self.template}


def test_a_stack_that_is_not_there_has_nothing_to_lose():
    def answer(**_):
        error = {"Error": {"Code": "ValidationError", "Message": "Stack with id prod does not exist"}}
        raise ClientError(error, "GetTemplate")

    assert deployed_template(SimpleNamespace(get_template=answer), "prod") == {}


def test_an_account_that_does_not_answer_is_not_taken_for_an_empty_one():
    def answer(**_):
        raise ClientError({"Error": {"Code": "AccessDenied", "Message": "not authorized"}}, "GetTemplate")

    with pytest.raises(ClientError):
        deployed_template(SimpleNamespace(get_template=answer), "prod")
