"""Access to each route, in the template."""

from dataclasses import replace

import pytest

from lambdas.live.access import ticket_routes
from lambdas.rest.routes import routes
from tests.support.gallery.notes import NOTES
from tests.support.gallery.parcels import PARCELS
from tests.support.gallery.rates import RATES

BOTH = (PARCELS, NOTES)
USERS = "IdentityUsers61009EFD"


@pytest.fixture(params=["local", "dev", "prod"])
def methods(request, template):
    """The methods of a stage: (GET, /parcels) -> properties."""
    found = template(request.param, BOTH)
    where = found.paths()
    return {
        (one["HttpMethod"], where.get(one["ResourceId"].get("Ref"), "/")): one
        for one in found.properties("ApiGateway::Method").values()
    }


def test_every_route_requires_the_access_that_it_declares(methods):
    for resource in BOTH:
        asked = {
            "public": ("NONE", None),
            "iam": ("AWS_IAM", None),
            "read": ("COGNITO_USER_POOLS", [f"{resource.path}/read"]),
            "write": ("COGNITO_USER_POOLS", [f"{resource.path}/write"]),
        }
        for route in routes(resource):
            for method in route.methods:
                found = methods[method, route.full_path(resource)]
                assert (found["AuthorizationType"], found.get("AuthorizationScopes")) == asked[route.access]


def test_people_who_signed_in_may_sign_requests_about_any_item(template):
    made = template("dev", (replace(RATES, access={"get": "iam"}),))

    (policy,) = (one["Policies"][0] for name, one in made.properties("IAM::Role").items() if "Signers" in name)
    (statement,) = policy["PolicyDocument"]["Statement"]
    assert {one["Fn::Join"][1][-1] for one in statement["Resource"]} == {"/GET/rates/*", "/HEAD/rates/*"}


def test_an_api_that_anyone_may_call_has_no_authorizer_which_no_method_would_use(template):
    resources = template("dev", (replace(RATES, access={"list": "public", "get": "public"}),)).to_json()["Resources"]

    kinds = [one["Type"] for one in resources.values()]
    assert "AWS::ApiGateway::Method" in kinds
    assert "AWS::ApiGateway::Authorizer" not in kinds


def test_nothing_but_public_routes_health_and_what_the_gateway_answers_alone_is_open(methods):
    public = {
        (method, route.full_path(resource))
        for resource in BOTH
        for route in routes(resource)
        if route.access == "public"
        for method in route.methods
    } | {("POST", route.path) for route in ticket_routes(BOTH) if not route.scopes}

    served = {key for key, one in methods.items() if one["Integration"]["Type"] != "MOCK"}
    opened = {key for key in served if methods[key]["AuthorizationType"] == "NONE"}
    assert opened == public


def test_a_resource_that_is_public_to_read_is_still_written_with_its_scope(methods):
    read, written = methods["GET", "/parcels/{id}"], methods["DELETE", "/parcels/{id}"]

    assert read["AuthorizationType"] == "NONE"
    assert written["AuthorizationScopes"] == ["parcels/write"]


def test_tokens_are_those_of_our_own_pool_and_no_verdict_on_one_is_kept(template):
    (authorizer,) = template("prod", BOTH).properties("ApiGateway::Authorizer").values()

    assert authorizer["ProviderARNs"] == [{"Fn::GetAtt": [USERS, "Arn"]}]
    assert authorizer["AuthorizerResultTtlInSeconds"] == 0


def test_the_pool_has_the_plan_that_the_rotation_of_refresh_tokens_needs(template):
    assert template("prod").properties("Cognito::UserPool")[USERS]["UserPoolTier"] == "ESSENTIALS"
    rotating = [
        one for one in template("prod").properties("Cognito::UserPoolClient").values() if "RefreshTokenRotation" in one
    ]
    assert len(rotating) == 1


def test_no_client_may_use_tls_without_forward_secrecy(template):
    (api,) = template("prod").properties("ApiGateway::RestApi").values()

    assert api["SecurityPolicy"] == "SecurityPolicy_TLS13_1_2_PFS_PQ_2025_09"
    assert api["EndpointAccessMode"] == "STRICT"


def test_cursors_are_signed_with_a_secret_that_no_client_learns(template):
    """The table's id is in no ARN, no URL and no output: only DescribeTable tells it."""
    found = template("prod")
    keys = [
        one["Environment"]["Variables"]["CURSOR_KEY"]
        for one in found.properties("Lambda::Function").values()
        if "CURSOR_KEY" in one["Environment"]["Variables"]
    ]

    assert keys
    tables = found.find_resources("AWS::DynamoDB::GlobalTable")
    assert {str(key) for key in keys} <= {str({"Fn::GetAtt": [table, "TableId"]}) for table in tables}
    assert "TableId" not in str(found.to_json().get("Outputs"))
    assert "TableId" not in str(found.properties("Cognito::UserPoolDomain"))


def test_a_machine_authenticates_with_a_secret_and_a_browser_with_pkce(template):
    clients = template("prod").properties("Cognito::UserPoolClient")

    flows = {one["GenerateSecret"]: one["AllowedOAuthFlows"] for one in clients.values()}
    assert flows == {True: ["client_credentials"], False: ["code"]}
    assert all(one["AccessTokenValidity"] <= 60 for one in clients.values())


def test_the_role_for_signatures_is_for_people_who_signed_in_and_calls_only_routes_that_require_it(template):
    roles = template("prod").properties("IAM::Role").values()
    (role,) = (one for one in roles if "cognito" in str(one["AssumeRolePolicyDocument"]))

    (trust,) = role["AssumeRolePolicyDocument"]["Statement"]
    assert trust["Condition"] == {
        "StringEquals": {"cognito-identity.amazonaws.com:aud": {"Ref": "IdentitySignersPool8DFF20C3"}},
        "ForAnyValue:StringLike": {"cognito-identity.amazonaws.com:amr": "authenticated"},
    }
    statements = [one for policy in role.get("Policies", ()) for one in policy["PolicyDocument"]["Statement"]]
    assert {one["Action"] for one in statements} <= {"execute-api:Invoke"}


def test_nobody_gets_credentials_without_signing_in(template):
    (pool,) = template("prod").properties("Cognito::IdentityPool").values()

    assert pool["AllowUnauthenticatedIdentities"] is False
    assert pool.get("AllowClassicFlow", False) is False  # it would let a caller choose the role


def test_no_pool_domain_or_client_has_a_name_that_another_deployment_could_have(template):
    found = template("prod")
    (domain,) = found.properties("Cognito::UserPoolDomain").values()

    assert "AWS::StackId" in str(domain["Domain"])
    assert "UserPoolName" not in found.properties("Cognito::UserPool")[USERS]
    assert not any("ClientName" in one for one in found.properties("Cognito::UserPoolClient").values())
