"""Counting, for every resource that declares a counter: conditional, bounded, and once for each key."""

import pytest

from tests.api.test_crud import NOWHERE
from tests.support.gallery import EVERY
from tests.support.values import counters

COUNTED = [resource for resource in EVERY if counters(resource)]

pytestmark = pytest.mark.resources(*COUNTED)


@pytest.fixture
def counter(resource):
    return counters(resource)[0]


@pytest.fixture
def rules(resource, created, counter):
    """The bounds; a counter needs some room below the upper one for a story."""
    rules = resource.model.schema.attributes[counter].rules
    if rules.le is not None and rules.le < created[counter] + 3:
        pytest.skip(f"{counter} counts to {rules.le} only")
    return rules


@pytest.fixture
def address(href, counter, rules):  # noqa: ARG001 - skips
    return f"{href}/{counter}"


@pytest.mark.spread("header")
@pytest.mark.parametrize("keyed", [False, True])
@pytest.mark.parametrize("header", ['"1"', "*", '"7", "1"'])
def test_a_count_of_the_version_that_is_there_succeeds(call, address, created, counter, key, keyed, header):
    answer = call("POST", address, {"delta": 2}, headers={"If-Match": header} | (key if keyed else {}))

    assert (answer.status, answer.headers["ETag"], answer.json[counter]) == (200, '"2"', created[counter] + 2)


@pytest.mark.spread("headers", "delta")
@pytest.mark.parametrize("keyed", [False, True])
@pytest.mark.parametrize("headers", [{"If-Match": '"2"'}, {"If-Match": '""'}, {"If-None-Match": "*"}])
@pytest.mark.parametrize("delta", [1, -1_000_000])
def test_a_count_of_another_version_is_a_412_and_counts_nothing(
    call, href, address, created, key, keyed, headers, delta
):
    answer = call("POST", address, {"delta": delta}, headers=headers | (key if keyed else {}))

    assert (answer.status, answer.headers["ETag"]) == (412, '"1"')
    assert call("GET", href).json == created


@pytest.mark.parametrize("headers", [{"If-Match": "1"}, {"If-None-Match": '"1"'}])
def test_a_precondition_of_a_count_that_is_invalid_is_a_400(call, address, headers):
    assert call("POST", address, {"delta": 1}, headers=headers).status == 400


def test_a_count_is_done_once_for_each_key(call, href, address, key):
    first, again = (call("POST", address, {"delta": 2}, headers=key) for _ in range(2))

    assert (first.status, first.text, first.headers["ETag"]) == (200, again.text, again.headers["ETag"])
    assert "Idempotency-Replayed" not in first.headers
    assert again.headers["Idempotency-Replayed"] == "true"
    assert call("GET", href).json == first.json


def test_a_retried_count_at_the_limit_returns_the_first_response(call, address, created, counter, key, rules):
    call("POST", address, {"delta": 3})
    down = {"delta": (rules.ge or 0) - 3 - created[counter]}

    first, again = (call("POST", address, down, headers=key) for _ in range(2))

    assert (first.status, again.status, again.text) == (200, 200, first.text)


def test_a_count_past_the_bounds_is_a_409_with_a_key_too(call, href, address, created, counter, key, rules):
    if rules.ge is None:
        pytest.skip(f"{counter} has no lower bound")

    answer = call("POST", address, {"delta": rules.ge - created[counter] - 1}, headers=key)

    assert (answer.status, answer.headers["ETag"]) == (409, '"1"')
    assert call("GET", href).json == created


def test_a_count_of_a_missing_item_is_a_404_with_a_key_too(call, path, counter, key):
    assert call("POST", f"{path}/{NOWHERE}/{counter}", {"delta": 1}, headers=key).status == 404


def test_a_request_with_a_key_reads_consistently(call, gateway, path, address, key, eventual_reads):
    for where in (address, address, f"{path}/{NOWHERE}/{address.rpartition('/')[2]}"):
        call("POST", where, {"delta": 1}, headers=key)

    assert "GetItem" in gateway.calls
    assert eventual_reads == []


def test_another_count_under_the_same_key_is_a_422(call, href, address, key):
    first = call("POST", address, {"delta": 1}, headers=key)

    assert call("POST", address, {"delta": 2}, headers=key).status == 422
    assert call("GET", href).json == first.json


def test_the_same_key_on_two_items_is_two_keys(call, path, new, counter, key, resource):
    items = [new(), new()]

    counted = [call("POST", f"{path}/{item[resource.key]}/{counter}", {"delta": 1}, headers=key).json for item in items]

    assert [(one[resource.key], one[counter]) for one in counted] == [
        (item[resource.key], item[counter] + 1) for item in items
    ]
