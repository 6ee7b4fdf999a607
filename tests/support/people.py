"""People of the user pool, as an administrator invites them and as a browser signs them in."""

import hashlib
import secrets
from base64 import urlsafe_b64encode
from dataclasses import dataclass
from typing import Any
from urllib.parse import parse_qs, urlsplit

import requests
from botocore.auth import SigV4Auth
from botocore.awsrequest import AWSRequest
from botocore.credentials import Credentials

from tests.support.gallery import DEPLOYED
from tests.support.gateway import serves, templates
from tools.dev import tokens
from tools.dev.emulator import REGION

CALLBACK = "http://localhost:3000/"


@dataclass(frozen=True)
class Person:
    """A user of the pool."""

    email: str
    password: str
    sub: str


def invited(deployed: Any) -> Person:
    """A new person, with a password of their own."""
    cognito, pool = deployed.client("cognito-idp"), deployed.outputs["UserPoolId"]
    email, password = f"{secrets.token_hex(8)}@example.com", f"Aa1!{secrets.token_hex(12)}"
    cognito.admin_create_user(UserPoolId=pool, Username=email, MessageAction="SUPPRESS")
    cognito.admin_set_user_password(UserPoolId=pool, Username=email, Password=password, Permanent=True)
    user = cognito.admin_get_user(UserPoolId=pool, Username=email)
    (sub,) = (one["Value"] for one in user["UserAttributes"] if one["Name"] == "sub")
    return Person(email, password, sub)


def signed_in(deployed: Any, person: Person | None = None, *, verifier: str | None = None) -> dict[str, Any]:
    """The tokens of an authorization code with PKCE; `verifier` replaces the right one."""
    person = person or invited(deployed)
    began = secrets.token_urlsafe(48)
    code = granted(deployed, person, urlsafe_b64encode(hashlib.sha256(began.encode()).digest()).decode().rstrip("="))
    grant = {"grant_type": "authorization_code", "code": code, "redirect_uri": CALLBACK}
    proof = {"client_id": deployed.outputs["BrowserClientId"], "code_verifier": began if verifier is None else verifier}
    return tokens.exchanged(deployed.emulator, grant | proof)


def granted(deployed: Any, person: Person, challenge: str) -> str:
    """The code that the sign-in page hands to the page that sent its user there."""
    asked = {
        "client_id": deployed.outputs["BrowserClientId"],
        "redirect_uri": CALLBACK,
        "response_type": "code",
        "code_challenge": challenge,
        "code_challenge_method": "S256",
    }
    form = asked | {"username": person.email, "password": person.password}
    trust = deployed.emulator.certificate
    answer = requests.post(
        f"{deployed.outputs['SignInUrl']}/login", form, verify=trust, allow_redirects=False, timeout=10
    )
    return parse_qs(urlsplit(answer.headers["Location"]).query)["code"][0]


def credentials(deployed: Any, id_token: str) -> Credentials:
    """Return the credentials that the identity pool gives for a token."""
    identities = deployed.client("cognito-identity")
    logins = {f"cognito-idp.{REGION}.amazonaws.com/{deployed.outputs['UserPoolId']}": id_token}
    identity = identities.get_id(IdentityPoolId=deployed.outputs["IdentityPoolId"], Logins=logins)["IdentityId"]
    found = identities.get_credentials_for_identity(IdentityId=identity, Logins=logins)["Credentials"]
    return Credentials(found["AccessKeyId"], found["SecretKey"], found["SessionToken"])


def signature(keys: Credentials, method: str, url: str, body: bytes | None) -> dict[str, str]:
    """The headers that sign a request with these credentials (SigV4)."""
    request = AWSRequest(method=method, url=url, data=body)
    SigV4Auth(keys, "execute-api", REGION).add_auth(request)
    return dict(request.headers)


def asks_for_a_signature(method: str, path: str) -> bool:
    """Return whether the route of a request requires a signature; a path without an id comes before one with it."""
    rows = (row for resource in DEPLOYED for row in templates(resource))
    return next((route.access for route, template in rows if serves(route, template, method, path)), "") == "iam"
