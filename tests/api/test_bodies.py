"""Bodies as text: invalid JSON that Python reads, and JSON with two meanings."""

import json

import pytest

from tests.api.test_http import PATCH, PUT

PROBLEM = "application/problem+json"


@pytest.mark.spread("text")
@pytest.mark.parametrize(
    "text",
    [
        r'{"\ud800": 1}',
        r'{"name": "\udc00"}',
        r'{"name": ["\ud83d", "\ude00"]}',
        r'{"\ud800": 1, "\ud800": 2}',
    ],
)
@pytest.mark.parametrize("method", ["POST", PUT, PATCH])
def test_half_a_surrogate_pair_is_a_400_that_can_be_read(call, path, href, method, text):
    answer = call(method, path if method == "POST" else href, text=text)

    assert (answer.status, answer.headers["Content-Type"]) == (400, PROBLEM)
    assert json.loads(answer.text.encode())["type"].endswith("malformed")


def test_a_whole_surrogate_pair_is_a_character(call, path, example):
    text = json.dumps(example | {"smile": "\U0001f600"})

    answer = call("POST", path, text=text)

    assert "ud83d" in text
    assert [error["pointer"] for error in answer.json["errors"]] == ["/smile"]


@pytest.mark.spread("text")
@pytest.mark.parametrize(
    "text", ['{"a": 1, "a": 1}', '{"a": {"b": 1, "c": 2, "b": 3}}', '{"operations": [{"a": 1, "a": 2}]}']
)
def test_two_members_of_one_name_are_a_400_that_names_them(call, path, text):
    answer = call("POST", path, text=text)

    name = "'b'" if "b" in text else "'a'"
    assert answer.status == 400
    assert f"two members named {name}" in answer.json["detail"]
