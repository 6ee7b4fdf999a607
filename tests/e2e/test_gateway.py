"""Answers of the gateway itself, over HTTP. The emulator does not put the request's id into mocks; AWS does."""

import pytest

from lambdas.rest.routes import methods_by_path

PAGE = {"Origin": "https://page.example"}


@pytest.fixture
def paths(resource, new):
    """The paths of a resource, and what each of them takes."""
    return {
        path.format(id=new()[resource.key]).lstrip("/"): methods for path, methods in methods_by_path(resource).items()
    }


def problem(answer):
    assert answer.headers["Content-Type"] == "application/problem+json"
    assert answer.headers["Access-Control-Allow-Origin"] == "*"
    assert "Retry-After" in answer.headers["Access-Control-Expose-Headers"]
    assert answer.json["status"] == answer.status
    return answer.json["type"].rpartition("#")[2]


def test_a_path_answers_other_methods_with_a_405_and_allow(call_deployed, paths):
    for path, methods in paths.items():
        for method in {"GET", "POST", "PUT", "PATCH", "DELETE", "TRACE"} - {*methods}:
            answer = call_deployed(method, path, headers=PAGE)
            assert (answer.status, problem(answer)) == (405, "method-not-allowed")
            assert answer.headers["Allow"].split(", ") == [*methods, "OPTIONS"]


def test_a_preflight_lists_the_methods_and_headers_that_a_page_may_send(call, paths):
    asked = {**PAGE, "Access-Control-Request-Method": "PUT", "Access-Control-Request-Headers": "if-match"}
    for path, methods in paths.items():
        answer = call("OPTIONS", path, headers={**asked, "Authorization": None})
        assert (answer.status, answer.text) == (204, "")
        assert answer.headers["Access-Control-Allow-Origin"] == "*"
        assert answer.headers["Access-Control-Allow-Methods"].split(", ") == [*methods, "OPTIONS"]
        sent = {*answer.headers["Access-Control-Allow-Headers"].split(", ")}
        assert {"Authorization", "Content-Type", "If-Match", "If-None-Match", "Idempotency-Key"} <= sent


@pytest.mark.parametrize("address", ["", "nothing", "nothing/here/at/all", "{path}/1/2/3"])
@pytest.mark.parametrize("method", ["GET", "POST", "DELETE"])
def test_an_unknown_path_is_a_404_and_not_a_403(call, method, path, address):
    answer = call(method, address.format(path=path), headers={**PAGE, "Authorization": None})

    assert (answer.status, problem(answer)) == (404, "no-route")


def test_a_page_can_read_that_it_is_not_signed_in(call, path, resource, example):
    if resource.access_of("create") != "write":
        pytest.skip(f"{path} ask for no token to be created")

    answer = call("POST", path, example, headers={**PAGE, "Authorization": None})

    assert (answer.status, problem(answer)) == (401, "unauthenticated")
    assert answer.headers["WWW-Authenticate"] == "Bearer"
    assert answer.json["instance"].startswith("urn:uuid:")


def test_a_page_can_read_answers_and_problems_of_functions(call, path, href):
    found, missing = call("GET", href, headers=PAGE), call("GET", f"{path}/0", headers=PAGE)

    assert found.headers["Access-Control-Allow-Origin"] == "*"
    assert "ETag" in found.headers["Access-Control-Expose-Headers"]
    assert problem(missing) == "not-found"


def test_the_gateway_rejects_bodies_that_are_not_json_objects_as_the_functions_do(call, path):
    answer = call("POST", path, text="[]")

    assert (answer.status, problem(answer)) == (400, "malformed")
