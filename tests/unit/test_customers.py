"""Ids that the client chooses."""

import pytest

from tests.support.gallery.customers import CUSTOMERS

pytestmark = pytest.mark.resources(CUSTOMERS)


def test_a_put_creates_an_item_at_the_id_that_the_client_chose(call, example):
    answer = call("PUT", "customers/reader-1", example, headers={"If-None-Match": "*"})

    assert (answer.status, answer.headers["Location"], answer.json["id"]) == (201, "reader-1", "reader-1")
    assert call("GET", "customers/reader-1").json == answer.json


@pytest.mark.parametrize("decodes", [True, False])
@pytest.mark.parametrize(
    ("sent", "given"),
    [("ada%40example.com", "ada@example.com"), ("caf%C3%A9", "café"), ("a%2Fb", "a/b"), ("a+b", "a+b")],
)
def test_an_id_is_the_same_whether_the_gateway_decodes_it_or_not(call, gateway, example, decodes, sent, given):
    gateway.decodes = decodes

    answer = call("PUT", f"customers/{sent}", example, headers={"If-None-Match": "*"})

    assert (answer.status, answer.json["id"]) == (201, given)
    assert call("GET", f"customers/{answer.headers['Location']}").json == answer.json


@pytest.mark.parametrize("sent", ["100%25", "a%2540b", "%FF"])
def test_no_id_holds_a_percent_sign_so_that_decoding_twice_does_no_harm(call, gateway, example, sent):
    gateway.decodes = False

    assert call("PUT", f"customers/{sent}", example, headers={"If-None-Match": "*"}).status == 404


def test_a_put_does_not_create_where_something_is(call, example):
    first = call("PUT", "customers/reader-1", example, headers={"If-None-Match": "*"})

    again = call("PUT", "customers/reader-1", example, headers={"If-None-Match": "*"})

    assert (again.status, again.headers["ETag"]) == (412, '"1"')
    assert call("GET", "customers/reader-1").json == first.json


def test_a_put_that_does_not_ask_to_create_does_not(call, example):
    assert call("PUT", "customers/reader-1", example).status == 404


def test_a_request_makes_one_call_of_dynamodb(call, gateway, new, example):
    item = new()
    href = f"customers/{item['id']}"
    expected = {
        ("POST", "customers"): ["PutItem"],
        ("GET", "customers"): ["Query", "Query"],  # one for each of its two shards
        ("GET", href): ["GetItem"],
        ("PUT", href): ["UpdateItem"],
        ("PATCH", href): ["UpdateItem"],
        ("DELETE", href): ["DeleteItem"],
    }

    for (method, path), calls in expected.items():
        call(method, path, example if method in ("POST", "PUT", "PATCH") else None)
        assert gateway.calls == calls


def test_an_item_and_the_record_of_its_key_are_one_call(call, gateway, example):
    call("POST", "customers", example, headers={"Idempotency-Key": "k"})

    assert gateway.calls == ["TransactWriteItems"]
