"""Answers of the gateway itself, in the templates: as problems, and for the pages that a stage names."""

import json
import re
from collections import defaultdict

import pytest

from lambdas.rest.problems import PROBLEM_TYPES
from tests.support import stages
from tests.support.gallery.parcels import PARCELS

MAPPED = "method.response.header."
SEVERAL = ("https://one.example", "https://two.example")


@pytest.fixture(scope="session")
def open_to_several(synthesize):
    return synthesize(stages.named("dev"), cors_origins=SEVERAL)


def methods(template):
    """The methods of each path's resource, by their names."""
    found = defaultdict(dict)
    for method in template.find_resources("AWS::ApiGateway::Method").values():
        properties = method["Properties"]
        found[str(properties["ResourceId"])][properties["HttpMethod"]] = properties
    return found


def mocks(template):
    """Each mock's one answer."""
    for path in methods(template).values():
        for method in path.values():
            if method["Integration"]["Type"] == "MOCK":
                yield method, method["Integration"]["IntegrationResponses"][0]


def errors(template):
    found = template.find_resources("AWS::ApiGateway::GatewayResponse").values()
    return {error["Properties"]["ResponseType"]: error["Properties"] for error in found}


def test_the_gateways_errors_are_problems_of_their_status(template):
    for error in errors(template("prod")).values():
        problem = json.loads(error["ResponseTemplates"]["application/json"])
        assert problem["status"] == int(error["StatusCode"]) == PROBLEM_TYPES[problem["type"].rpartition("#")[2]].status
        assert error["ResponseParameters"]["gatewayresponse.header.Content-Type"] == "'application/problem+json'"
        assert "$context.requestId" in problem["instance"]


def test_no_answer_is_filled_with_text_whose_quotes_the_gateway_does_not_escape(synthesize):
    for found in errors(synthesize(stages.named("dev"), (PARCELS,), gateway_checks_fields=True)).values():
        assert re.findall(r"\$context\.[\w.]+", found["ResponseTemplates"]["application/json"]) == [
            "$context.requestId"
        ]


@pytest.mark.parametrize("status", [400, 401, 403, 404, 413, 415, 429, 500, 504])
def test_every_status_that_the_gateway_can_answer_is_declared(template, status):
    assert str(status) in {error["StatusCode"] for error in errors(template("prod")).values()}


def test_every_path_answers_options_and_405(template):
    for path in methods(template("prod")).values():
        (refusal,) = path["ANY"]["Integration"]["IntegrationResponses"]
        if refusal["StatusCode"] == "404":
            continue
        allow = refusal["ResponseParameters"][f"{MAPPED}Allow"]
        assert refusal["StatusCode"] == "405"
        assert {name.strip() for name in allow.strip("'").split(",")} == path.keys() - {"ANY"}
        assert path["OPTIONS"]["Integration"]["IntegrationResponses"][0]["StatusCode"] == "204"


def test_mocks_need_no_authentication_and_declare_their_responses(template):
    for method, answer in mocks(template("prod")):
        assert method["AuthorizationType"] == "NONE"
        assert answer["ResponseParameters"].keys() <= method["MethodResponses"][0]["ResponseParameters"].keys()


@pytest.mark.parametrize(("stage", "origin"), [("dev", "*"), ("prod", "https://localhost")])
def test_one_origin_is_named_by_everything_that_the_gateway_answers(template, stage, origin):
    for error in errors(template(stage)).values():
        assert error["ResponseParameters"]["gatewayresponse.header.Access-Control-Allow-Origin"] == f"'{origin}'"
    for _, answer in mocks(template(stage)):
        assert answer["ResponseParameters"][f"{MAPPED}Access-Control-Allow-Origin"] == f"'{origin}'"
        assert (f"{MAPPED}Vary" in answer["ResponseParameters"]) == (origin != "*")


def test_of_several_origins_the_one_of_the_request_is_named(open_to_several):
    for _, answer in mocks(open_to_several):
        assert f"{MAPPED}Access-Control-Allow-Origin" not in answer["ResponseParameters"]
        assert answer["ResponseParameters"][f"{MAPPED}Vary"] == "'Origin'"
        template = answer["ResponseTemplates"]["application/json"]
        assert all(f'$origin == "{origin}"' in template for origin in SEVERAL)
    for error in errors(open_to_several).values():
        assert error["ResponseParameters"]["gatewayresponse.header.Access-Control-Allow-Origin"] == (
            "method.request.header.Origin"
        )
