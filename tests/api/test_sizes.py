"""Requests whose responses would exceed the limits of Lambda or of a DynamoDB item: they are shortened, and say so."""

import json

import pytest

from tests.support.gallery.check_marks import CHECK_MARKS
from tests.support.gallery.notes import NOTES
from tests.support.gallery.parcels import PARCELS
from tests.support.stories import fresh

MEGABYTE = 1024 * 1024


@pytest.mark.resources(NOTES, PARCELS)
@pytest.mark.parametrize("atomic", [True, False])
def test_many_wrong_fields_get_a_short_answer_that_says_how_many_more_there_are(call, path, atomic):
    item = {f"field-{number}": 1 for number in range(2000)}
    operations = [{"op": "create", "item": item}] * 40

    answer = call("POST", f"{path}/batch", {"atomic": atomic, "operations": operations})

    assert len(json.dumps(answer.text)) < 6 * MEGABYTE
    told = answer.json if atomic else answer.json["results"][0]["body"]
    assert len(told["errors"]) == 100
    assert told["more"] >= 1900


def test_a_wrong_field_with_a_long_name_gets_a_short_answer(call, path, example):
    answer = call("POST", path, example | {"n" * 400_000: 1})

    assert answer.status == 400
    assert len(answer.text) < 2000


@pytest.mark.resources(NOTES)
@pytest.mark.usefixtures("gateway")
def test_a_keyed_batch_whose_answer_is_too_long_to_be_stored_is_answered_without_bodies(call, path, resource, key):
    operations = [{"op": "create", "item": fresh(resource)} for _ in range(99)]  # and the record
    for operation in operations:
        operation["item"]["text"] = "é" * 1000

    first, again = (call("POST", f"{path}/batch", {"operations": operations}, headers=key) for _ in range(2))

    assert (first.status, again.status, again.text) == (200, 200, first.text)
    assert [result["status"] for result in first.json["results"]] == [201] * 99
    bodies = sum("body" in result for result in first.json["results"])
    assert first.json["omitted"] == 99 - bodies > 0


@pytest.mark.resources(CHECK_MARKS)
def test_an_item_too_long_for_the_record_of_a_key_is_a_413_with_a_key_only(call, path, key):
    item = {"remark": "n" * 399_360}

    answer = call("POST", path, item, headers=key)

    assert (answer.status, "399,360 bytes" in answer.json["detail"]) == (413, True)
    assert call("GET", path).json["items"] == []
    assert call("POST", path, item).status == 201
