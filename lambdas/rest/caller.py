"""Who calls, as the gateway vouches for it: one stable name, whichever way the caller proved it."""

import re
from collections.abc import Mapping
from typing import Any

ANONYMOUS = "anonymous"  # everyone without a proof, together
SIGNED_IN = re.compile(r":CognitoSignIn:([^,:]+)$")  # how an identity pool says which user of the user pool it is

type Context = Mapping[str, Any]


def identity(event: Mapping[str, Any]) -> str:
    """The caller of an API Gateway event: a person has one name, whether they send a token or a signature."""
    return next(filter(None, (way(event["requestContext"]) for way in WAYS)), ANONYMOUS)


def by_token(context: Context) -> str:
    """A token's `sub`: the person's id, or the client's if it is a machine."""
    claims = (context.get("authorizer") or {}).get("claims") or {}
    return str(claims.get("sub") or "")


def by_sign_in(context: Context) -> str:
    """The `sub` of a person who signs with the credentials that the identity pool gave them."""
    found = SIGNED_IN.search(signer(context, "cognitoAuthenticationProvider"))
    return found[1] if found else ""


def by_pool_identity(context: Context) -> str:
    """The identity pool's own id of somebody who came to it another way; all of them share one role."""
    return signer(context, "cognitoIdentityId")


def by_principal(context: Context) -> str:
    """The role or user that signs, by the id that IAM never gives out again; sessions of a role choose their names."""
    return signer(context, "caller").partition(":")[0]


def signer(context: Context, name: str) -> str:
    """What the gateway found out about a signature; it leaves nulls where there is none."""
    return str((context.get("identity") or {}).get(name) or "")


WAYS = (by_token, by_sign_in, by_pool_identity, by_principal)  # the first that knows the caller counts
