"""Files of items, for each resource that declares one: ask, upload, verified, replaced, removed."""

import hashlib
from urllib.parse import urlsplit

import pytest

from lambdas.files.file import rules_of
from tests.support.gallery import EVERY
from tests.support.uploads import SAMPLES, described, png

WITH_FILES = [resource for resource in EVERY if resource.files]

pytestmark = pytest.mark.resources(*WITH_FILES)


@pytest.fixture
def attribute(resource):
    return resource.files[0]


@pytest.fixture
def types(resource, attribute):
    """The types that the file may be of."""
    return rules_of(resource.model.schema.attributes[attribute]).types


@pytest.fixture
def sample(types):
    """Make a file that is accepted: sample(1), sample(2), ..."""
    return lambda number=0: SAMPLES[types[0]](number)


def test_an_uploaded_file_is_linked_to_its_item_once_it_is_verified(
    call, upload, storage, href, attribute, created, version, sample, types
):
    data = sample()

    item = upload(href, attribute, data)

    assert {name: item[attribute][name] for name in ("type", "bytes", "sha256")} == described(data)
    assert item[version] == created[version] + 1
    assert call("GET", href).headers["ETag"] == f'"{item[version]}"'
    served = storage.get(item[attribute]["url"])
    assert (served.status, served.body, served.headers["Content-Type"]) == (200, data, types[0])
    assert served.headers["Cache-Control"] == "public, max-age=31536000, immutable"
    assert storage.waiting() == set()


def test_the_address_of_a_file_holds_its_digest(upload, href, attribute, sample):
    data = sample(1)

    item = upload(href, attribute, data)

    assert hashlib.sha256(data).hexdigest() in item[attribute]["url"]


def test_requesting_an_upload_does_not_change_the_item(call, ask, href, attribute, sample):
    before = call("GET", href)

    ticket = ask(href, attribute, sample())

    after = call("GET", href)
    assert (ticket.status, ticket.json["method"]) == (201, "PUT")
    assert (after.json, after.headers["ETag"]) == (before.json, before.headers["ETag"])


def test_the_signature_covers_key_length_type_digest_and_if_none_match(ask, href, attribute, sample, types):
    data = sample()

    ticket = ask(href, attribute, data).json

    query = urlsplit(ticket["url"]).query
    assert "X-Amz-SignedHeaders=content-length%3Bcontent-type%3Bhost%3Bif-none-match%3Bx-amz-checksum-sha256" in query
    assert "X-Amz-Expires=900" in query
    assert ticket["headers"] == {
        "Content-Type": types[0],
        "Content-Length": str(len(data)),
        "X-Amz-Checksum-Sha256": described(data)["sha256"],
        "If-None-Match": "*",
    }


def test_no_key_is_signed_twice(ask, href, attribute, sample):
    first, second = (ask(href, attribute, sample()).json["url"] for _ in range(2))

    assert urlsplit(first).path != urlsplit(second).path


@pytest.mark.spread("field", "value")
@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("type", "image/svg+xml"),
        ("type", "text/html"),
        ("bytes", 0),
        ("bytes", 10**9),
        ("bytes", "12"),
        ("sha256", "abc"),
        ("sha256", "!" * 44),
        ("sha256", None),
    ],
)
def test_a_file_that_is_not_acceptable_is_a_400_that_names_the_field(ask, href, attribute, field, value, sample):
    answer = ask(href, attribute, sample(), **{field: value})

    assert answer.status == 400
    assert [error["pointer"] for error in answer.json["errors"]] == [f"/{field}"]


def test_the_largest_length_is_what_the_declaration_says(ask, href, attribute, resource, sample):
    most = rules_of(resource.model.schema.attributes[attribute]).max_bytes

    assert ask(href, attribute, sample(), bytes=most).status == 201
    assert ask(href, attribute, sample(), bytes=most + 1).status == 400


@pytest.mark.parametrize("method", ["POST", "DELETE"])
def test_files_of_an_item_that_is_not_there_are_a_404(call, path, attribute, method, sample):
    body = described(sample()) if method == "POST" else None

    assert call(method, f"{path}/0190a0b0-1c2d-7e3f-8a4b-5c6d7e8f9a0b/{attribute}", body).status == 404


@pytest.mark.parametrize("method", ["POST", "DELETE"])
def test_a_version_that_is_not_the_items_is_a_412(call, href, attribute, method, sample):
    body = described(sample()) if method == "POST" else None

    for header in ({"If-Match": '"7"'}, {"If-None-Match": "*"}):
        answer = call(method, f"{href}/{attribute}", body, headers=header)
        assert (answer.status, answer.headers["ETag"]) == (412, '"1"')
    assert call(method, f"{href}/{attribute}", body, headers={"If-Match": '"1"'}).status in (201, 204)


@pytest.mark.parametrize("method", ["POST", "DELETE"])
def test_an_invalid_if_match_is_a_400_that_names_the_header(call, href, attribute, method, sample):
    body = described(sample()) if method == "POST" else None

    answer = call(method, f"{href}/{attribute}", body, headers={"If-Match": "1"})

    assert (answer.status, answer.json["detail"].partition(":")[0]) == (400, "If-Match")


def test_no_body_can_set_a_file(call, path, href, example, attribute, sample):
    file = {"url": "https://evil.example/x.png", **described(sample())}

    for method, address, body in (
        ("POST", path, {**example, attribute: file}),
        ("PUT", href, {**example, attribute: file}),
        ("PATCH", href, {attribute: file}),
        ("PATCH", href, {attribute: None}),
    ):
        answer = call(method, address, body)
        assert (answer.status, answer.json["errors"][0]["pointer"]) == (400, f"/{attribute}")
    update = {"op": "update", "id": href.partition("/")[2], "patch": {attribute: file}}
    batch = call("POST", f"{path}/batch", {"operations": [update]})
    assert (batch.status, batch.json["errors"][0]["pointer"]) == (400, f"/operations/0/patch/{attribute}")


def test_a_put_and_a_patch_keep_the_file(call, upload, href, example, attribute, sample):
    file = upload(href, attribute, sample())[attribute]

    assert call("PUT", href, example).json[attribute] == file
    assert call("PATCH", href, {}).json[attribute] == file
    assert call("GET", href).json[attribute] == file


def test_only_the_latest_upload_is_linked(call, ask, storage, href, attribute, sample):
    first, second = ask(href, attribute, sample(1)).json, ask(href, attribute, sample(2)).json

    storage.put(second, sample(2))
    storage.put(first, sample(1))
    storage.settle()

    assert call("GET", href).json[attribute]["sha256"] == described(sample(2))["sha256"]


def test_another_file_takes_the_place_of_the_first(upload, href, attribute, version, sample):
    first = upload(href, attribute, sample(1))

    second = upload(href, attribute, sample(2))

    assert second[attribute]["sha256"] == described(sample(2))["sha256"]
    assert second[attribute]["url"] != first[attribute]["url"]
    assert second[version] == first[version] + 1


def test_a_removed_file_is_gone_from_the_item(call, upload, href, attribute, version, sample):
    item = upload(href, attribute, sample())

    assert call("DELETE", f"{href}/{attribute}").status == 204
    after = call("GET", href).json
    assert (after[attribute], after[version]) == (None, item[version] + 1)


def test_an_upload_that_was_cancelled_is_never_linked(call, ask, storage, href, attribute, sample):
    ticket = ask(href, attribute, sample()).json

    assert call("DELETE", f"{href}/{attribute}").status == 204
    storage.put(ticket, sample())
    storage.settle()

    assert call("GET", href).json[attribute] is None
    assert storage.waiting() == set()


def test_an_upload_for_a_deleted_item_leaves_nothing(call, ask, storage, href, attribute, sample):
    before = storage.published()
    ticket = ask(href, attribute, sample()).json

    assert call("DELETE", href).status == 204
    storage.put(ticket, sample())
    storage.settle()

    assert call("GET", href).status == 404
    assert (storage.waiting(), storage.published()) == (set(), before)


@pytest.mark.parametrize(
    "data",
    [
        pytest.param(b"<svg xmlns='http://www.w3.org/2000/svg'><script>alert(1)</script></svg>", id="svg"),
        pytest.param(b"<!doctype html><script>alert(1)</script>", id="html"),
        pytest.param(png()[:-8], id="cut short"),
        pytest.param(png() + b"<script>alert(1)</script>", id="html behind it"),
        pytest.param(png()[:40] + b"<script>alert(1)</script>" + png()[40:], id="html inside of it"),
        pytest.param(png()[:-12] + b"PK\x05\x06" + bytes(16) + b"\x0c\x00" + png()[-12:], id="archive behind it"),
    ],
)
def test_a_file_of_another_type_than_declared_is_never_linked_or_served(upload, storage, href, attribute, data, types):
    if "image/png" not in types:
        pytest.skip("these are bytes that are nearly a PNG image")
    before = storage.published()

    item = upload(href, attribute, data)

    assert item[attribute] is None
    assert (storage.waiting(), storage.published()) == (set(), before)
