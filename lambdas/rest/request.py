"""A request: API Gateway's event, parsed once, at the edge. Whatever is wrong with it is a Problem."""

import base64
import json
import re
from collections.abc import Mapping
from datetime import datetime
from decimal import Decimal
from functools import cached_property
from typing import Any, cast
from urllib.parse import unquote

from dynamodel import Attr, Invalid, Model, NotFound, Path, Table
from lambdas.rest import caller
from lambdas.rest.operation import Operation
from lambdas.rest.problems import Problem
from lambdas.rest.resource import load
from lambdas.runtime.environment import Environment
from lambdas.runtime.tables import table

ACCEPTED = {"application/json", "application/*", "*/*"}  # media ranges (RFC 9110, section 12.5.1) that JSON is in
LISTS = {"fields"}  # parameters of several values; generated clients differ in how they send them
WHOLE = re.compile(r"-?[0-9]{1,38}")
ZERO_WEIGHT = re.compile(r"\bq\s*=\s*0(\.0*)?\s*$")

type Event = dict[str, Any]


class Request:
    """One call of an operation, on the resource and table that its function serves."""

    def __init__(self, event: Event, route: Operation, settings: Environment, headers: Mapping[str, str]) -> None:
        """Store API Gateway's proxy event, its route, and its headers by name in lower case."""
        self.event, self.route, self.settings, self.headers = event, route, settings, headers
        self.resource = load(settings.resource)
        self.model = self.resource.model
        self.table: Table[Model] = table(self.model, settings)
        if self.resource.owned:  # a caller sees their own items only
            self.table = self.table.owned_by(caller.identity(event))

    def table_of[M: Model](self, model: type[M]) -> Table[M]:
        """Return the table, typed by its model; for owned items, the view of the caller."""
        if model is not self.model:
            raise TypeError(f"{self.route.module} serves {self.model.__name__}, not {model.__name__}.")
        return cast(Table[M], self.table)

    @cached_property
    def id(self) -> str:
        """The id in the path. Raises NotFound for one that no item can have.

        API Gateway passes it as it was sent, percent-encoded; the local emulator decodes it. Since no id holds a
        percent sign, decoding what is decoded already changes nothing.
        """
        sent = str(self.event["pathParameters"]["id"])
        try:
            given = unquote(sent, errors="strict")
            if "%" in given:
                raise NotFound(given)
            self.model.schema.key(given)
        except (Invalid, UnicodeDecodeError):
            raise NotFound(sent) from None
        return given

    @cached_property
    def parent(self) -> dict[str, str]:
        """The reference in the path, as /patients/{id}/appointments: its name and value; empty for other paths."""
        collection = str(self.event["resource"]).split("/")[1]
        if collection == self.resource.path:
            return {}
        from lambdas.rest.relations import listed_below

        relation = next(one for one in listed_below(self.resource) if one.target.path == collection)
        return {relation.attribute.name: unquote(str(self.event["pathParameters"]["id"]))}

    @property
    def attribute(self) -> Attr[Any]:
        """The attribute that the path ends in: a counter, or a file."""
        return self.model.schema.attributes[self.event["resource"].rpartition("/")[2]]

    @cached_property
    def parameters(self) -> dict[str, str]:
        """The query parameters, each given once; only a list may be sent as `name=a,b` or as `name=a&name=b`."""
        given: dict[str, list[str]] = self.event.get("multiValueQueryStringParameters") or {}
        if repeated := [name for name, values in given.items() if len(values) > 1 and name not in LISTS]:
            raise Problem("invalid-parameter", f"Send {', '.join(repeated)} once.")
        return {name: ",".join(values) for name, values in given.items()}

    def query[M: Model](self, model: type[M]) -> M:
        """Return the parameters that the operation declares as its query. Raises a Problem that names what is wrong."""
        known = model.schema.attributes
        sent = {name: json_value(known[name], text) for name, text in self.parameters.items() if name in known}
        try:
            return model.parse(sent)
        except Invalid as invalid:
            raise Problem("invalid-parameter", f"{invalid}") from None

    @cached_property
    def fields(self) -> tuple[str, ...] | None:
        """The fields selected by `fields`; None for all of them."""
        selection = self.parameters.get("fields")
        if selection is None:
            return None
        fields, known = tuple(selection.split(",")), self.model.schema.attributes
        if unknown := [name for name in fields if name not in known]:
            raise Problem("invalid-parameter", f"Unknown field {unknown[0]!r}; the fields are {', '.join(known)}.")
        return fields

    @property
    def projection(self) -> list[Path[Any]]:
        """The attributes to read for these fields, with the version, which the ETag is made of; empty for all."""
        names = [*self.fields, self.resource.version.attr.name] if self.fields else []
        return [self.model.schema.attributes[name].path for name in dict.fromkeys(names)]

    @cached_property
    def json(self) -> dict[str, Any]:
        """The body: a JSON object, its numbers exact."""
        try:
            text = self.text()
            body = json.loads(
                text, parse_float=Decimal, parse_constant=refuse_constant, object_pairs_hook=unique_members
            )
            if "\\u" in text:  # an escape can be half of a surrogate pair, which no text can hold
                json.dumps(body, ensure_ascii=False, default=str).encode()
        except UnicodeError:
            raise Problem("malformed", "The body is not Unicode text.") from None
        except (ValueError, RecursionError):
            raise Problem("malformed") from None
        if not isinstance(body, dict):
            raise Problem("malformed", "The body is not a JSON object.")
        return body

    def text(self) -> str:
        """Return the body as it was sent, if it is of a type and size that the route accepts."""
        accepted, sent = self.route.media_types, self.headers.get("content-type", "")
        if sent.partition(";")[0].strip().lower() not in accepted:
            raise Problem("unsupported-media-type", f"The body must be sent as {' or '.join(accepted)}.")
        body: str = self.event.get("body") or ""
        raw = base64.b64decode(body) if self.event.get("isBase64Encoded") else body.encode()
        if len(raw) > self.route.max_body_bytes:
            raise Problem("too-large", f"The body may have at most {self.route.max_body_bytes:,} bytes.")
        return raw.decode()

    def check(self) -> None:
        """Raise a Problem for errors that concern every operation."""
        if self.parameters:
            self.check_parameters()
        if "idempotency-key" in self.headers and not self.route.idempotent:
            raise Problem("invalid-header", "This route does not accept an Idempotency-Key.")
        if "accept" in self.headers and not accepts_json(self.headers["accept"]):
            raise Problem("not-acceptable")

    def check_parameters(self) -> None:
        """Raise a Problem for a query parameter that the route does not have."""
        filters = (
            [name for name in self.resource.filters if name not in self.parent] if self.route.takes_filters else []
        )
        own = self.route.query.schema.attributes if self.route.query else ()
        known = (*self.route.parameters, *own, *filters)
        if unknown := sorted(self.parameters.keys() - set(known)):
            message = f"Unknown parameter {', '.join(unknown)}; the parameters are {', '.join(known) or 'none'}."
            raise Problem("invalid-parameter", message)


def json_value(attribute: Attr[Any], text: str) -> Any:
    """Return the JSON value that a parameter's text stands for: a whole number, true or false, or the text."""
    whole = attribute.codec.tag == "N" and attribute.codec.type not in (Decimal, datetime)  # choices of numbers too
    if whole and WHOLE.fullmatch(text):
        return int(text)
    if attribute.codec.type is bool and text in ("true", "false"):
        return text == "true"
    return text


def accepts_json(header: str) -> bool:
    """Return whether an Accept header admits JSON."""
    parts = (part.partition(";") for part in header.lower().split(","))
    return any(media.strip() in ACCEPTED and not ZERO_WEIGHT.search(weight) for media, _, weight in parts)


def sent_headers(event: Event) -> dict[str, str]:
    """Return the headers by name in lower case, as HTTP/2 has them."""
    return {name.lower(): value for name, value in (event.get("headers") or {}).items()}


def unique_members(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    """Return the members of a JSON object. Raises a Problem for a name that occurs twice: which value is meant?"""
    members: dict[str, Any] = {}
    for name, value in pairs:
        if name in members:
            raise Problem("malformed", f"The body has an object with two members named {name[:100]!a}.")
        members[name] = value
    return members


def refuse_constant(name: str) -> None:
    """Refuse NaN and Infinity, which Python reads and JSON does not have."""
    raise ValueError(name)
