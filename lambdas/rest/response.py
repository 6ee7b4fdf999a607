"""The response of an operation."""

import json
from collections.abc import Collection, Mapping
from types import MappingProxyType
from typing import Any, NamedTuple

from dynamodel import Model, Page, to_json
from lambdas.rest.etag import etag
from lambdas.runtime.observability import log_unreadable

NO_HEADERS: Mapping[str, str] = MappingProxyType({})
PERSONAL = frozenset({"authorization", "cookie", "x-api-key"})  # such a request is answered for its sender
VARY = "Accept, Authorization, Cookie"  # the request headers that decide whether an answer may be shared


class Response(NamedTuple):
    """A status, headers, and a body: JSON, or nothing."""

    status: int
    body: Any = None
    headers: Mapping[str, str] = NO_HEADERS
    media_type: str = "application/json"

    @property
    def text(self) -> str:
        """The body as it is sent."""
        return "" if self.body is None else json.dumps(self.body, ensure_ascii=False, separators=(",", ":"))

    @property
    def summary(self) -> dict[str, Any]:
        """The response as a part of the body of another."""
        parts = {"status": self.status, "headers": {**self.headers}, "body": self.body}
        return {name: part for name, part in parts.items() if part}

    def with_headers(self, headers: Mapping[str, str]) -> "Response":
        """Return the response with more headers; where both have a header, its own value stays."""
        return self._replace(headers={**headers, **self.headers})

    def to_proxy_response(self, *, body: bool) -> dict[str, Any]:
        """Return the response in the form that API Gateway requires; without the body for HEAD."""
        media_type = {} if self.body is None else {"Content-Type": self.media_type}
        return {
            "statusCode": self.status,
            "headers": {**self.headers, **media_type},
            # as UTF-8 can hold it: a detail may quote half of a surrogate pair that a client sent
            "body": self.text.encode("utf-8", "backslashreplace").decode() if body else "",
        }


def found(item: Model, fields: Collection[str] | None = None) -> Response:
    """Return the response with an item, or with some of its fields."""
    return Response(200, item.to_json(include=fields), {"ETag": etag(item)})


def created(item: Model, location: str) -> Response:
    """Return the response with a new item and its location."""
    return Response(201, item.to_json(), {"ETag": etag(item), "Location": location})


def listed(page: Page[Any], fields: Collection[str] | None = None, headers: Mapping[str, str] = NO_HEADERS) -> Response:
    """Return the response with a page of items, and the keys of items in its place that do not fit the model."""
    body: dict[str, Any] = {"items": [item.to_json(include=fields) for item in page.items], "next": page.cursor}
    if page.unreadable:
        log_unreadable(page.unreadable)
        body["unreadable"] = [to_json(error.key) for error in page.unreadable]
    return Response(200, body, headers)


def caching_headers(sent: Mapping[str, str], headers: Mapping[str, str], seconds: int) -> dict[str, str]:
    """Return the headers of a success of a public read that shared caches may keep.

    They may answer for as many seconds; the client's own cache asks again each time, with the ETag. A request with a
    token or a cookie is never answered from what is shared, nor its answer stored there.

    Args:
        sent: The headers of the request, by name in lower case.
        headers: Those that the response has otherwise: Cache-Control, and Vary, if it depends on the page's origin.
        seconds: As the resource declares them in `shared_max_age`.
    """
    vary = {"Vary": ", ".join(filter(None, (VARY, headers.get("Vary"))))}
    if not PERSONAL.isdisjoint(sent):
        return {"Cache-Control": f"private, {headers['Cache-Control']}", **vary}
    return {"Cache-Control": f"public, max-age=0, s-maxage={seconds}", **vary}
