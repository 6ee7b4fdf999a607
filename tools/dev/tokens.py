"""Tokens of a stage on the emulator, got as its clients get them."""

from base64 import b64encode
from typing import Any

from tools.dev import cdk
from tools.dev.emulator import Emulator
from tools.problem import Problem


def machine_token(emulator: Emulator, outputs: dict[str, str], scopes: str = "") -> str:
    """A token for a program: its client's id and secret (RFC 6749, 4.4) for all its scopes, or for those named."""
    client, secret = outputs["MachineClientId"], machine_secret(emulator, outputs)
    proof = b64encode(f"{client}:{secret}".encode()).decode()
    form = {"grant_type": "client_credentials", **({"scope": scopes} if scopes else {})}
    return str(exchanged(emulator, form, {"Authorization": f"Basic {proof}"})["access_token"])


def machine_secret(emulator: Emulator, outputs: dict[str, str]) -> str:
    """Return the client secret, which is in no output of the stack."""
    names = {"UserPoolId": outputs["UserPoolId"], "ClientId": outputs["MachineClientId"]}
    described = cdk.client(emulator, "cognito-idp").describe_user_pool_client(**names)
    return str(described["UserPoolClient"]["ClientSecret"])


def exchanged(emulator: Emulator, form: dict[str, str], headers: dict[str, str] | None = None) -> dict[str, Any]:
    """Exchange a grant at the token endpoint."""
    import requests

    with requests.Session() as session:
        session.trust_env = False  # no proxy, no .netrc
        session.verify = emulator.certificate or True
        answer = session.post(f"{emulator.url}/oauth2/token", form, headers=headers, timeout=10)
    if not answer.ok:
        raise Problem(f"The emulator gave no token: {answer.text}")
    tokens: dict[str, Any] = answer.json()
    return tokens
