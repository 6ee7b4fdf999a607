"""What an operation answers."""

import json
from collections.abc import Collection, Mapping
from dataclasses import dataclass, field, replace
from typing import Any

from dynamodel import Model
from lambdas.rest.etag import etag


@dataclass(frozen=True)
class Response:
    """A status, headers, and a body: JSON, or nothing."""

    status: int
    body: Any = None
    headers: Mapping[str, str] = field(default_factory=dict)
    media_type: str = "application/json"

    @property
    def text(self) -> str:
        """The body as it is sent."""
        return "" if self.body is None else json.dumps(self.body, ensure_ascii=False, separators=(",", ":"))

    @property
    def summary(self) -> dict[str, Any]:
        """The same as a part of another one's body."""
        parts = {"status": self.status, "headers": {**self.headers}, "body": self.body}
        return {name: part for name, part in parts.items() if part}

    def with_headers(self, headers: Mapping[str, str]) -> "Response":
        """The same with more headers; its own count where both name one."""
        return replace(self, headers={**headers, **self.headers})

    def to_proxy_response(self, *, body: bool) -> dict[str, Any]:
        """The response as API Gateway wants it; HEAD is answered without the body."""
        media_type = {} if self.body is None else {"Content-Type": self.media_type}
        return {
            "statusCode": self.status,
            "headers": {**self.headers, **media_type},
            "body": self.text if body else "",
        }


def found(item: Model, fields: Collection[str] | None = None) -> Response:
    """An item, or the fields of it that were asked for."""
    return Response(200, item.to_json(include=fields), {"ETag": etag(item)})


def created(item: Model, href: str) -> Response:
    """An item that was not there before, and where it is."""
    return Response(201, item.to_json(), {"ETag": etag(item), "Location": href})
