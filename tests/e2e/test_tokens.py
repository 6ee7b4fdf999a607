"""Tokens as attackers forge them: each is refused, and nothing is written."""

import hmac
import json
import time
from base64 import urlsafe_b64decode, urlsafe_b64encode
from types import SimpleNamespace

import pytest
import requests

from lambdas.rest.routes import routes
from tests.support.gallery.parcels import PARCELS
from tests.support.people import invited, signed_in
from tests.support.stories import fresh
from tools.dev import tokens

WRITING = [route for route in routes(PARCELS) if route.access == "write"]

pytestmark = pytest.mark.resources(PARCELS)


def decoded(part):
    return json.loads(urlsafe_b64decode(part + "=" * (-len(part) % 4)))


def encoded(part):
    raw = part if isinstance(part, bytes) else json.dumps(part).encode()
    return urlsafe_b64encode(raw).decode().rstrip("=")


def with_payload(token, **claims):
    """The token with other claims under the old signature."""
    header, payload, signature = token.split(".")
    return ".".join((header, encoded(decoded(payload) | claims), signature))


def unsigned(token, algorithm="none"):
    header, payload, _ = token.split(".")
    return ".".join((encoded(decoded(header) | {"alg": algorithm}), payload, ""))


def signed_with_the_public_key(deployed, token):
    """The confusion of algorithms: the key that everybody may read, taken for a shared secret."""
    header, payload, _ = token.split(".")
    url = f"{deployed.emulator.url}/{deployed.outputs['UserPoolId']}/.well-known/jwks.json"
    key = requests.get(url, verify=deployed.emulator.certificate, timeout=10).json()["keys"][0]["n"]
    body = f"{encoded(decoded(header) | {'alg': 'HS256'})}.{payload}"
    return f"{body}.{encoded(hmac.digest(key.encode(), body.encode(), 'sha256'))}"


def of_another_pool(deployed):
    """A pool of somebody else's, with the same scopes."""
    cognito = deployed.client("cognito-idp")
    pool = cognito.create_user_pool(PoolName="another")["UserPool"]["Id"]
    scopes = [{"ScopeName": name, "ScopeDescription": name} for name in ("read", "write")]
    cognito.create_resource_server(UserPoolId=pool, Identifier="parcels", Name="parcels", Scopes=scopes)
    return tokens.machine_token(deployed.emulator, {"UserPoolId": pool, "MachineClientId": client_of(cognito, pool)})


def client_of(cognito, pool, **settings):
    options = {
        "GenerateSecret": True,
        "AllowedOAuthFlows": ["client_credentials"],
        "AllowedOAuthFlowsUserPoolClient": True,
        "AllowedOAuthScopes": ["parcels/read", "parcels/write"],
    }
    made = cognito.create_user_pool_client(UserPoolId=pool, ClientName="another", **options | settings)
    return made["UserPoolClient"]["ClientId"]


def expired(deployed):
    """A token of our own pool, a second after its end."""
    token = living(deployed, seconds=1)
    time.sleep(max(0, decoded(token.split(".")[1])["exp"] + 1 - time.time()))
    return token


def living(deployed, seconds):
    """A token of our own pool that lives so long."""
    cognito, pool = deployed.client("cognito-idp"), deployed.outputs["UserPoolId"]
    validity = {"AccessTokenValidity": seconds, "TokenValidityUnits": {"AccessToken": "seconds"}}
    client = client_of(cognito, pool, **validity)
    return tokens.machine_token(deployed.emulator, {"UserPoolId": pool, "MachineClientId": client})


def address(route, item):
    return route.full_path(PARCELS).lstrip("/").format(**item)


def body_of(route):
    return {"delta": 1} if isinstance(route.body, type) else fresh(PARCELS) if route.body else None


def told_to_a_page(answer):
    """Return whether a page of another origin can read what kind of problem it has."""
    kind = answer.headers["Content-Type"] == "application/problem+json" and answer.json["status"] == answer.status
    return kind and answer.headers["Access-Control-Allow-Origin"] == "*"


FORGED = {
    "no token": lambda _: None,
    "an empty header": lambda _: "",
    "no word but Bearer": lambda _: "Bearer",
    "garbage": lambda _: "Bearer x.y.z",
    "no JSON": lambda _: "Bearer " + ".".join(["AAAA"] * 3),
    "another scheme": lambda _: "Basic dGVzdDp0ZXN0",
    "a token cut short": lambda at: f"Bearer {at.token[:-4]}",
    "another's payload": lambda at: f"Bearer {with_payload(at.token, sub='somebody else')}",
    "a longer life": lambda at: f"Bearer {with_payload(at.token, exp=int(time.time()) + 10**6)}",
    "alg none": lambda at: f"Bearer {unsigned(at.token)}",
    "alg nOnE": lambda at: f"Bearer {unsigned(at.token, 'nOnE')}",
    "alg HS256": lambda at: f"Bearer {signed_with_the_public_key(at.deployed, at.token)}",
    "another pool": lambda at: f"Bearer {of_another_pool(at.deployed)}",
    "an expired one": lambda at: f"Bearer {expired(at.deployed)}",
    "another scope": lambda at: (
        f"Bearer {tokens.machine_token(at.deployed.emulator, at.deployed.outputs, 'parcels/read')}"
    ),
    "an ID token": lambda at: f"Bearer {signed_in(at.deployed)['id_token']}",
}


@pytest.fixture(scope="module")
def forged(deployed, token):
    deployed.client("cognito-idp")  # skips where the pool is not ours to look into
    at = SimpleNamespace(deployed=deployed, token=token)
    return {name: forge(at) for name, forge in FORGED.items()}


@pytest.mark.parametrize("kind", FORGED)
def test_a_forged_token_is_refused_by_every_route_that_writes_and_nothing_is_written(call, forged, new, items, kind):
    made = new()
    before = items()
    headers = {"Authorization": forged[kind]}

    refused = [call(route.method, address(route, made), body_of(route), headers=headers) for route in WRITING]

    assert {answer.status for answer in refused} <= {401, 403}
    assert all(map(told_to_a_page, refused))
    assert items() == before


def test_the_expired_token_is_rejected_for_its_age(deployed, call, example):
    token = living(deployed, seconds=60)

    assert call("POST", "parcels", example, headers={"Authorization": f"Bearer {token}"}).status == 201


def test_a_person_who_signed_in_with_a_code_and_its_proof_may_write(deployed, call, example):
    deployed.client("cognito-idp")
    token = signed_in(deployed)["access_token"]

    answer = call("POST", "parcels", example, headers={"Authorization": f"Bearer {token}"})

    assert answer.status == 201


def test_an_authorization_code_is_useless_without_its_verifier(deployed):
    deployed.client("cognito-idp")
    person = invited(deployed)

    for guess in ("", "guess" * 10):
        with pytest.raises(Exception, match="invalid_grant"):
            signed_in(deployed, person, verifier=guess)


def test_the_machine_gets_no_token_without_its_secret(deployed):
    deployed.client("cognito-idp")
    form = {"grant_type": "client_credentials", "client_id": deployed.outputs["MachineClientId"]}

    for secret in ({}, {"client_secret": "guess"}):
        with pytest.raises(Exception, match="invalid_client"):
            tokens.exchanged(deployed.emulator, form | secret)


def test_a_token_carries_no_more_than_was_asked_for(deployed):
    deployed.client("cognito-idp")
    token = tokens.machine_token(deployed.emulator, deployed.outputs, "parcels/read")

    assert decoded(token.split(".")[1])["scope"] == "parcels/read"
