"""What a client asks: API Gateway's event, parsed once, at the edge. Whatever is wrong with it is a Problem."""

import base64
import json
import re
from decimal import Decimal
from functools import cached_property
from typing import Any

from dynamodel import Invalid, Model, NotFound, Path, Table
from lambdas.rest import caller
from lambdas.rest.problems import Problem
from lambdas.rest.resource import load
from lambdas.rest.routes import Route
from lambdas.runtime.environment import Environment
from lambdas.runtime.tables import table

type Event = dict[str, Any]


class Request:
    """One call of an operation, on the resource and table that its function serves."""

    def __init__(self, event: Event, route: Route) -> None:
        """Take API Gateway's proxy event and the route that it came by."""
        self.event, self.route = event, route
        settings = Environment.read()
        self.resource = load(settings.resource)
        self.model = self.resource.model
        self.table = self.seen_by_caller(table(self.model, settings.table_name))
        self.headers = sent_headers(event)

    def seen_by_caller(self, whole: Table[Model]) -> Table[Model]:
        """The table, of which a caller sees what is theirs where items have owners."""
        return whole.owned_by(caller.identity(self.event)) if self.resource.owned else whole

    @property
    def id(self) -> str:
        """The id in the path. Raises NotFound for one that no item can have."""
        given = str(self.event["pathParameters"]["id"])
        try:
            self.model.schema.key(given)
        except Invalid:
            raise NotFound(given) from None
        return given

    @property
    def counter(self) -> Path[int]:
        """The counter that the path ends in."""
        counter: Path[int] = self.model.schema.attributes[self.event["resource"].rpartition("/")[2]].path
        return counter

    @cached_property
    def parameters(self) -> dict[str, str]:
        """The query parameters, each given once."""
        given: dict[str, list[str]] = self.event.get("multiValueQueryStringParameters") or {}
        if twice := [name for name, values in given.items() if len(values) > 1]:
            raise Problem("invalid-parameter", f"Give {', '.join(twice)} once.")
        return {name: values[0] for name, values in given.items()}

    @property
    def possible_parameters(self) -> tuple[str, ...]:
        """The query parameters that the route takes."""
        return (*self.route.parameters, *(self.resource.filters if self.route.on_index else ()))

    @cached_property
    def fields(self) -> tuple[str, ...] | None:
        """The fields asked for by `fields=name,price`; None for all of them."""
        given = self.parameters.get("fields")
        fields = None if given is None else tuple(given.split(","))
        possible = self.model.schema.attributes
        if unknown := [name for name in fields or () if name not in possible]:
            raise Problem("invalid-parameter", f"There is no field {unknown[0]!r}; there is {', '.join(possible)}.")
        return fields

    @property
    def paths(self) -> list[Path[Any]]:
        """The same as a projection, with the version, which the ETag is made of."""
        names = [*self.fields, self.resource.version.attr.name] if self.fields else []
        return [self.model.schema.attributes[name].path for name in dict.fromkeys(names)]

    @cached_property
    def json(self) -> dict[str, Any]:
        """The body: a JSON object, its numbers exact."""
        try:
            body = json.loads(self.text, parse_float=Decimal, parse_constant=refuse_constant)
        except (ValueError, RecursionError):
            raise Problem("malformed", "The body is not JSON.") from None
        if not isinstance(body, dict):
            raise Problem("malformed", "The body is not a JSON object.")
        return body

    @cached_property
    def text(self) -> str:
        """The body as it was sent, if it is of a type and size that the route takes."""
        accepted, sent = self.route.media_types, self.headers.get("content-type", "")
        if sent.partition(";")[0].strip().lower() not in accepted:
            raise Problem("unsupported-media-type", f"The body must be sent as {' or '.join(accepted)}.")
        body: str = self.event.get("body") or ""
        raw = base64.b64decode(body) if self.event.get("isBase64Encoded") else body.encode()
        if len(raw) > self.route.max_body_bytes:
            raise Problem("too-large", f"The body may have {self.route.max_body_bytes:,} bytes.")
        return raw.decode()

    def check(self) -> None:
        """Raise a Problem for what is wrong whatever the operation is."""
        if unknown := self.parameters.keys() - set(self.possible_parameters):
            possible = ", ".join(self.possible_parameters) or "none"
            raise Problem(
                "invalid-parameter", f"There is no parameter {', '.join(sorted(unknown))}; there is {possible}."
            )
        if "idempotency-key" in self.headers and not self.route.idempotent:
            raise Problem("invalid-header", "This route takes no Idempotency-Key.")
        self.check_accept()

    def check_accept(self) -> None:
        """Raise a Problem unless the client takes JSON (RFC 9110, section 12.5.1)."""
        ranges = (part.partition(";") for part in self.headers.get("accept", "*/*").lower().split(","))
        taken = {kind.strip() for kind, _, rest in ranges if not re.search(r"\bq\s*=\s*0(\.0*)?\s*$", rest)}
        if not taken & {"application/json", "application/*", "*/*"}:
            raise Problem("not-acceptable")


def sent_headers(event: Event) -> dict[str, str]:
    """The headers by name in lower case, as HTTP/2 has them."""
    return {name.lower(): value for name, value in (event.get("headers") or {}).items()}


def refuse_constant(name: str) -> None:
    """Refuse what Python reads and JSON does not have: NaN, Infinity."""
    raise ValueError(name)
