"""A trace of one request: calls of functions in our files, and switches between files."""

import json
import sys
from collections.abc import Callable
from dataclasses import dataclass, field
from importlib import import_module
from pathlib import Path
from types import FrameType
from typing import Any
from urllib.parse import urlencode

import pytest

from lambdas.runtime import tables
from tests.conftest import ROOT
from tests.support.gallery.parcels import PARCELS
from tests.support.stories import fresh
from tests.support.values import other_value

pytestmark = pytest.mark.usefixtures("own_connection")

OURS = (f"{ROOT / 'lambdas'}/", f"{ROOT / 'dynamodel'}/")


@dataclass
class Trace:
    """The calls of functions in our files, in order; a generator that is resumed counts again."""

    files: list[str] = field(default_factory=list)

    def note(self, frame: FrameType, event: str, _: object) -> None:
        """Note a call, as `sys.setprofile` reports it."""
        if event == "call" and frame.f_code.co_filename.startswith(OURS):
            self.files.append(str(Path(frame.f_code.co_filename).relative_to(ROOT)))

    @property
    def calls(self) -> int:
        return len(self.files)

    @property
    def switches(self) -> int:
        """The calls whose file is not that of the call before."""
        return sum(before != after for before, after in zip(self.files, self.files[1:], strict=False))

    def __str__(self) -> str:
        return f"{self.calls} calls in {len(set(self.files))} files, {self.switches} switches between files"


@pytest.fixture
def own_connection():
    """A connection that no other test used: on an older one there are handlers that single writes registered."""
    forget()
    yield
    forget()


def forget() -> None:
    """Make the next connection anew."""
    tables.client.cache_clear()
    tables.tables.clear()


@pytest.fixture
def trace(gateway) -> Callable[..., Trace]:
    """Trace the handler of a request: trace("POST", body, headers=...); the gateway's part is not counted."""

    def send(method: str, body: Any = None, *, query: str = "", headers: Any = None) -> Trace:
        route, parameters = gateway.matched(method, gateway.resource.path)
        text = None if body is None else json.dumps(body)
        event = gateway.event(route, method, parameters, query, text, headers or {})
        handler = import_module(route.module).handler
        noted = Trace()
        sys.setprofile(noted.note)
        try:
            answer = handler(event, None)
        finally:
            sys.setprofile(None)
        assert answer["statusCode"] < 300, answer
        return noted

    return send


@pytest.mark.resources(PARCELS)
def test_a_create_takes_few_calls_and_goes_down_and_comes_back_once(trace, resource, capsys):
    trace("POST", fresh(resource))

    create, keyed = trace("POST", fresh(resource)), trace("POST", fresh(resource), headers={"Idempotency-Key": "k"})

    with capsys.disabled():
        print(f"\ncreate: {create}; with an Idempotency-Key: {keyed}")
    assert create.calls <= 250
    assert create.switches <= 60


@pytest.mark.resources(PARCELS)
def test_a_list_takes_few_calls_and_goes_down_and_comes_back_once(trace, resource, capsys):
    trace("POST", fresh(resource)), trace("POST", fresh(resource))
    by = next(served.filters[0] for served in resource.list_indexes if len(served.filters) == 1)
    query = urlencode({by: other_value(resource, by, None), "limit": 2})
    trace("GET", query=query)

    page = trace("GET", query=query)

    with capsys.disabled():
        print(f"\nlist: {page}")
    assert page.calls <= 180
    assert page.switches <= 50
