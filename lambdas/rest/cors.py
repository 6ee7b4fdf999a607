"""Cross-origin reads in a browser (CORS): the headers of the functions' answers; the gateway's are in stacks/."""

from collections.abc import Sequence

ANY = "*"
EXPOSED = (  # the headers that a page may read besides those that every page may
    *("ETag", "Location", "Link", "Idempotency-Replayed", "Retry-After", "Allow", "Deprecation", "Sunset"),
    *("WWW-Authenticate", "X-Request-Id"),
)
EXPOSE = {"Access-Control-Expose-Headers": ", ".join(EXPOSED)}


def headers(origin: str, allowed_origins: Sequence[str]) -> dict[str, str]:
    """Return the headers for a page of this origin; one that is not allowed gets none that lets it read."""
    if ANY in allowed_origins:
        return {"Access-Control-Allow-Origin": ANY, **EXPOSE}
    allowed = {"Access-Control-Allow-Origin": origin, **EXPOSE} if origin in allowed_origins else {}
    return {"Vary": "Origin", **allowed}  # a cache must not give one origin's answer to another
