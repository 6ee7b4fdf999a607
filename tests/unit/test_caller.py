"""The caller, from events as API Gateway sends them."""

import pytest

from lambdas.rest import caller

PERSON = "5f8b1c2d-0000-4000-8000-0123456789ab"
POOL = "cognito-idp.eu-west-1.amazonaws.com/eu-west-1_AbCdEfGhI"
UNSIGNED = {
    "sourceIp": "203.0.113.7",
    "userAgent": "curl/8.5.0",
    **dict.fromkeys(("accessKey", "caller", "user", "userArn", "cognitoIdentityId", "cognitoAuthenticationProvider")),
}
ROLE = UNSIGNED | {"caller": "AROAEXAMPLEEXAMPLE123:one", "userArn": "arn:aws:sts::111122223333:assumed-role/Shop/one"}
SIGNED_IN = ROLE | {
    "caller": "AROAEXAMPLEEXAMPLE999:CognitoIdentityCredentials",
    "cognitoIdentityId": "eu-west-1:0d6c1c2a-0000-4000-8000-0123456789ab",
    "cognitoAuthenticationProvider": f"{POOL},{POOL}:CognitoSignIn:{PERSON}",
}


def event(identity=UNSIGNED, claims=None):
    return {"requestContext": {"identity": identity, **({"authorizer": {"claims": claims}} if claims else {})}}


@pytest.mark.parametrize(
    ("given", "name"),
    [
        (event(claims={"sub": PERSON, "username": "ann", "token_use": "access"}), PERSON),
        (event(claims={"sub": "4kq2machineclient", "client_id": "4kq2machineclient"}), "4kq2machineclient"),
        (event(SIGNED_IN), PERSON),
        (event(SIGNED_IN | {"cognitoAuthenticationProvider": "graph.facebook.com"}), SIGNED_IN["cognitoIdentityId"]),
        (event(ROLE), "AROAEXAMPLEEXAMPLE123"),
        (event(UNSIGNED | {"caller": "AIDAEXAMPLEEXAMPLE123"}), "AIDAEXAMPLEEXAMPLE123"),
        (event(), caller.ANONYMOUS),
        ({"requestContext": {}}, caller.ANONYMOUS),
        ({"requestContext": {"authorizer": None, "identity": None}}, caller.ANONYMOUS),
    ],
    ids=[
        "a person's token",
        "a machine's token",
        "a person's signature",
        "an identity from elsewhere",
        "a role",
        "an IAM user",
        "a public route",
        "nothing said",
        "nulls",
    ],
)
def test_a_caller_has_the_identity_that_the_gateway_verified(given, name):
    assert caller.identity(given) == name


def test_a_person_is_the_same_caller_with_a_token_and_with_a_signature():
    assert caller.identity(event(claims={"sub": PERSON})) == caller.identity(event(SIGNED_IN))


def test_a_role_is_the_same_caller_whatever_its_session_calls_itself():
    other = ROLE | {"caller": "AROAEXAMPLEEXAMPLE123:anonymous"}

    assert caller.identity(event(other)) == caller.identity(event(ROLE))


def test_a_header_or_a_body_cannot_name_the_caller():
    forged = {"headers": {"x-sub": PERSON}, "body": f'{{"sub": "{PERSON}"}}', **event()}

    assert caller.identity(forged) == caller.ANONYMOUS
