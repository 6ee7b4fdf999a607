"""Operations in the template: those that a resource leaves out are absent, and its own have what they declare."""

import re
from dataclasses import replace

import pytest

from dynamodel import Attr, Model, attr
from lambdas.rest.crud import CREATE, CRUD, GET, LIST
from lambdas.rest.declarations import check_module
from lambdas.rest.operation import Operation
from lambdas.rest.problems import ProblemType
from stacks.contract.document import document
from tests.conftest import ROOT
from tests.support.forks import forked
from tests.support.gallery.orders import CANCEL, ORDERS, SEARCH
from tests.support.gallery.rates import RATES


def answers(template, path):
    """The statuses of the gateway's own answers at a path, by method, with the methods that are allowed."""
    (place,) = (name for name, one in template.paths().items() if one == path)
    found = {}
    for method in template.properties("ApiGateway::Method").values():
        if method["ResourceId"].get("Ref") == place:
            response = method["Integration"].get("IntegrationResponses", [{}])[0]
            allowed = response.get("ResponseParameters", {}).get("method.response.header.Allow", "").strip("'")
            found[method["HttpMethod"]] = (response.get("StatusCode"), allowed)
    return found


@pytest.fixture(scope="session")
def rates(template):
    return template("dev", (RATES,))


def test_an_operation_that_is_left_out_has_no_function_role_or_schema(rates):
    handlers = [one["Handler"] for one in rates.properties("Lambda::Function").values()]

    assert [name for name in handlers if name.startswith("lambdas.crud.")] == [
        "lambdas.crud.list.handler",
        "lambdas.crud.get.handler",
    ]
    assert not [
        name for name in rates.properties("IAM::Role") if re.match("Rates(Create|Replace|Patch|Delete|Bat)", name)
    ]
    assert {*document([RATES])["components"]["schemas"]} >= {"Rate", "RatePage"}
    assert not [name for name in document([RATES])["components"]["schemas"] if re.search("Create|Patch|Batch", name)]


def test_a_method_that_is_left_out_is_a_405_that_names_the_others(rates):
    assert answers(rates, "/rates") == {
        "GET": (None, ""),
        "HEAD": (None, ""),
        "OPTIONS": ("204", "GET, HEAD, OPTIONS"),
        "ANY": ("405", "GET, HEAD, OPTIONS"),
    }


def test_a_path_whose_operations_are_all_left_out_is_a_404(template):
    cancelled = replace(ORDERS, operations=(CREATE, LIST, CANCEL))

    assert answers(template("dev", (cancelled,)), "/orders/{id}") == {"ANY": ("404", "")}


def test_an_operation_of_its_own_has_a_function_with_its_permissions_alone(template):
    found = template("dev", (ORDERS,))
    functions = {one["Handler"].split(".")[-2]: one for one in found.properties("Lambda::Function").values()}

    held = {}
    for name in ("cancel", "total", "search"):
        role = found.properties("IAM::Role")[functions[name]["Role"]["Fn::GetAtt"][0]]
        statements = role["Policies"][0]["PolicyDocument"]["Statement"]
        held[name] = [one for one in statements if "dynamodb" in str(one["Action"])]
    assert [one["Action"] for one in held["cancel"]] == [[f"dynamodb:{verb}Item" for verb in ("Get", "Put", "Update")]]
    assert [one["Action"] for one in held["total"]] == ["dynamodb:GetItem"]
    assert [one["Action"] for one in held["search"]] == ["dynamodb:Query"]
    assert "/index/" in str(held["search"])
    assert "/index/" not in str(held["total"])


def test_the_contract_has_its_path_body_response_and_problems():
    contract = document([ORDERS])

    cancel = contract["paths"]["/orders/{id}/cancel"]["post"]
    assert (cancel["operationId"], cancel["summary"]) == ("cancelOrders", "Cancel an order that was not sent yet")
    assert cancel["security"] == [{"oauth2": ["orders/write"]}]
    assert {one["name"] for one in cancel["parameters"]} == {"If-Match", "Idempotency-Key"}
    assert cancel["requestBody"]["content"]["application/json"]["example"] == {"reason": "It takes too long."}
    assert cancel["responses"]["409"]["$ref"].rpartition("/")[2] == "not-open"
    assert "| /docs/errors.html#not-open | 409 |" in contract["info"]["description"]
    percent = contract["paths"]["/orders/{id}/total"]["get"]["parameters"][0]
    assert (percent["name"], percent["in"], percent["required"]) == ("percent", "query", False)
    assert percent["schema"]["maximum"] == 100
    total = contract["paths"]["/orders/{id}/total"]["get"]["responses"]["200"]
    assert total["content"]["application/json"]["schema"] == {"$ref": "#/components/schemas/Total"}


WRONG = {
    "no module": ({"module": "cancel"}, "the name of a module"),
    "method": ({"method": "CANCEL"}, "method='CANCEL' is not 'GET' or 'POST' or 'PUT' or 'PATCH' or 'DELETE'"),
    "path": ({"path": "{order}/cancel"}, "a path of small letters, digits, dashes and {id}"),
    "access": ({"access": "admin"}, "access='admin' is not 'public' or 'read' or 'write' or 'iam'"),
    "permission": (
        {"permissions": ("UpdateItems",)},
        "permissions=('UpdateItems',) is not a tuple, as (one,), of 'GetItem' or 'Query'",
    ),
    "body": ({"method": "GET"}, "another method to have a body"),
    "parameter": ({"parameters": ("colour",)}, "not colour"),
    "one text": ({"permissions": "UpdateItem"}, "permissions='UpdateItem' is not a tuple, as (one,), of 'GetItem'"),
    "key": ({"permissions": ("UpdateItem",)}, "the permission PutItem"),
}


@pytest.mark.parametrize(("change", "reason"), WRONG.values(), ids=WRONG)
def test_an_operation_that_could_not_be_deployed_is_refused_with_a_message(change, reason):
    with pytest.raises(TypeError, match=re.escape(reason)):
        replace(CANCEL, **change)


class Unexplained(Model):
    """A body without an example."""

    reason: Attr[str] = attr()


TOGETHER = {
    "a list": ([*CRUD], "Operation is not a tuple, as (one,), of Operation"),
    "none": ((), "it needs operations, as (*CRUD, CANCEL)"),
    "one name": ((*CRUD, replace(CANCEL, module="lambdas.operations.create")), "different names"),
    "one path": ((*CRUD, replace(SEARCH, path="batch")), "different methods or paths"),
    "no example": ((*CRUD, replace(CANCEL, body=Unexplained)), "examples=(...)"),
    "public and owned": ((*CRUD, replace(CANCEL, access="public")), "no public routes"),
}


@pytest.mark.parametrize(("operations", "reason"), TOGETHER.values(), ids=TOGETHER)
def test_operations_that_conflict_are_refused_with_a_message(operations, reason):
    with pytest.raises(TypeError, match=re.escape(reason)):
        replace(ORDERS, operations=operations)


def test_a_live_resource_needs_its_list():
    with pytest.raises(TypeError, match="a list that is public or for tokens"):
        replace(RATES, operations=(GET,), live=True)


@pytest.mark.parametrize(
    "kind", [ProblemType("not-found", 404, "No."), ProblemType("Gone", 410, "No."), ProblemType("gone", 500, "No.")]
)
def test_an_invalid_or_conflicting_problem_type_is_refused_with_a_message(kind):
    wrong = replace(ORDERS, operations=(*CRUD, replace(CANCEL, problems=(kind,))))

    with pytest.raises(TypeError, match=f"{kind.name}"):
        document([wrong])


def test_a_problem_type_that_is_not_declared_is_refused_with_a_message():
    mistyped = replace(ORDERS, operations=(*CRUD, replace(CANCEL, problems=("not-opne",))))

    with pytest.raises(TypeError, match="not-opne"):
        document([mistyped])


def test_a_missing_module_is_refused_with_a_message():
    with pytest.raises(TypeError, match=r"write lambdas/operation/cancel\.py"):
        check_module("lambdas.operation.cancel")


def test_a_module_without_a_handler_is_refused_with_a_message():
    with pytest.raises(TypeError, match="needs a function named handler"):
        document([replace(ORDERS, operations=(replace(CANCEL, module="lambdas.rest.change"),))])


@pytest.mark.parametrize(
    ("given", "error"),
    [
        ({"method": "GET", "access": "read"}, "Operation needs module"),
        ({"module": "lambdas.crud.get", "method": "GET", "access": "read"}, "Operation needs permissions"),
        (
            {"module": "lambdas.crud.get", "method": "GET", "access": "read", "permissions": (), "pathh": "x"},
            "Operation has no pathh",
        ),
    ],
)
def test_a_declaration_names_the_value_that_it_lacks_or_does_not_know(given, error):
    with pytest.raises(TypeError, match=error):
        Operation(**given)


@pytest.mark.parametrize("room", ["operations", "resources"])
def test_a_fork_with_the_gallery_keeps_modules_of_its_own(tmp_path, room):
    """Those of the gallery may have the same names."""
    forked(tmp_path, [ORDERS])

    names = {path.name for path in (ROOT / "lambdas" / room).glob("*.py")}
    kept = {path.name for path in (tmp_path / "lambdas" / room).glob("*.py")}
    assert kept - names == ({"gallery_orders.py"} if room == "resources" else set())
    for name in names:
        assert (tmp_path / "lambdas" / room / name).read_text() == (ROOT / "lambdas" / room / name).read_text()
