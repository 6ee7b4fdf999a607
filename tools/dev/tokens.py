"""Tokens of a stage on the emulator, got as its clients get them."""

from base64 import b64encode
from typing import Any

from tools.dev import cdk
from tools.dev.emulator import Emulator
from tools.problem import Problem

MACHINE_GRANT = {"grant_type": "client_credentials"}


def machine_token(emulator: Emulator, outputs: dict[str, str], scopes: str = "") -> str:
    """A token for a program: its client's id and secret (RFC 6749, 4.4) for all its scopes, or for those named."""
    form = {**MACHINE_GRANT, **({"scope": scopes} if scopes else {})}
    headers = machine_headers(cdk.client(emulator, "cognito-idp"), outputs)
    return str(exchanged(emulator, form, headers)["access_token"])


def machine_headers(cognito: Any, outputs: dict[str, str]) -> dict[str, str]:
    """Return the headers that authenticate the machine client; its secret is in no output of the stack."""
    client = outputs["MachineClientId"]
    described = cognito.describe_user_pool_client(UserPoolId=outputs["UserPoolId"], ClientId=client)
    proof = f"{client}:{described['UserPoolClient']['ClientSecret']}"
    return {"Authorization": f"Basic {b64encode(proof.encode()).decode()}"}


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
