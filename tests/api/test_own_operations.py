"""Operations that a resource declares itself, which keep the same promises as the others."""

from dataclasses import replace

import pytest

from lambdas.rest.crud import CREATE, GET, LIST, UPLOAD
from tests.support.gallery.albums import ALBUMS
from tests.support.gallery.orders import CANCEL, ORDERS, TOTAL
from tests.support.gallery.strict import CONTRACTS
from tests.support.gateway import left_out

pytestmark = pytest.mark.resources(ORDERS)
REASON = {"reason": "It takes too long."}
LINES = [{"name": "Pen", "price": "0.10", "number": 3}, {"name": "Book", "price": "9.99", "number": 2}]


def kind(answer):
    return answer.json["type"].rpartition("#")[2]


def test_an_operation_does_what_its_module_says(call, href):
    answer = call("POST", f"{href}/cancel", REASON)

    assert (answer.status, answer.headers["ETag"]) == (200, '"2"')
    assert (answer.json["state"], answer.json["reason"]) == ("cancelled", REASON["reason"])
    assert call("GET", href).json == answer.json


def test_a_rule_that_does_not_hold_is_the_operations_own_problem(call, path, new):
    sent = new(state="sent")

    answer = call("POST", f"{path}/{sent['id']}/cancel", REASON)

    assert (answer.status, kind(answer)) == (409, "not-open")
    assert call("GET", f"{path}/{sent['id']}").json == sent


def test_an_operation_on_a_missing_item_is_a_404(call, href):
    assert call("POST", f"{href[:-1]}-/cancel", REASON).status == 404


@pytest.mark.parametrize("body", [{}, {"reason": ""}, {"reason": "x", "colour": "red"}])
def test_a_body_that_does_not_fit_its_model_is_a_400_that_names_the_field(call, href, body):
    answer = call("POST", f"{href}/cancel", body)

    assert (answer.status, kind(answer)) == (400, "invalid")
    assert answer.json["errors"][0]["pointer"] in ("/reason", "/colour")


@pytest.mark.parametrize(("header", "status"), [('"1"', 200), ("*", 200), ('"2"', 412)])
def test_if_match_is_checked(call, href, header, status):
    assert call("POST", f"{href}/cancel", REASON, headers={"If-Match": header}).status == status


def test_a_precondition_comes_before_the_rule(call, path, new):
    cancel = f"{path}/{new(state='sent')['id']}/cancel"

    assert kind(call("POST", cancel, REASON, headers={"If-Match": '"7"'})) == "precondition-failed"


def test_it_is_done_once_for_each_key(call, href, key):
    first, again = (call("POST", f"{href}/cancel", REASON, headers=key) for _ in range(2))

    assert (first.status, again.status, again.json) == (200, 200, first.json)
    assert again.headers["Idempotency-Replayed"] == "true"
    assert kind(call("POST", f"{href}/cancel", REASON)) == "not-open"


@pytest.mark.resources(CONTRACTS)
def test_an_operation_without_a_body_is_done_once_for_each_key(call, href, key):
    first, again = (call("POST", f"{href}/end", headers={**key, "If-Match": '"1"'}) for _ in range(2))

    assert (first.status, again.status, again.json) == (200, 200, first.json)
    assert again.headers["Idempotency-Replayed"] == "true"


def test_it_answers_with_a_model_of_its_own(call, path, new):
    answer = call("GET", f"{path}/{new(lines=LINES)['id']}/total")

    assert (answer.status, answer.json) == (200, {"amount": "20.28", "pieces": 5})
    assert "ETag" not in answer.headers


def test_the_end_of_an_operation_is_announced_in_its_answers(call, href):
    answer = call("GET", f"{href}/total")

    assert (answer.headers["Deprecation"], answer.headers["Sunset"]) == (TOTAL.deprecated, TOTAL.sunset)


@pytest.mark.parametrize(
    ("query", "amount"), [("percent=50", "10.14"), ("percent=0&whole=true", "20"), ("whole=false", "20.28")]
)
def test_it_takes_query_parameters_of_its_own(call, path, new, query, amount):
    assert call("GET", f"{path}/{new(lines=LINES)['id']}/total?{query}").json["amount"] == amount


@pytest.mark.parametrize("query", ["percent=101", "percent=ten", "percent=1.5", "whole=yes", "colour=red", "limit=1"])
def test_a_wrong_parameter_is_a_400_that_names_it(call, href, query):
    answer = call("GET", f"{href}/total?{query}")

    assert (answer.status, kind(answer)) == (400, "invalid-parameter")
    assert query.partition("=")[0] in answer.json["detail"]


def test_it_answers_with_a_page_of_items(call, path, new):
    found = [new(state="sent"), new()]
    new(state="cancelled")

    answer = call("POST", f"{path}/search", {"states": ["open", "sent"]})

    assert (answer.json["items"], answer.json["next"]) == (found, None)


def test_it_takes_no_filters_of_lists_unless_it_says_so(call, path):
    assert kind(call("POST", f"{path}/search?state=open", {"states": ["open"]})) == "invalid-parameter"


def test_a_cursor_that_it_did_not_return_is_a_400(call, path):
    assert kind(call("POST", f"{path}/search", {"states": ["open"], "cursor": "guess"})) == "invalid-cursor"


def test_another_person_has_no_such_item(call, gateway, path, created):
    gateway.proof = {"authorizer": {"claims": {"sub": "somebody else"}}}

    answers = [call("POST", f"{path}/{created['id']}/cancel", REASON), call("GET", f"{path}/{created['id']}/total")]
    assert [answer.status for answer in answers] == [404, 404]
    assert call("POST", f"{path}/search", {"states": ["open"]}).json["items"] == []


def test_a_path_of_its_own_comes_before_an_id(gateway):
    total = replace(TOTAL, path="total")
    gateway.resource = replace(ORDERS, operations=(GET, total))

    route, parameters = gateway.matched("GET", "orders/total")
    assert (route.name, parameters) == ("total", {})
    assert left_out(replace(ORDERS, operations=(LIST, total)), "GET", "orders/total") == ""


def test_a_story_of_it_is_told_where_others_whose_paths_fit_are_left_out():
    alone = replace(ORDERS, operations=(LIST, CANCEL))
    files = replace(ALBUMS, operations=(CREATE, UPLOAD))

    assert left_out(alone, "POST", "orders/1/cancel") == ""
    assert left_out(alone, "POST", "orders/1/number") == "count"
    assert left_out(files, "POST", "albums/1/cover") == ""
