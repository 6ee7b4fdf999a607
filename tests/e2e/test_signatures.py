"""Routes that require a signature: accepted and refused signers."""

import json
import secrets

import pytest
from botocore.credentials import Credentials

from tests.support.gallery.parcels import PARCELS
from tests.support.people import credentials, invited, signed_in

pytestmark = pytest.mark.resources(PARCELS)


@pytest.fixture
def user(deployed):
    """Make an IAM user with a policy: user("execute-api:Invoke", arn) gives its keys."""
    iam, made = deployed.client("iam"), []

    def make(action="", arn=""):
        name = f"user-{secrets.token_hex(4)}"
        iam.create_user(UserName=name)
        made.append(name)
        if action:
            statement = {"Effect": "Allow", "Action": action, "Resource": arn}
            policy = json.dumps({"Version": "2012-10-17", "Statement": [statement]})
            iam.put_user_policy(UserName=name, PolicyName="Policy", PolicyDocument=policy)
        key = iam.create_access_key(UserName=name)["AccessKey"]
        return Credentials(key["AccessKeyId"], key["SecretAccessKey"])

    return make


@pytest.fixture
def arn(deployed):
    """The ARN of a method of this API: arn("POST/parcels/batch")."""
    api = deployed.url.split("/")[-2]
    return lambda method: f"arn:aws:execute-api:us-east-1:000000000000:{api}/local/{method}"


def test_a_person_who_signed_in_signs_with_the_role_of_the_identity_pool(deployed, send):
    answer = send(credentials(deployed, signed_in(deployed)["id_token"]))

    assert answer.status_code == 200
    assert [one["status"] for one in answer.json()["results"]] == [201]


def test_a_principal_that_was_given_leave_signs_for_itself(send, user, arn):
    assert send(user("execute-api:Invoke", arn("POST/parcels/batch"))).status_code == 200


UNPROVEN = {"unsigned", "another body", "another method", "a wrong secret"}  # no proof, or one that does not hold


UNTOLD = {"without permission", "for another route", "for another service"}  # by the emulator; on AWS as DEFAULT_4XX


def test_nobody_else_gets_through_and_nothing_is_written(deployed, send, user, arn, items, token):
    person = credentials(deployed, signed_in(deployed)["id_token"])
    other_route = user("execute-api:Invoke", arn("GET/parcels"))
    before = items()

    refused = {
        "unsigned": send(),
        "a token": send(headers={"Authorization": f"Bearer {token}"}),
        "without permission": send(user()),
        "for another route": send(other_route),
        "for another service": send(user("dynamodb:*", "*")),
        "another body": send(person, signed_body=b"{}"),
        "another method": send(person, method="GET"),
        "a wrong secret": send(Credentials(person.access_key, "wrong", person.token)),
        "no session": send(Credentials(person.access_key, person.secret_key)),
        "an unknown key": send(Credentials("AKIAIOSFODNN7EXAMPLE", "wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY")),
    }

    assert {kind: answer.status_code for kind, answer in refused.items()} == {
        kind: 401 if kind in UNPROVEN else 403 for kind in refused
    }
    for kind in refused.keys() - UNTOLD:
        assert refused[kind].headers["Content-Type"] == "application/problem+json"
        assert refused[kind].headers["Access-Control-Allow-Origin"] == "*"
    assert items() == before


def test_the_identity_pool_gives_nothing_for_a_token_that_is_not_an_id_token_of_our_pages(deployed, token):
    access = signed_in(deployed)["access_token"]
    header, payload, _ = signed_in(deployed, invited(deployed))["id_token"].split(".")

    for kind in (token, access, f"{header}.{payload}.AAAA", "x.y.z"):
        with pytest.raises(Exception, match="NotAuthorized"):
            credentials(deployed, kind)


def test_unauthenticated_identities_get_no_credentials_that_a_route_accepts(deployed, send):
    """AWS gives no identity at all; the emulator gives one, of a role that does not exist."""
    identities = deployed.client("cognito-identity")
    identity = identities.get_id(IdentityPoolId=deployed.outputs["IdentityPoolId"])["IdentityId"]
    found = identities.get_credentials_for_identity(IdentityId=identity)["Credentials"]

    answer = send(Credentials(found["AccessKeyId"], found["SecretKey"], found["SessionToken"]))

    assert answer.status_code == 403


def test_the_role_of_people_calls_the_routes_that_ask_for_it_and_does_nothing_else(deployed):
    import boto3

    keys = credentials(deployed, signed_in(deployed)["id_token"])
    session = boto3.session.Session(keys.access_key, keys.secret_key, keys.token, region_name="us-east-1")
    database = session.client("dynamodb", endpoint_url=deployed.emulator.url, verify=deployed.emulator.certificate)

    with pytest.raises(Exception, match="AccessDenied"):
        database.list_tables()
