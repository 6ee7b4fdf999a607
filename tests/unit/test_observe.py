"""The log of a request, without data of clients."""

import json

import pytest

from lambdas.runtime.observability import instrumented, log_unexpected, logger

REQUEST = "0f1e2d3c-4b5a-6978-8796-a5b4c3d2e1f0"


def event(**changes):
    return {
        "httpMethod": "GET",
        "resource": "/parcels/{id}",
        "path": "/parcels/private-id",
        "queryStringParameters": {"q": "private query"},
        "headers": {"Authorization": "Bearer private-token", "Cookie": "private-cookie"},
        "body": "private body",
        "requestContext": {
            "requestId": REQUEST,
            "identity": {"sourceIp": "192.0.2.77", "userAgent": "private agent"},
            "authorizer": {"claims": {"sub": "private-sub", "email": "ada@example.com"}},
        },
        **changes,
    }


def answering(status):
    return instrumented(lambda _event, _context: {"statusCode": status, "headers": {"ETag": '"1"'}, "body": "private"})


def test_each_request_is_one_line_with_its_id_route_and_status(log):
    answering(200)(event(), None)

    (line,) = log()
    told = {name: line[name] for name in ("message", "request_id", "route", "status")}
    assert told == {"message": "answered", "request_id": REQUEST, "route": "GET /parcels/{id}", "status": 200}
    assert 0 <= line["ms"] < 1000


def test_the_answer_carries_the_id_that_the_log_has(log):
    answer = answering(200)(event(), None)

    assert answer["headers"] == {"ETag": '"1"', "X-Request-Id": log()[0]["request_id"]}


@pytest.mark.parametrize(("status", "counted"), [(404, "Refusals"), (500, "Faults")])
def test_errors_are_counted_for_the_function(log, monkeypatch, status, counted):
    monkeypatch.setenv("AWS_LAMBDA_FUNCTION_NAME", "the-function")

    answering(status)(event(), None)

    _, metrics, *_ = log()
    assert (metrics[counted], metrics["function_name"]) == ([1.0], "the-function")
    assert metrics["_aws"]["CloudWatchMetrics"][0]["Metrics"] == [{"Name": counted, "Unit": "Count"}]


def test_a_fault_is_counted_for_the_version_as_well_which_a_deploy_may_be_about_to_replace(log, monkeypatch):
    monkeypatch.setenv("AWS_LAMBDA_FUNCTION_NAME", "the-function")
    monkeypatch.setenv("AWS_LAMBDA_FUNCTION_VERSION", "7")
    monkeypatch.setenv("POWERTOOLS_SERVICE_NAME", "shop")

    answering(500)(event(), None)

    _, _, metrics = log()
    assert (metrics["Faults"], metrics["function_name"], metrics["version"]) == ([1.0], "the-function", "7")
    assert set(metrics["_aws"]["CloudWatchMetrics"][0]["Dimensions"][0]) == {"service", "function_name", "version"}


def test_success_is_not_counted_because_lambda_counts_it_for_nothing(log):
    answering(201)(event(), None)

    assert [line["message"] for line in log()] == ["answered"]


def test_nothing_of_a_client_is_in_the_log(log):
    def failing(_event, _context):
        try:
            raise KeyError("private value")
        except KeyError as error:
            log_unexpected(error)
        return {"statusCode": 500, "headers": None, "body": "private"}

    instrumented(failing)(event(), None)

    told = log()
    assert (told[0]["error"], told[0]["request_id"]) == ("KeyError", REQUEST)
    for private in ("private", "192.0.2", "example.com"):
        assert private not in json.dumps(told)


def test_a_failure_says_where_it_was(log):
    try:
        raise ValueError
    except ValueError as error:
        log_unexpected(error)

    assert "test_a_failure_says_where_it_was" in log()[0]["at"][-1]


def test_nothing_leaks_from_one_request_into_the_next(log):
    def leaking(_event, _context):
        logger.append_keys(customer="of the first request")
        return {"statusCode": 200, "headers": {}, "body": ""}

    instrumented(leaking)(event(), None)
    answering(200)(event(requestContext={"requestId": "second"}), None)

    first, second = log()
    assert "customer" in first
    assert "customer" not in second
    assert second["request_id"] == "second"
