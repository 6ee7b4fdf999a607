"""Hooks of schemathesis: each request is sent with the token or the signature that its route requires.

Values of headers that it cannot make up by itself, for they hold more than letters and digits, are made here.
"""

import os
import re
from collections.abc import Iterator
from decimal import ROUND_FLOOR, Decimal
from secrets import token_hex
from typing import Any
from urllib.parse import urlsplit
from zlib import crc32

import schemathesis
from botocore.credentials import Credentials
from hypothesis import strategies as st
from requests import PreparedRequest
from requests.auth import AuthBase
from schemathesis.generation.meta import TestPhase

from dynamodel import Model, Rules
from lambdas.rest.declarations import RESOURCES
from lambdas.rest.limits import IDEMPOTENCY_KEY
from tests.support import people

BASE = urlsplit(os.environ["FUZZ_URL"]).path
ITEMS = os.environ["FUZZ_ITEMS"].splitlines()
NUMBER = re.compile(r"-?[0-9]{1,38}(\.[0-9]{1,38})?")
KEYS = Credentials(os.environ["FUZZ_KEY"], os.environ["FUZZ_SECRET"], os.environ["FUZZ_SESSION"])


def decimals(model: type[Model]) -> Iterator[tuple[str, Rules]]:
    """Yield the names of decimals in bodies, those of nested models too, with their rules."""
    for one in model.schema.attributes.values():
        codec, rules = one.codec, one.rules
        while codec.item:
            codec, rules = codec.item, rules.items
        if codec.type is Decimal:
            yield one.name, rules
        for part in codec.models:
            yield from decimals(part)


BODIES = [one.body for resource in RESOURCES for one in resource.operations if isinstance(one.body, type)]
RULES = dict(pair for model in (*BODIES, *(one.model for one in RESOURCES)) for pair in decimals(model))


class Proof(AuthBase):
    """Authentication by a machine's token, or by a person's signature."""

    def __call__(self, request: PreparedRequest) -> PreparedRequest:
        method, url = str(request.method), str(request.url)
        path = urlsplit(url).path.removeprefix(f"{BASE}/")
        if people.asks_for_a_signature(method, path):
            request.headers.update(people.signature(KEYS, method, url, request.body))
        else:
            request.headers["Authorization"] = f"Bearer {os.environ['FUZZ_TOKEN']}"
        return request


schemathesis.auth.set_from_requests(Proof())
schemathesis.openapi.format("entity-tags", st.from_regex(r'\A(\*|"[1-9]"(, (W/)?"[a-z0-9]{1,20}"){0,3})\Z'))


@schemathesis.hook
def map_path_parameters(context: schemathesis.HookContext, parameters: Any) -> Any:  # noqa: ARG001 - they find it by its name
    """Send every other request to an item that existed at the start; generated ids are unknown."""
    chosen = crc32(str(parameters).encode())
    known = parameters and "id" in parameters and ITEMS and chosen & 1024
    return {**parameters, "id": ITEMS[chosen % len(ITEMS)]} if known else parameters


@schemathesis.hook
def map_body(context: schemathesis.HookContext, body: Any) -> Any:  # noqa: ARG001 - likewise
    """Round numbers to their declared places and digits, which no keyword of JSON Schema expresses exactly."""
    return rounded("", body)


def rounded(name: str, value: Any) -> Any:
    """Return the value of a field, its numbers rounded down: what is below a minimum stays below it."""
    if isinstance(value, list):
        return [rounded(name, one) for one in value]
    if isinstance(value, dict):
        return {name: rounded(name, one) for name, one in value.items()}
    if name not in RULES or (isinstance(value, float) and abs(value) >= 2**53):
        return value
    rules = RULES[name]
    if isinstance(value, float) and rules.decimal_places is not None:
        value = float(Decimal(repr(value)).quantize(Decimal(1).scaleb(-rules.decimal_places), ROUND_FLOOR))
    if rules.max_digits and NUMBER.fullmatch(str(value)):
        exact = Decimal(str(value))
        if len(exact.normalize().as_tuple().digits) > rules.max_digits:
            return type(value)(str(exact.to_integral_value(ROUND_FLOOR)))
    return value


@schemathesis.hook
def before_call(context: schemathesis.HookContext, case: schemathesis.Case, kwargs: Any) -> None:  # noqa: ARG001 - likewise
    """Use new idempotency keys: the item of a replayed response may be deleted."""
    if (
        case.meta
        and case.meta.phase.name == TestPhase.STATEFUL
        and IDEMPOTENCY_KEY.fullmatch(case.headers.get("Idempotency-Key", ""))
    ):
        case.headers["Idempotency-Key"] = token_hex(8)
