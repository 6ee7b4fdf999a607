"""Batches of every resource that has them: as a whole or one by one, conditional, and once for each key."""

import pytest

from tests.api.test_crud import NOWHERE, PROBLEM, UNKNOWN, merged, owned_by_server
from tests.support.values import alterable, other_value

pytestmark = pytest.mark.needs("batch")


def test_an_atomic_batch_applies_all_operations(call, path, new, other, change, resource):
    changed, gone = new(), new()
    operations = [
        {"op": "create", "item": other},
        {"op": "update", "id": changed[resource.key], "patch": change, "if_match": '"1"'},
        {"op": "delete", "id": gone[resource.key]},
    ]

    answer = call("POST", f"{path}/batch", {"atomic": True, "operations": operations})

    assert answer.status == 200
    made, done, deleted = [result["status"] for result in answer.json["results"]]
    assert (made, done in (200, 204), deleted) == (201, True, 204)  # 200 with what it is now, if that was read
    made = answer.json["results"][0]
    assert call("GET", f"{path}/{made['headers']['Location']}").json == made["body"]
    after = call("GET", f"{path}/{changed[resource.key]}")
    assert (after.headers["ETag"], after.json) == (
        '"2"',
        changed | change | owned_by_server(resource, after.json, 2),
    )
    assert call("GET", f"{path}/{gone[resource.key]}").status == 404


def test_a_batch_changes_any_field_that_clients_set(call, path, href, created, resource):
    before = created
    for name in alterable(resource):
        patch = {name: other_value(resource, name, before[name])}
        operations = [{"op": "update", "id": created[resource.key], "patch": patch}]

        answer = call("POST", f"{path}/batch", {"operations": operations})

        assert answer.status == 200, answer.text
        after = call("GET", href).json
        assert after[name] == merged(before[name], patch[name])
        before = after


def test_a_failed_batch_changes_nothing_and_reports_every_cause(call, path, new, other, change, resource):
    item = new()
    operations = [
        {"op": "create", "item": other},
        {"op": "update", "id": item[resource.key], "patch": change, "if_match": '"7"'},
        {"op": "delete", "id": NOWHERE},
    ]
    before = call("GET", path).json["items"]

    answer = call("POST", f"{path}/batch", {"operations": operations})

    assert (answer.status, answer.headers["Content-Type"]) == (409, PROBLEM)
    told = {error["pointer"]: error["status"] for error in answer.json["errors"]}
    assert told.items() <= {"/operations/1": 412, "/operations/2": 404}.items()
    assert told
    assert call("GET", path).json["items"] == before
    assert call("GET", f"{path}/{item[resource.key]}").json == item


def test_a_batch_one_by_one_reports_each_result(call, path, new, other, change, resource):
    item = new()
    operations = [
        {"op": "create", "item": other},
        {"op": "create", "item": {UNKNOWN: "red"}},
        {"op": "update", "id": item[resource.key], "patch": change},
        {"op": "delete", "id": NOWHERE},
        {"op": "paint"},
    ]

    answer = call("POST", f"{path}/batch", {"atomic": False, "operations": operations})

    assert answer.status == 200
    assert [result["status"] for result in answer.json["results"]] == [201, 400, 200, 404, 400]
    assert answer.json["results"][4]["body"]["errors"][0]["pointer"] == "/operations/4/op"
    after = call("GET", f"{path}/{item[resource.key]}").json
    assert after == answer.json["results"][2]["body"]
    assert after.items() >= change.items()


@pytest.mark.parametrize("op", ["update", "delete"])
def test_an_operation_of_a_batch_that_expects_another_version_is_a_412(call, path, href, created, change, resource, op):
    given = {"patch": change} if op == "update" else {}
    operation = {"op": op, "id": created[resource.key], "if_match": '"7"', **given}

    answer = call("POST", f"{path}/batch", {"atomic": False, "operations": [operation]})

    assert [result["status"] for result in answer.json["results"]] == [412]
    assert call("GET", href).json == created


def test_an_atomic_batch_reports_all_violations_at_once(call, path):
    operations = [
        {"op": "create", "item": {UNKNOWN: "red"}},
        {"op": "update", "id": NOWHERE},
        {"op": "delete", "id": 7},
        {"op": "paint"},
        "delete",
    ]

    answer = call("POST", f"{path}/batch", {"operations": operations})

    pointers = {error["pointer"] for error in answer.json["errors"]}
    assert answer.status == 400
    assert pointers >= {
        f"/operations/0/item/{UNKNOWN}",
        "/operations/1/patch",
        "/operations/2/id",
        "/operations/3/op",
        "/operations/4/op",
    }


@pytest.mark.spread("body")
@pytest.mark.parametrize(
    "body",
    [
        {},
        {"operations": []},
        {"operations": {}},
        {"operations": [{"op": "delete", "id": NOWHERE}] * 101},
        {"operations": [{"op": {}}]},
        {"atomic": 1},
    ],
)
def test_an_invalid_batch_is_a_400(call, path, body):
    assert call("POST", f"{path}/batch", body).status == 400


def test_two_operations_on_one_item_are_refused_together(call, path, created, resource):
    operations = [{"op": "delete", "id": created[resource.key]}] * 2

    assert call("POST", f"{path}/batch", {"operations": operations}).status == 409
    assert call("GET", f"{path}/{created[resource.key]}").status == 200


def test_a_failed_atomic_batch_with_an_idempotency_key_reports_the_causes_too(call, path, key):
    body = {"operations": [{"op": "delete", "id": NOWHERE, "if_match": "*"}]}

    answer = call("POST", f"{path}/batch", body, headers=key)

    assert (answer.status, answer.json["errors"][0]["pointer"]) == (409, "/operations/0")


def test_a_retried_batch_returns_the_first_response(call, path, new, key, resource):
    changed, gone = new(), new()
    operations = [
        {"op": "delete", "id": gone[resource.key]},
        {"op": "update", "id": changed[resource.key], "patch": {}, "if_match": '"1"'},
    ]

    first, again = (call("POST", f"{path}/batch", {"operations": operations}, headers=key) for _ in range(2))

    assert (first.status, again.status, again.text) == (200, 200, first.text)
    assert again.headers["Idempotency-Replayed"] == "true"


def test_an_atomic_batch_is_done_once_for_each_key(call, path, other, key):
    body = {"operations": [{"op": "create", "item": other}]}

    first, again = (call("POST", f"{path}/batch", body, headers=key) for _ in range(2))

    assert (first.status, first.text) == (200, again.text)
    assert again.headers["Idempotency-Replayed"] == "true"
