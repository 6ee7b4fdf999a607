"""The caller of a request, as the gateway authenticated it: one stable name, by token and by signature."""

import re
from collections.abc import Mapping
from typing import Any

ANONYMOUS = "anonymous"  # everyone without authentication, together
SIGNED_IN = re.compile(r":CognitoSignIn:([^,:]+)$")  # an identity pool's note of a user of the user pool


def identity(event: Mapping[str, Any]) -> str:
    """Return the caller of an API Gateway event: a person has one name, for a token and for a signature."""
    signature = event["requestContext"].get("identity") or {}  # with nulls for what the gateway did not find
    person = SIGNED_IN.search(signature.get("cognitoAuthenticationProvider") or "")
    ways = (  # the first that knows the caller counts
        claims(event).get("sub"),  # of a token: the person's id, or the client's if it is a machine
        person and person[1],  # who signs with the credentials that the identity pool issued
        signature.get("cognitoIdentityId"),  # of somebody who came to the pool another way; all of them share one role
        (signature.get("caller") or "").partition(":")[0],  # the role's or user's id: sessions of a role choose names
    )
    return str(next(filter(None, ways), ANONYMOUS))


def claims(event: Mapping[str, Any]) -> dict[str, Any]:
    """Return the claims of the caller's token; none without a token."""
    return (event["requestContext"].get("authorizer") or {}).get("claims") or {}
