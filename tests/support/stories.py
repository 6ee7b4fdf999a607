"""The two places of a test of the API: on the handlers in this process, and on a deployed stack over HTTP.

A test in tests/api or tests/resources runs in both, for each resource; `pytest.mark.resources(...)` names them.
One that looks into the handlers (`gateway`, `log`) or into the stack (`deployed`) runs there alone.
"""

import secrets
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from dynamodel import uuid7
from lambdas.rest.declarations import RESOURCES
from lambdas.rest.resource import Resource
from tests.support import gallery
from tests.support.answer import Answer
from tests.support.gallery import EVERY
from tests.support.gateway import left_out
from tests.support.uploads import Storage, described
from tests.support.values import alterable, other_body, other_value

TESTS = Path(__file__).parents[1]
HANDLERS, DEPLOYED = "handlers", "deployed"
ONLY = {"unit": HANDLERS, "cdn": HANDLERS, "files": HANDLERS, "e2e": DEPLOYED}  # by folder
GENERIC = ("api", "cdn", "e2e")  # folders of tests of any resource
LOOKS_INTO = {"gateway": HANDLERS, "log": HANDLERS, "dynamodb": HANDLERS, "deployed": DEPLOYED}  # by fixture


@dataclass(frozen=True)
class Story:
    """A resource, and the place in which a test uses it."""

    place: str
    resource: Resource


def pytest_configure(config: pytest.Config) -> None:
    """Declare the markers."""
    config.addinivalue_line("markers", "resources(*resources): run the test for these resources only")
    config.addinivalue_line("markers", "emulator: needs the emulator, or the stage at --url")
    config.addinivalue_line("markers", "stand_in: needs DynamoDB of an emulator, and nothing that is deployed there")
    config.addinivalue_line("markers", "last: run after all others")


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    """Run a test for each resource, in each place."""
    if "story" not in metafunc.fixturenames:
        return
    marker = metafunc.definition.get_closest_marker("resources")
    resources = marker.args if marker else EVERY
    served = RESOURCES if metafunc.config.getoption("url") or not marker else gallery.DEPLOYED
    stories = [Story(place, one) for place in sorted(places(metafunc)) for one in resources]
    there = [story for story in stories if story.place == HANDLERS or story.resource in served]
    metafunc.parametrize("story", [case(story) for story in there])


def places(metafunc: pytest.Metafunc) -> set[str]:
    """The places that a test runs in."""
    folder = metafunc.definition.path.relative_to(TESTS).parts[0]
    only = {ONLY[folder]} if folder in ONLY else set()
    only |= {place for fixture, place in LOOKS_INTO.items() if fixture in metafunc.fixturenames}
    return only or {HANDLERS, DEPLOYED}


def case(story: Story) -> Any:
    """The test's parameter."""
    marks = [pytest.mark.emulator] if story.place == DEPLOYED else []
    return pytest.param(story, marks=marks, id=f"{story.resource.path}-{story.place}")


def pytest_itemcollected(item: pytest.Item) -> None:
    """Mark a test that needs the emulator."""
    if {"deployed", "emulator"} & {*getattr(item, "fixturenames", ())}:
        item.add_marker("emulator")


@pytest.hookimpl(trylast=True)
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Run tests that examine the calls of all others last."""
    items.sort(key=lambda item: item.get_closest_marker("last") is not None)


@pytest.fixture
def resource(story: Story) -> Resource:
    """The resource that a test is about."""
    return story.resource


@pytest.fixture
def call(story: Story, request: pytest.FixtureRequest) -> Callable[..., Answer]:
    """Send a request: call("POST", path, {...}). A story of an operation that the resource leaves out is skipped.

    Where writes must state a version, those that state none state any: If-Match: *.
    """
    send: Callable[..., Answer] = request.getfixturevalue(f"call_{story.place}")
    any_version = story.resource.requires_if_match and request.path.relative_to(TESTS).parts[0] in GENERIC

    def call(method: str, path: str, json: Any = None, *, headers: Any = None, **options: Any) -> Answer:
        if name := left_out(story.resource, method, path):
            pytest.skip(f"{story.resource.path} leaves {name} out")
        if any_version:
            json, headers = of_any_version(method, path, json, headers or {})
        return send(method, path, json, headers=headers, **options)

    return call


def of_any_version(method: str, path: str, json: Any, headers: dict[str, str]) -> tuple[Any, dict[str, str]]:
    """Return body and headers of a change with If-Match: *, unless they state a version."""
    if path.endswith("/batch") and isinstance(json, dict) and isinstance(json.get("operations"), list):
        some = [{"if_match": "*", **one} if is_change(one) else one for one in json["operations"]]
        return json | {"operations": some}, headers
    stated = method in ("GET", "HEAD") or {"If-Match", "If-None-Match"} & headers.keys()
    return json, headers if stated or "/" not in path else {"If-Match": "*", **headers}


def is_change(operation: Any) -> bool:
    """Return whether an operation of a batch changes or deletes an item."""
    return isinstance(operation, dict) and operation.get("op") in ("update", "delete")


@pytest.fixture
def storage(story: Story, request: pytest.FixtureRequest) -> Storage:
    """The storage of files."""
    found: Storage = request.getfixturevalue(f"storage_{story.place}")
    return found


@pytest.fixture
def ask(call: Callable[..., Answer]) -> Callable[..., Answer]:
    """Request the upload of bytes: ask(href, "image", data, type="image/png")."""

    def ask(href: str, attribute: str, data: bytes, **options: Any) -> Answer:
        headers = options.pop("headers", None)
        return call("POST", f"{href}/{attribute}", {**described(data), **options}, headers=headers)

    return ask


@pytest.fixture
def upload(ask: Callable[..., Answer], call: Callable[..., Answer], storage: Storage) -> Callable[..., Any]:
    """Upload bytes and return the item as it is when they were verified: upload(href, "image", data)."""

    def upload(href: str, attribute: str, data: bytes, **options: Any) -> Any:
        ticket = ask(href, attribute, data, **options)
        assert ticket.status == 201, ticket.text
        assert storage.put(ticket.json, data) == 200
        storage.settle()
        return call("GET", href).json

    return upload


@pytest.fixture
def path(resource: Resource) -> str:
    """The path of the resource's collection."""
    return resource.path


@pytest.fixture
def version(resource: Resource) -> str:
    """The name of the attribute that counts an item's writes."""
    return resource.version.attr.name


@pytest.fixture
def example(resource: Resource) -> dict[str, Any]:
    """A body that creates an item."""
    return fresh(resource)


def fresh(resource: Resource) -> dict[str, Any]:
    """Return the declared example, with values of its own where no two items may hold the same."""
    unique = [attribute.name for attribute in resource.model.schema.unique if attribute.required]
    return resource.example | {name: other_value(resource, name, None) for name in unique}


@pytest.fixture
def other(resource: Resource, example: dict[str, Any]) -> dict[str, Any]:
    """A body that creates an item, unlike `example` in each field."""
    return other_body(resource, example)


@pytest.fixture
def newest_first(resource: Resource) -> None:
    """Skip where a list without parameters has another order: that of its index."""
    order = next((one.sorts for one in resource.list_indexes if not one.filters), ())
    schema = resource.model.schema
    in_time = [schema.created_at, schema.hash if schema.hash and schema.hash.default_factory is uuid7 else None]
    if not {*order} <= {one.name for one in in_time if one}:
        pytest.skip(f"{resource.path} are listed by {', '.join(order)}")


@pytest.fixture
def change(resource: Resource, other: dict[str, Any]) -> dict[str, Any]:
    """A patch of one field to another value: the first field that need not be unique, if there is one."""
    unique = {attribute.name for attribute in resource.model.schema.unique}
    name = min(alterable(resource), key=lambda name: (name in unique, name not in other))
    mine = other_value(resource, name, None)  # of a unique one, not what `other` has: both may be in one batch
    return {name: mine if name in unique else other.get(name, mine)}


@pytest.fixture
def new(call: Callable[..., Answer], path: str, resource: Resource) -> Callable[..., Any]:
    """Create items: new(field=value) returns what the API answered."""

    def create(**fields: Any) -> Any:
        answer = call("POST", path, {**fresh(resource), **fields})
        assert answer.status == 201, answer.text
        return answer.json

    return create


@pytest.fixture
def created(call: Callable[..., Answer], path: str, example: dict[str, Any]) -> Any:
    """An item that is there."""
    answer = call("POST", path, example)
    assert answer.status == 201, answer.text
    return answer.json


@pytest.fixture
def href(path: str, created: Any, resource: Resource) -> str:
    """The address of `created`."""
    return f"{path}/{created[resource.key]}"


@pytest.fixture
def key() -> dict[str, str]:
    """The header of an unused Idempotency-Key."""
    return {"Idempotency-Key": secrets.token_hex(8)}
