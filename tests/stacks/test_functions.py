"""One operation, one function, one role, one permission."""

from collections import Counter

import pytest

from lambdas.rest.routes import routes
from tests.support.gallery.albums import ALBUMS
from tests.support.gallery.customers import CUSTOMERS
from tests.support.gallery.parcels import PARCELS
from tests.support.gallery.strict import CONTRACTS

TABLE = "AWS::DynamoDB::GlobalTable"


def statements(template, logical_id):
    """Return the permissions of the role with that logical id, as (action, resource) pairs."""
    (policy,) = template.find_resources("AWS::IAM::Role")[logical_id]["Properties"]["Policies"]
    for statement in policy["PolicyDocument"]["Statement"]:
        actions = statement["Action"] if isinstance(statement["Action"], list) else [statement["Action"]]
        yield from ((action, statement["Resource"]) for action in actions)


def index_names(template, table):
    return [one["IndexName"] for one in template.find_resources(TABLE)[table]["Properties"]["GlobalSecondaryIndexes"]]


def each_or_list(values):
    """CloudFormation's way to write one resource, or several."""
    return values if len(values) > 1 else values[0]


def own_uploads(template, resource):
    """The objects that clients may be let to put for a resource."""
    (bucket,) = (name for name in template.find_resources("AWS::S3::Bucket") if name.startswith("FilesUploads"))
    return {"Fn::Join": ["", [{"Fn::GetAtt": [bucket, "Arn"]}, f"/{resource}/*"]]}


def functions(template):
    return template.find_resources("AWS::Lambda::Function")


def operations(template):
    """The functions that serve a resource: not those of the events."""
    found = functions(template)
    return {name: one for name, one in found.items() if "RESOURCE" in one["Properties"]["Environment"]["Variables"]}


def test_each_operation_has_a_function_and_a_role_of_its_own(template):
    found = operations(template("dev", (PARCELS,))).values()

    handlers = Counter(function["Properties"]["Handler"] for function in found)
    roles = Counter(function["Properties"]["Role"]["Fn::GetAtt"][0] for function in found)
    assert handlers == {f"{route.module}.handler": 1 for route in routes(PARCELS)}
    assert set(roles.values()) == {1}


def test_a_list_may_query_the_indexes_by_the_names_that_they_have_in_dynamodb(template):
    made = template("dev", (CONTRACTS,))

    (table,) = made.find_resources(TABLE)
    (role,) = (name for name in made.find_resources("AWS::IAM::Role") if name.startswith("ContractsList"))
    ((_, allowed),) = (one for one in statements(made, role) if one[0] == "dynamodb:Query")
    assert {one["Fn::Join"][1][-1] for one in allowed} == {f"/index/{name}" for name in index_names(made, table)}


PLAIN = {  # of a resource without unique attributes: one action each
    "create": {"PutItem"},
    "list": {"Query"},
    "get": {"GetItem"},
    "replace": {"UpdateItem", "PutItem"},  # customers may be created by PUT
    "patch": {"UpdateItem"},
    "delete": {"DeleteItem"},
    "batch": {"PutItem", "UpdateItem", "DeleteItem"},
}
MARKED = {  # unique values are kept by marker items, which are written with the item
    **PLAIN,
    "replace": {"GetItem", "UpdateItem", "PutItem", "DeleteItem"},
    "patch": {"GetItem", "UpdateItem", "PutItem", "DeleteItem"},
    "delete": {"GetItem", "DeleteItem"},
    "batch": {"GetItem", "UpdateItem", "PutItem", "DeleteItem"},
    "count": {"UpdateItem", "GetItem", "PutItem"},  # under a key: the item is read, and its record put
}
WITH_FILES = {  # and a map: a patch is merged into what is stored
    **PLAIN,
    "patch": {"GetItem", "UpdateItem"},
    "batch": {"GetItem", "PutItem", "UpdateItem", "DeleteItem"},
    "upload": {"GetItem", "PutItem"},
    "remove": {"UpdateItem", "PutItem"},
}


@pytest.mark.parametrize(("resource", "allowed"), [("customers", PLAIN), ("parcels", MARKED), ("albums", WITH_FILES)])
def test_a_function_may_do_its_one_thing_to_its_own_table_and_write_its_own_log(template, resource, allowed):
    stack = template("dev", (ALBUMS, CUSTOMERS, PARCELS))
    (table,) = (name for name in stack.find_resources(TABLE) if name.startswith(resource.capitalize()))
    arn = {"Fn::GetAtt": [table, "Arn"]}
    indexes = each_or_list([{"Fn::Join": ["", [arn, f"/index/{name}"]]} for name in sorted(index_names(stack, table))])
    own = {
        one["Properties"]["Handler"].split(".")[-2]: one["Properties"]
        for one in functions(stack).values()
        if one["Properties"]["Environment"]["Variables"].get("RESOURCE", "").endswith(f".{resource}")
    }

    assert own.keys() == allowed.keys()
    for operation, properties in own.items():
        log_group = {"Fn::GetAtt": [properties["LoggingConfig"]["LogGroup"]["Ref"], "Arn"]}
        target = indexes if operation == "list" else arn
        assert dict(statements(stack, properties["Role"]["Fn::GetAtt"][0])) == {
            **{f"dynamodb:{action}": target for action in allowed[operation]},
            "logs:CreateLogStream": log_group,
            "logs:PutLogEvents": log_group,
            "xray:PutTelemetryRecords": "*",
            "xray:PutTraceSegments": "*",
            **({"s3:PutObject": own_uploads(stack, resource)} if operation == "upload" else {}),
        }


def test_no_role_of_ours_has_another_policy(template):
    """AWS Backup, CodeDeploy and API Gateway's logs have the policies that AWS made for them."""
    managed = {
        logical_id
        for logical_id, role in template("prod").find_resources("AWS::IAM::Role").items()
        if "ManagedPolicyArns" in role["Properties"]
    }
    assert [name for name in managed if not name.startswith(("Backups", "Rollout", "LogRole"))] == []
    assert template("prod").find_resources("AWS::IAM::Policy") == {}


def test_functions_run_where_their_wheels_and_bytecode_were_made_for(template):
    for function in functions(template("prod")).values():
        assert function["Properties"]["Runtime"] == "python3.13"
        assert function["Properties"]["Architectures"] == ["arm64"]


def test_logs_are_kept_a_year_in_prod_and_a_week_in_dev(template):
    for stage, days in {"prod": 365, "dev": 7}.items():
        groups = template(stage).find_resources("AWS::Logs::LogGroup").values()
        assert {group["Properties"]["RetentionInDays"] for group in groups} == {days}
