"""Failures of the store, and requests that run out of time: each is a 503 with Retry-After that says what happened."""

import os
import re
import time
from types import SimpleNamespace

import pytest
from botocore.exceptions import ClientError, ConnectTimeoutError, ReadTimeoutError

from lambdas.files.upload import Upload
from lambdas.rest.idempotency import Replay
from tests.support.gallery.customers import CUSTOMERS
from tests.support.stories import fresh

pytestmark = pytest.mark.resources(CUSTOMERS)

THROTTLED = ("ProvisionedThroughputExceededException", 400)
FAILED = ("InternalServerError", 500)
WINDOW = 3.5  # seconds that a function keeps for the last call, and to answer


@pytest.fixture
def fail(dynamodb):
    """Let calls fail: fail("PutItem", None, error) lets the first pass and every later one fail."""
    registered = []

    def register(operation, *outcomes, seconds=0):
        left = [*outcomes]

        def outcome(**_):
            time.sleep(seconds)
            one = left.pop(0) if len(left) > 1 else left[0]
            if one is not None:
                raise one

        registered.append((f"before-call.dynamodb.{operation}", outcome))
        dynamodb.meta.events.register(*registered[-1])

    yield register
    for name, handler in registered:
        dynamodb.meta.events.unregister(name, handler)


def refused(code, status, **members):
    """An error of DynamoDB's, as botocore raises it."""
    return ClientError({"Error": {"Code": code}, "ResponseMetadata": {"HTTPStatusCode": status}, **members}, "Call")


def cancelled(*codes):
    """The error of a transaction, with a code for each of its actions."""
    return refused("TransactionCanceledException", 400, CancellationReasons=[{"Code": code} for code in codes])


def lasting(seconds):
    """Lambda's context, with the same time left whenever it is asked."""
    return SimpleNamespace(get_remaining_time_in_millis=lambda: int(seconds * 1000))


def kind(answer):
    """The kind of a failure that a retry may get over."""
    assert answer.status in (503, 504)
    assert answer.headers["Retry-After"] == "1"
    return re.split("[:/#]", answer.json["type"])[-1]


@pytest.mark.parametrize(
    ("error", "of_read", "of_write"),
    [
        (refused(*THROTTLED), "throttled", "throttled"),
        (refused("ThrottlingException", 400), "throttled", "throttled"),
        (refused(*FAILED), "unavailable", "timeout"),
        (ConnectTimeoutError(endpoint_url="https://store"), "unavailable", "unavailable"),
        (ReadTimeoutError(endpoint_url="https://store"), "unavailable", "timeout"),
    ],
)
@pytest.mark.parametrize(
    ("method", "operation"),
    [("GET", "GetItem"), ("PATCH", "UpdateItem"), ("PUT", "UpdateItem"), ("DELETE", "TransactWriteItems")],
)
def test_a_failure_of_the_store_can_be_retried(call, href, example, fail, method, operation, error, of_read, of_write):
    fail(operation, error)

    answer = call(method, href, example if method in ("PATCH", "PUT") else None)

    assert kind(answer) == (of_read if method == "GET" else of_write)


def test_a_list_whose_store_is_throttled_is_a_503(call, path, fail):
    fail("Query", refused(*THROTTLED))

    assert kind(call("GET", path)) == "throttled"


def test_an_item_that_dynamodb_finds_too_large_is_a_413(call, path, example, fail):
    message = "Item size has exceeded the maximum allowed size"
    error = ClientError({"Error": {"Code": "ValidationException", "Message": message}, "ResponseMetadata": {}}, "Call")
    for operation in ("PutItem", "TransactWriteItems"):
        fail(operation, error)

    answer = call("POST", path, example)

    assert (answer.status, answer.json["detail"]) == (413, message)


def test_an_unexpected_error_is_a_500(call, href, fail):
    fail("GetItem", refused("AccessDeniedException", 400))

    assert call("GET", href).status == 500


def test_a_failure_of_the_store_is_logged(call, href, fail, log):
    fail("GetItem", refused(*THROTTLED))

    call("GET", href)

    assert ("failed", THROTTLED[0]) in [(line.get("message"), line.get("code")) for line in log()]


def test_a_transaction_that_is_throttled_is_tried_again(call, path, example, fail, key):
    fail("TransactWriteItems", cancelled("ThrottlingError", "None"), None)

    assert call("POST", path, example, headers=key).status == 201


def test_a_transaction_that_stays_throttled_is_a_503_in_time(call, gateway, path, example, fail, key):
    gateway.context = lasting(WINDOW + 0.5)
    fail("TransactWriteItems", cancelled("None", "ThrottlingError"))
    began = time.monotonic()

    assert kind(call("POST", path, example, headers=key)) in ("throttled", "out-of-time")
    assert time.monotonic() - began < 2.5


@pytest.mark.parametrize("code", ["TransactionConflict", "ThrottlingError"])
def test_a_failed_condition_beside_a_conflict_does_not_count(call, path, example, fail, key, code):
    first = call("POST", path, example, headers=key)
    fail("TransactWriteItems", cancelled("ConditionalCheckFailed", code), None)

    again = call("POST", path, example, headers=key)

    assert (again.status, again.text) == (201, first.text)
    assert again.headers["Idempotency-Replayed"] == "true"


@pytest.mark.parametrize(
    ("error", "kinds"),
    [
        (cancelled("TransactionConflict", "None"), ("busy", "out-of-time")),
        (refused("TransactionInProgressException", 400), ("timeout",)),  # a copy of this request: it may be done yet
    ],
)
def test_a_busy_item_is_a_503_before_the_function_times_out(call, gateway, path, example, fail, key, error, kinds):
    gateway.context = lasting(WINDOW + 0.5)
    fail("TransactWriteItems", error)
    began = time.monotonic()

    assert kind(call("POST", path, example, headers=key)) in kinds
    assert time.monotonic() - began < 2.5


def test_a_write_that_may_be_done_is_a_504_where_no_time_is_left_to_find_out(call, gateway, href, example, fail):
    gateway.context = lasting(WINDOW + 0.5)
    fail("UpdateItem", refused("TransactionConflictException", 500))

    assert kind(call("PATCH", href, example)) == "timeout"


@pytest.mark.parametrize("method", ["POST", "GET"])
def test_without_time_for_a_call_none_is_made(call, gateway, path, example, method):
    gateway.context = lasting(WINDOW - 0.1)

    answer = call(method, path, example if method == "POST" else None)

    assert kind(answer) == "out-of-time"
    assert gateway.calls == []


def test_a_batch_one_by_one_reports_each_operation_when_the_store_fails(call, path, resource, fail):
    fail("PutItem", None, refused(*THROTTLED), None)
    operations = [{"op": "create", "item": fresh(resource)} for _ in range(3)]

    answer = call("POST", f"{path}/batch", {"atomic": False, "operations": operations})

    results = answer.json["results"]
    assert [result["status"] for result in results] == [201, 503, 201]
    assert results[1]["headers"] == {"Retry-After": "1"}
    assert {item["id"] for item in call("GET", path).json["items"]} == {results[n]["body"]["id"] for n in (0, 2)}


def test_a_batch_one_by_one_reports_operations_that_ran_out_of_time(call, gateway, path, resource, fail):
    gateway.context = lasting(WINDOW + 1)
    fail("PutItem", None, seconds=1.1)
    operations = [{"op": "create", "item": fresh(resource)} for _ in range(3)]

    answer = call("POST", f"{path}/batch", {"atomic": False, "operations": operations})

    assert [result["status"] for result in answer.json["results"]] == [201, 503, 503]
    assert answer.json["results"][2]["body"]["type"].endswith("out-of-time")
    gateway.context = None
    assert len(call("GET", path).json["items"]) == 1


def test_a_retry_of_the_sdk_that_could_end_too_late_is_not_begun(call, gateway, href, dynamodb):
    sent = []

    def lost(request, **_):
        sent.append(request)
        raise ReadTimeoutError(endpoint_url="https://store")

    dynamodb.meta.events.register_first("before-send.dynamodb.GetItem", lost)
    try:
        gateway.context = lasting(WINDOW + 1)
        late = kind(call("GET", href)), len(sent)
        gateway.context = lasting(WINDOW + 5)
        early = kind(call("GET", href)), len(sent)
    finally:
        dynamodb.meta.events.unregister("before-send.dynamodb.GetItem", lost)

    assert (late, early) == (("unavailable", 1), ("unavailable", 1 + 3))


def test_half_a_surrogate_pair_in_a_detail_can_be_sent(gateway, path):
    route, _ = gateway.matched("GET", path)
    event = gateway.event(route, "GET", {}, "", None, {})
    event["multiValueQueryStringParameters"] = {"\ud800": ["1"]}

    from lambdas.crud.list import handler

    assert r"\ud800" in handler(event, None)["body"].encode().decode()


@pytest.mark.parametrize("record", [Replay, Upload])
def test_no_index_of_a_resource_can_find_a_record_beside_its_items(record):
    """DynamoDB refuses an item whose attribute is the key of an index and has another type."""
    names = {attribute.stored for attribute in record.schema.attributes.values()} - {"id"}

    assert [name for name in names if not name.startswith("_")] == []


def test_the_answer_to_a_key_expires_after_a_day(call, dynamodb, path, example):
    call("POST", path, example, headers={"Idempotency-Key": "once"})
    tomorrow = time.time() + 24 * 60 * 60

    stored = dynamodb.scan(TableName=os.environ["TABLE_NAME"])["Items"]
    (expires,) = [int(one["_expires"]["N"]) for one in stored if "_fingerprint" in one]
    assert tomorrow - 60 < expires < tomorrow + 60
