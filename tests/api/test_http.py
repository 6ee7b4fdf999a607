"""HTTP on every resource: conditional requests, idempotency, negotiation, lists."""

import re

import pytest

from tests.api.test_crud import NOWHERE, PROBLEM, UNKNOWN

MERGE_PATCH = {"Content-Type": "application/merge-patch+json"}
PUT, PATCH, DELETE = (
    pytest.param(method, marks=pytest.mark.needs(name), id=method)
    for method, name in (("PUT", "replace"), ("PATCH", "patch"), ("DELETE", "delete"))
)


# Errors


def test_a_problem_names_its_kind_and_the_request(call, path):
    answer = call("GET", f"{path}/{NOWHERE}")

    assert answer.headers["Content-Type"] == PROBLEM
    assert answer.json == {
        "type": "/docs/errors.html#not-found",
        "title": "The item does not exist.",
        "status": 404,
        "instance": answer.json["instance"],
    }
    assert re.fullmatch(r"urn:uuid:[0-9a-f-]{36}", answer.json["instance"])


# Conditional requests


def test_every_representation_has_an_etag_that_changes_with_it(call, path, href, example, other, change):
    tags = [
        call("POST", path, other).headers["ETag"],
        call("GET", href).headers["ETag"],
        call("PATCH", href, change).headers["ETag"],
        call("PUT", href, example).headers["ETag"],
        call("GET", href).headers["ETag"],
    ]

    assert tags == ['"1"', '"1"', '"2"', '"3"', '"3"']


@pytest.mark.spread("header")
@pytest.mark.parametrize("method", [PUT, PATCH, DELETE])
@pytest.mark.parametrize("header", ['"2"', '"0"', 'W/"1"', '"x"', '""', '"2", "3"'])
def test_a_write_that_expects_another_version_is_a_412_with_the_current_etag(
    call, href, created, other, method, header
):
    body = None if method == "DELETE" else other

    answer = call(method, href, body, headers={"If-Match": header})

    assert (answer.status, answer.headers["Content-Type"], answer.headers["ETag"]) == (412, PROBLEM, '"1"')
    assert call("GET", href).json == created


@pytest.mark.spread("header")
@pytest.mark.parametrize("header", ['"1"', "*", '"7", "1"', '"1","7"'])
@pytest.mark.parametrize("method", [PUT, PATCH, DELETE])
def test_a_write_that_expects_the_version_that_is_there_succeeds(call, href, other, method, header):
    body, status = (None, 204) if method == "DELETE" else (other, 200)

    assert call(method, href, body, headers={"If-Match": header}).status == status


@pytest.mark.parametrize("method", [PUT, PATCH, DELETE])
def test_an_invalid_if_match_is_a_400(call, href, other, method):
    body = None if method == "DELETE" else other

    answer = call(method, href, body, headers={"If-Match": "1"})

    assert (answer.status, answer.json["detail"].partition(":")[0]) == (400, "If-Match")


def test_an_item_that_is_not_there_is_a_404_whatever_version_is_expected(call, path, example):
    assert call("PUT", f"{path}/{NOWHERE}", example, headers={"If-Match": '"1"'}).status == 404


@pytest.mark.spread("header")
@pytest.mark.parametrize("header", ['"1"', 'W/"1"', "*", '"7", "1"'])
def test_a_get_with_the_current_etag_is_a_304_without_a_body(call, href, header):
    answer = call("GET", href, headers={"If-None-Match": header})

    assert (answer.status, answer.text, answer.headers["ETag"]) == (304, "", '"1"')


def test_a_get_with_another_etag_is_a_200(call, href, created):
    assert call("GET", href, headers={"If-None-Match": '"2"'}).json == created


def test_a_put_with_if_none_match_is_a_412_if_the_item_exists(call, href, created, other):
    assert call("PUT", href, other, headers={"If-None-Match": "*"}).status == 412
    assert call("GET", href).json == created


def test_head_is_get_without_the_body(call, href):
    got, head = call("GET", href), call("HEAD", href)

    assert (head.status, head.text, head.headers["ETag"]) == (200, "", got.headers["ETag"])
    assert call("HEAD", href + "0").status == 404


# Idempotency


def test_a_retried_post_returns_the_first_response(call, path, example, key):
    first = call("POST", path, example, headers=key)

    again = call("POST", path, example, headers=key)

    assert first.status == again.status == 201
    assert first.text == again.text
    assert (first.headers["Location"], first.headers["ETag"]) == (again.headers["Location"], again.headers["ETag"])
    assert "Idempotency-Replayed" not in first.headers
    assert again.headers["Idempotency-Replayed"] == "true"


def test_a_replay_is_the_first_response_even_if_the_item_has_changed_since(call, path, example, key):
    first = call("POST", path, example, headers=key)
    call("DELETE", first.headers["Location"])

    assert call("POST", path, example, headers=key).text == first.text


def test_a_key_with_another_payload_is_a_422_and_does_nothing(call, path, example, other, key):
    first = call("POST", path, example, headers=key)

    answer = call("POST", path, other, headers=key)

    assert (answer.status, answer.headers["Content-Type"]) == (422, PROBLEM)
    assert call("GET", first.headers["Location"]).text == first.text


def test_the_same_key_on_two_routes_is_two_keys(call, path, example, other, key):
    operations = [{"op": "create", "item": other}]

    made = call("POST", path, example, headers=key)
    answer = call("POST", f"{path}/batch", {"operations": operations}, headers=key)

    assert (made.status, answer.status, "Idempotency-Replayed" in answer.headers) == (201, 200, False)


def test_a_key_of_a_post_that_failed_can_be_used_again(call, path, example, key):
    assert call("POST", path, {UNKNOWN: "red"}, headers=key).status == 400

    assert call("POST", path, example, headers=key).status == 201


@pytest.mark.parametrize("bad", ["", "k" * 256])
def test_an_invalid_key_is_a_400(call, path, example, bad):
    assert call("POST", path, example, headers={"Idempotency-Key": bad}).status == 400


def test_a_key_on_a_route_that_accepts_none_is_a_400_and_does_nothing(call, href, created, key):
    answer = call("DELETE", href, headers=key)

    assert (answer.status, answer.json["detail"]) == (400, "This route does not accept an Idempotency-Key.")
    assert call("GET", href).json == created


# Negotiation


@pytest.mark.spread("sent")
@pytest.mark.parametrize("sent", ["text/plain", "application/xml", "application/jsonx", "", None])
@pytest.mark.parametrize("method", ["POST", PUT, PATCH])
def test_a_body_of_another_type_is_a_415(call, path, href, example, method, sent):
    answer = call(method, path if method == "POST" else href, example, headers={"Content-Type": sent})

    assert (answer.status, answer.headers["Content-Type"]) == (415, PROBLEM)


@pytest.mark.parametrize("sent", ["application/json; charset=utf-8", "Application/JSON"])
def test_the_type_of_a_body_may_have_parameters_and_capitals(call, path, example, sent):
    assert call("POST", path, example, headers={"Content-Type": sent}).status == 201


def test_a_patch_may_be_sent_with_its_own_media_type(call, href, change):
    assert call("PATCH", href, change, headers=MERGE_PATCH).json.items() >= change.items()


@pytest.mark.spread("accept")
@pytest.mark.parametrize("accept", ["text/html", "application/xml;q=0.9", "application/json;q=0", "image/*"])
def test_a_client_that_does_not_accept_json_gets_a_406(call, href, accept):
    assert call("GET", href, headers={"Accept": accept}).status == 406


@pytest.mark.spread("accept")
@pytest.mark.parametrize("accept", ["application/json", "text/html, */*;q=0.1", "application/*"])
def test_a_client_that_accepts_json_gets_it(call, href, accept):
    assert call("GET", href, headers={"Accept": accept}).headers["Content-Type"] == "application/json"


def test_a_body_that_is_too_large_is_a_413(call, path):
    answer = call("POST", path, text='{"name": "' + "n" * 600_000 + '"}')

    assert (answer.status, answer.headers["Content-Type"]) == (413, PROBLEM)


def test_responses_have_headers_for_caches(call, path, href):
    """A request with a cookie: tests/cdn says what a shared cache may keep of others."""
    for address, expected in ((href, "no-cache"), (path, "no-store")):
        told = call("GET", address, headers={"Cookie": "a=b"}).headers["Cache-Control"]
        assert told.removeprefix("private, ") == expected
    assert call("GET", f"{path}/{NOWHERE}").headers["Cache-Control"] == "no-store"


# Lists


def test_a_page_links_to_the_next_one(call, path, new, newest_first):  # noqa: ARG001
    first, second = new(), new()

    page = call("GET", f"{path}?limit=1")
    (link,) = re.findall(r'^<(\?[^>]+)>; rel="next"$', page.headers["Link"])

    assert page.json["items"] == [second]
    assert call("GET", path + link).json["items"] == [first]


@pytest.mark.spread("sent")
@pytest.mark.parametrize("sent", ["fields={},{}", "fields={}&fields={}"])
@pytest.mark.parametrize("of", ["list", "item"])
def test_only_the_requested_fields_are_returned_in_either_form_of_the_parameter(
    call, path, href, created, of, sent, resource, version
):
    answer = call("GET", f"{path if of == 'list' else href}?{sent.format(resource.key, version)}")

    got = answer.json["items"] if of == "list" else [answer.json]
    assert all(one.keys() == {resource.key, version} for one in got)
    assert of == "list" or got == [{name: created[name] for name in (resource.key, version)}]


def test_a_link_to_the_next_page_keeps_the_fields_that_were_sent_one_by_one(call, path, new, resource, version):
    new(), new()

    answer = call("GET", f"{path}?limit=1&fields={resource.key}&fields={version}")

    following = re.fullmatch('<(.*)>; rel="next"', answer.headers["Link"])[1]
    assert call("GET", f"{path}{following}").json["items"][0].keys() == {resource.key, version}


def test_an_unknown_field_is_a_400_that_lists_the_known_ones(call, path, created, resource):
    answer = call("GET", f"{path}?fields={resource.key},{UNKNOWN}")

    assert answer.status == 400
    assert all(field in answer.text for field in (UNKNOWN, *created))


def test_a_cursor_is_bound_to_its_query(call, path, new, resource):
    new(), new()
    cursor = call("GET", f"{path}?limit=1").json["next"]

    assert call("GET", f"{path}?limit=1&sort={resource.key}&cursor={cursor}").status == 400


def test_a_parameter_given_twice_is_a_400(call, path):
    assert call("GET", f"{path}?limit=1&limit=2").status == 400


# Preconditions on a collection, which exists and has no ETag


@pytest.mark.spread("headers")
@pytest.mark.parametrize("headers", [{"If-Match": '"1"'}, {"If-None-Match": "*"}])
@pytest.mark.parametrize("place", ["", pytest.param("/batch", marks=pytest.mark.needs("batch"))])
def test_a_precondition_that_a_collection_cannot_meet_is_a_412_and_does_nothing(call, path, example, headers, place):
    body = {"operations": [{"op": "create", "item": example}]} if place else example
    before = call("GET", path).json["items"][:1]

    answer = call("POST", path + place, body, headers=headers)

    assert (answer.status, answer.headers["Content-Type"]) == (412, PROBLEM)
    assert call("GET", path).json["items"][:1] == before


@pytest.mark.parametrize("headers", [{"If-Match": "*"}, {"If-None-Match": '"1"'}])
def test_a_precondition_that_a_collection_meets_lets_an_item_be_created(call, path, example, headers):
    assert call("POST", path, example, headers=headers).status == 201


@pytest.mark.parametrize("name", ["If-Match", "If-None-Match"])
def test_an_invalid_precondition_of_a_create_is_a_400(call, path, example, name):
    answer = call("POST", path, example, headers={name: "1"})

    assert (answer.status, answer.json["detail"].partition(":")[0]) == (400, name)
