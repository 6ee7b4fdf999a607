"""The caller of a request, as the gateway vouches for it: one stable name, whichever way they authenticated."""

import re
from collections.abc import Mapping
from typing import Any

ANONYMOUS = "anonymous"  # everyone without authentication, together
SIGNED_IN = re.compile(r":CognitoSignIn:([^,:]+)$")  # an identity pool's note of a user of the user pool

type Context = Mapping[str, Any]


def identity(event: Mapping[str, Any]) -> str:
    """Return the caller of an API Gateway event: a person has one name, for a token and for a signature."""
    context = event["requestContext"]
    for way in WAYS:
        if name := way(context):
            return name
    return ANONYMOUS


def by_token(context: Context) -> str:
    """Return a token's `sub`: the person's id, or the client's if it is a machine."""
    claims = (context.get("authorizer") or {}).get("claims") or {}
    return str(claims.get("sub") or "")


def by_sign_in(context: Context) -> str:
    """Return the `sub` of a person who signs with the credentials that the identity pool issued."""
    found = SIGNED_IN.search(identity_field(context, "cognitoAuthenticationProvider"))
    return found[1] if found else ""


def by_pool_identity(context: Context) -> str:
    """Return the identity pool's own id of somebody who came to it another way; all of them share one role."""
    return identity_field(context, "cognitoIdentityId")


def by_principal(context: Context) -> str:
    """Return the role or user that signs, by the id that IAM never reuses; sessions of a role choose their names."""
    return identity_field(context, "caller").partition(":")[0]


def identity_field(context: Context, name: str) -> str:
    """Return what the gateway found in a signature; it leaves nulls where there is none."""
    return str((context.get("identity") or {}).get(name) or "")


WAYS = (by_token, by_sign_in, by_pool_identity, by_principal)  # the first that knows the caller counts
