"""Which pages may read the API's answers in a browser (CORS): the functions' part; the gateway's is in stacks/."""

from collections.abc import Sequence

from lambdas.runtime.environment import Environment

ANY = "*"
EXPOSED = (  # the headers that a page may read besides those that every page may
    *("ETag", "Location", "Link", "Idempotency-Replayed", "Retry-After", "Allow", "Deprecation", "Sunset"),
    *("WWW-Authenticate", "X-Request-Id"),
)
EXPOSE = {"Access-Control-Expose-Headers": ", ".join(EXPOSED)}


def headers(origin: str) -> dict[str, str]:
    """The headers for a page of this origin; an origin that is not allowed gets none that lets it read."""
    return allowing(origin, Environment.read().cors_origins.split())


def allowing(origin: str, origins: Sequence[str]) -> dict[str, str]:
    """Likewise, where these origins are allowed."""
    if ANY in origins:
        return {"Access-Control-Allow-Origin": ANY, **EXPOSE}
    allowed = {"Access-Control-Allow-Origin": origin, **EXPOSE} if origin in origins else {}
    return {"Vary": "Origin", **allowed}  # a cache must not give one origin's answer to another
