"""HTTP caching (RFC 9111): for how long a shared cache, such as the CDN, may keep an answer, and which."""

from collections.abc import Mapping

from lambdas.rest.request import Request

PERSONAL = ("authorization", "cookie", "x-api-key")  # headers of a request whose answer is for its sender alone
VARY = "Accept, Authorization, Cookie"  # the request headers that decide whether an answer may be shared


def headers(request: Request) -> dict[str, str]:
    """Return the headers of a success that say who may keep it.

    Where the resource declares `shared_max_age`, a shared cache may answer for so many seconds; the client's own cache
    asks again each time, with the ETag. A request with a token or a cookie is never answered from what is shared, nor
    its answer stored there.
    """
    seconds = request.resource.shared_max_age.get(request.route.operation)
    if seconds is None:
        return {"Cache-Control": request.route.cache}
    if any(name in request.headers for name in PERSONAL):
        return {"Cache-Control": f"private, {request.route.cache}", "Vary": VARY}
    return {"Cache-Control": f"public, max-age=0, s-maxage={seconds}", "Vary": VARY}


def merged(headers: Mapping[str, str], more: Mapping[str, str]) -> dict[str, str]:
    """Return both, with what either varies by."""
    vary = ", ".join(each["Vary"] for each in (headers, more) if "Vary" in each)
    return {**headers, **more, **({"Vary": vary} if vary else {})}
