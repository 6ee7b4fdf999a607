"""A first deploy that failed can be repeated: its empty stack is deleted, and no other."""

import json

import pytest
from botocore.exceptions import ClientError

from tools.ops.first_deploy import delete_failed_stack, needs_two_steps
from tools.ops.target import Target


class CloudFormation:
    """CloudFormation with one stack, which termination protection keeps."""

    def __init__(self, status):
        self.status, self.protected = status, True

    def describe_stacks(self, **_):
        if self.status is None:
            raise ClientError({"Error": {"Code": "ValidationError", "Message": "it does not exist"}}, "DescribeStacks")
        return {"Stacks": [{"StackStatus": self.status}]}

    def get_paginator(self, _):
        return self

    def paginate(self, **_):
        table = {
            "ResourceType": "AWS::DynamoDB::GlobalTable",
            "LogicalResourceId": "Things",
            "PhysicalResourceId": "things-1",
        }
        role = {"ResourceType": "AWS::IAM::Role", "LogicalResourceId": "Role", "PhysicalResourceId": "role-1"}
        yield {
            "StackResourceSummaries": [
                {**table, "ResourceStatus": "DELETE_SKIPPED"},
                {**role, "ResourceStatus": "DELETE_COMPLETE"},
            ]
        }

    def update_termination_protection(self, *, EnableTerminationProtection, **_):  # noqa: N803 - boto3's names
        self.protected = EnableTerminationProtection

    def delete_stack(self, **_):
        assert not self.protected
        self.status = None

    def get_waiter(self, name):
        assert name == "stack_delete_complete"
        return self

    def wait(self, **_):
        assert self.status is None


@pytest.mark.parametrize("status", ["ROLLBACK_COMPLETE", "ROLLBACK_FAILED"])
def test_a_stack_whose_creation_failed_is_deleted_and_what_it_leaves_behind_is_named(status):
    cloudformation = CloudFormation(status)

    said = delete_failed_stack(Target("prod", "1", "eu-west-1", lambda _: cloudformation))

    assert cloudformation.status is None
    assert said.endswith("left behind, to be deleted by hand: AWS::DynamoDB::GlobalTable things-1")


@pytest.mark.parametrize("status", [None, "CREATE_COMPLETE", "UPDATE_ROLLBACK_COMPLETE", "UPDATE_ROLLBACK_FAILED"])
def test_a_stack_that_was_ever_deployed_stays(status):
    cloudformation = CloudFormation(status)

    assert delete_failed_stack(Target("prod", "1", "eu-west-1", lambda _: cloudformation)) == ""
    assert (cloudformation.status, cloudformation.protected) == (status, True)


@pytest.mark.parametrize(
    ("nested", "status", "in_two"),
    [(2_400, None, True), (2_400, "CREATE_COMPLETE", False), (2_300, None, False)],
)
def test_a_first_deploy_of_more_than_one_operation_makes_is_done_in_two(tmp_path, nested, status, in_two):
    function, stack = {"Type": "AWS::Lambda::Function"}, {"Type": "AWS::CloudFormation::Stack"}
    stack["Metadata"] = {"aws:asset:path": "nested.json"}
    template = {"Resources": {"Routes": stack, **{f"Of{number}": function for number in range(150)}}}
    (tmp_path / "prod.template.json").write_text(json.dumps(template))
    (tmp_path / "nested.json").write_text(json.dumps({"Resources": {f"In{n}": function for n in range(nested)}}))

    target = Target("prod", "1", "eu-west-1", lambda _: CloudFormation(status))
    assert needs_two_steps(target, tmp_path) is in_two
