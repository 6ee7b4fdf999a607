"""A shared HTTP cache (RFC 9111) between client and API: it stores only what it may, and shows a write in time."""

from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta
from email.utils import format_datetime, parsedate_to_datetime
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest
import requests
from hishel import CacheOptions, Entry, Headers, Response, SqliteStorage
from hishel.requests import CacheAdapter

from tests.support.gallery import EVERY
from tests.support.serving import serving
from tests.support.values import other_value

CACHED = [resource for resource in EVERY if {"list", "get"} <= resource.shared_max_age.keys()]

pytestmark = pytest.mark.resources(*CACHED)


@pytest.fixture
def origin(gateway) -> Iterator[str]:
    """The API over HTTP, without a cache."""

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            answer = gateway.send("GET", self.path.lstrip("/"), headers=dict(self.headers))
            body = answer.text.encode()
            self.send_response(answer.status)
            for name, value in {**answer.headers, "Content-Length": str(len(body))}.items():
                self.send_header(name, value)
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *_: object) -> None:
            """Say nothing."""

    with serving(ThreadingHTTPServer(("127.0.0.1", 0), Handler)) as server:
        yield f"http://127.0.0.1:{server.server_port}"


class Aging(SqliteStorage):
    """A cache's store, of which each answer is `older` than it says: a test need not wait."""

    older = timedelta()

    def get_entries(self, key: str) -> list[Entry]:
        return [replace(entry, response=self.aged(entry.response)) for entry in super().get_entries(key)]

    def aged(self, response: Response) -> Response:
        date = parsedate_to_datetime(response.headers["date"]) - self.older
        return replace(response, headers=Headers({**response.headers, "date": format_datetime(date, usegmt=True)}))


@pytest.fixture
def store(tmp_path) -> Aging:
    """The store of the cache."""
    return Aging(database_path=tmp_path / "cache.db")


@pytest.fixture
def get(origin, store):
    """Read through the cache: get(path) returns the response, and whether the API was not asked."""
    with requests.Session() as session:
        session.trust_env = False
        session.mount("http://", CacheAdapter(storage=store, rfc=CacheOptions(shared=True)))

        def get(path, **headers):
            answer = session.get(f"{origin}/{path}", headers=headers, timeout=10)
            kept, asked = (answer.headers[f"X-Hishel-{what}"] == "true" for what in ("From-Cache", "Revalidated"))
            return answer, kept and not asked

        yield get


@pytest.mark.parametrize("query", ["", "?limit=2", "?fields=id"])
def test_a_list_is_answered_from_the_store(get, path, created, query):
    assert created
    first, stored = get(path + query)
    again, from_store = get(path + query)

    assert (stored, from_store) == (False, True)
    assert again.json() == first.json()


def test_an_item_is_answered_from_the_store(get, href):
    assert [get(href)[1], get(href)[1]] == [False, True]


def test_a_write_is_seen_after_the_bound_at_the_latest(get, call, store, href, created, resource):
    get(href)
    field = min(resource.example)
    change = {field: other_value(resource, field, created[field])}
    call("PATCH", href, change)
    answer, from_store = get(href)
    assert (answer.json() == created) == from_store  # on a slow machine, the bound may have passed already

    store.older = timedelta(seconds=resource.shared_max_age["get"] + 1)  # a cache counts whole seconds
    fresh, _ = get(href)

    assert {name: fresh.json()[name] for name in change} == change


def test_a_stale_response_is_revalidated_by_its_etag(get, store, href, resource):
    first, _ = get(href)
    store.older = timedelta(seconds=resource.shared_max_age["get"] + 1)

    again, _ = get(href)

    assert again.headers["X-Hishel-Revalidated"] == "true"
    assert again.json() == first.json()


@pytest.mark.parametrize("personal", [{"Authorization": "Bearer x"}, {"Cookie": "a=b"}, {"X-Api-Key": "k"}])
def test_the_response_to_a_personal_request_is_not_stored(get, href, personal):
    first, _ = get(href, **personal)

    assert "private" in first.headers["Cache-Control"]
    assert get(href, **personal)[1] is False
    assert get(href)[1] is False


@pytest.mark.parametrize("personal", [{"Authorization": "Bearer x"}, {"Cookie": "a=b"}])
def test_a_personal_request_is_not_answered_from_the_store(get, href, personal):
    get(href)

    assert get(href)[1] is True
    assert get(href, **personal)[1] is False


@pytest.mark.parametrize("query", ["?limit=0", "?colour=red", "?cursor=x"])
def test_an_error_is_not_stored(get, path, query):
    for _ in range(2):
        answer, from_store = get(path + query)
        assert (answer.status_code, from_store, answer.headers["Cache-Control"]) == (400, False, "no-store")


def test_a_404_is_not_stored(get, path):
    for _ in range(2):
        answer, from_store = get(f"{path}/0190a0b0-1c2d-7e3f-8a4b-5c6d7e8f9a0b")
        assert (answer.status_code, from_store) == (404, False)


def test_parameters_and_accept_are_part_of_the_cache_key(get, path, created):
    assert created
    get(path)

    assert get(f"{path}?limit=1")[1] is False
    assert get(path, Accept="text/html")[0].status_code == 406
    assert get(path)[1] is True


def test_a_page_of_another_origin_gets_an_answer_of_its_own(get, href, monkeypatch):
    monkeypatch.setenv("CORS_ORIGINS", "https://a.example https://b.example")

    for origin in ("https://a.example", "https://b.example"):
        answer, from_store = get(href, Origin=origin)
        assert (from_store, answer.headers["Access-Control-Allow-Origin"]) == (False, origin)
