"""An item that was stored before the model got a required field; the other items can be read."""

import os

import pytest


@pytest.fixture
def field(resource):
    """A field that every item must have, and no index needs."""
    schema = resource.model.schema
    keys = {part for index in schema.indexes.values() for part in (*index.hash, *index.sort)}
    attributes = [one for one in schema.attributes.values() if one.required and one not in keys and not one.unique]
    if not attributes:
        pytest.skip("every required field of the resource is a key")
    return attributes[0]


@pytest.fixture
def older(resource, new, dynamodb, gateway, field):  # noqa: ARG001
    """The id of an item that lacks the field."""
    item = new()
    key = resource.model.schema.key(item[resource.key])
    dynamodb.update_item(
        TableName=os.environ["TABLE_NAME"],
        Key=key,
        UpdateExpression="REMOVE #f",
        ExpressionAttributeNames={"#f": field.stored},
    )
    return item[resource.key]


def test_a_list_returns_the_other_items_and_names_the_unreadable_one(call, path, new, older, field, log, resource):
    other = new()
    log()

    answer = call("GET", path)

    assert (answer.status, answer.json["items"], answer.json["unreadable"]) == (200, [other], [{resource.key: older}])
    (line,) = [line for line in log() if line.get("message") == "left out"]
    assert (line["attribute"], line["key"]) == (field.name, {resource.key: older})


def test_a_read_says_that_the_stored_item_does_not_fit_and_the_log_says_which(call, path, older, field, log, resource):
    log()

    answer = call("GET", f"{path}/{older}")

    assert (answer.status, answer.json["title"]) == (500, "The stored item does not fit the service's model.")
    (line,) = [line for line in log() if line.get("message") == "failed"]
    assert (line["error"], line["attribute"], line["key"]) == ("Unreadable", field.name, {resource.key: older})


def test_only_a_patch_of_the_field_repairs_the_item(call, path, older, field, example):
    other = next(name for name in example if name != field.name) if len(example) > 1 else None

    if other:
        assert call("PATCH", f"{path}/{older}", {other: example[other]}).status == 500
    assert call("PATCH", f"{path}/{older}", {field.name: example[field.name]}).status == 200
    assert call("GET", f"{path}/{older}").status == 200


def test_an_unreadable_item_can_be_replaced_and_deleted(call, path, older, example):
    assert call("PUT", f"{path}/{older}", example).status == 200
    assert call("DELETE", f"{path}/{older}").status == 204


def test_an_unreadable_item_can_be_deleted_at_once(call, path, older):
    assert call("DELETE", f"{path}/{older}").status == 204
    assert call("GET", path).json == {"items": [], "next": None}
