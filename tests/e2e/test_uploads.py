"""Attacks on uploads over HTTP, with the addresses that the API signs: nothing that is refused is stored or linked."""

import os
import re
import subprocess
from datetime import UTC, datetime, timedelta
from urllib.parse import parse_qs, unquote, urlsplit

import boto3
import pytest
from botocore.config import Config

from lambdas.files.file import rules_of
from tests.conftest import ROOT
from tests.support.gallery import DEPLOYED
from tests.support.stories import fresh
from tests.support.uploads import described, event, png
from tests.support.waiting import until


def of_png(resource):
    """The files of a resource that may be PNG images."""
    attributes = resource.model.schema.attributes
    return [name for name in resource.files if "image/png" in rules_of(attributes[name]).types]


WITH_FILES = [resource for resource in DEPLOYED if of_png(resource)]

pytestmark = pytest.mark.resources(*WITH_FILES)


@pytest.fixture
def attribute(resource):
    return of_png(resource)[0]


@pytest.fixture
def ticket(ask, href, attribute):
    """The permission to upload one image."""
    answer = ask(href, attribute, png())
    assert answer.status == 201, answer.text
    return answer.json


@pytest.fixture
def untouched(call, storage, href, attribute):
    """Fail if an upload is stored or linked in the end."""
    before = storage.waiting(), storage.published()
    yield
    storage.settle()
    assert (storage.waiting(), storage.published()) == before
    assert call("GET", href).json[attribute] is None


@pytest.mark.usefixtures("untouched")
@pytest.mark.parametrize(
    ("data", "headers"),
    [
        pytest.param(png(1), {}, id="other bytes of the same length"),
        pytest.param(png() + b"more", {"Content_Length": str(len(png()) + 4)}, id="more bytes"),
        pytest.param(png(1), {"X_Amz_Checksum_Sha256": described(png(1))["sha256"]}, id="another digest"),
        pytest.param(png(), {"Content_Type": "text/html"}, id="another type"),
        pytest.param(png(), {"X_Amz_Checksum_Sha256": None}, id="no digest"),
    ],
)
def test_bytes_other_than_the_signed_ones_are_not_stored(storage, ticket, data, headers):
    assert storage.put(ticket, data, **headers) in (400, 403)


@pytest.mark.usefixtures("untouched")
@pytest.mark.parametrize("name", ["X-Amz-Date", "X-Amz-Expires", "X-Amz-SignedHeaders"])
def test_a_signature_cannot_be_made_to_last_longer_or_to_cover_less(storage, ticket, name):
    query = parse_qs(urlsplit(ticket["url"]).query)[name][0]
    other = {"X-Amz-Date": "20990101T000000Z", "X-Amz-Expires": "86400", "X-Amz-SignedHeaders": "host"}[name]
    changed = ticket["url"].replace(query.replace(";", "%3B"), other)
    assert changed != ticket["url"]

    assert storage.put({**ticket, "url": changed}, png()) in (400, 403)


@pytest.fixture
def signed_before(deployed, storage, ticket, monkeypatch):
    """The same permission, signed so many seconds ago, for so many seconds."""
    address, sent = urlsplit(ticket["url"]), ticket["headers"]
    s3 = boto3.client("s3", endpoint_url=deployed.emulator.url, config=Config(signature_version="s3v4"))
    parameters = {
        "Bucket": storage.uploads_bucket,
        "Key": unquote(address.path).partition(f"/{storage.uploads_bucket}/")[2],
        "ContentType": sent["Content-Type"],
        "ContentLength": int(sent["Content-Length"]),
        "ChecksumSHA256": sent["X-Amz-Checksum-Sha256"],
        "IfNoneMatch": "*",
    }

    def sign(ago, *, lasts):
        with monkeypatch.context() as clock:
            clock.setattr("botocore.auth.get_current_datetime", lambda: datetime.now(UTC) - timedelta(seconds=ago))
            url = s3.generate_presigned_url("put_object", Params=parameters, ExpiresIn=lasts)
        return {**ticket, "url": url}

    return sign


@pytest.mark.usefixtures("untouched")
def test_an_address_that_has_expired_stores_nothing(storage, ticket, signed_before):
    lasts = int(parse_qs(urlsplit(ticket["url"]).query)["X-Amz-Expires"][0])

    assert lasts == 15 * 60
    assert storage.put(signed_before(lasts + 1, lasts=lasts), png()) == 403


def test_an_address_that_is_about_to_expire_stores_the_bytes(storage, call, signed_before, href, attribute):
    assert storage.put(signed_before(14 * 60, lasts=15 * 60), png()) == 200

    storage.settle()
    assert call("GET", href).json[attribute]["sha256"] == described(png())["sha256"]


def test_an_event_that_comes_again_over_the_queue_changes_nothing(deployed, call, storage, ticket, href, attribute):
    stored = storage.session.put(ticket["url"], png(), headers=ticket["headers"], timeout=30)
    storage.settle()
    first = call("GET", href).json
    key = unquote(urlsplit(ticket["url"]).path).partition(f"/{storage.uploads_bucket}/")[2]

    for _ in range(2):
        body = event(key, stored.headers["X-Amz-Version-Id"])["body"]
        deployed.client("sqs").send_message(QueueUrl=storage.queue, MessageBody=body)
    storage.settle()

    assert call("GET", href).json == first
    assert storage.get(first[attribute]["url"]).body == png()
    assert storage.queued(storage.dead_letters) == 0


@pytest.mark.usefixtures("untouched")
def test_an_event_of_an_object_that_is_not_there_links_nothing(deployed, storage, ticket):
    key = unquote(urlsplit(ticket["url"]).path).partition(f"/{storage.uploads_bucket}/")[2]
    other = key.replace(key.split("/")[2], "0" * 36)  # a ticket that nobody has

    deployed.client("sqs").send_message(QueueUrl=storage.queue, MessageBody=event(other, "0" * 32)["body"])


@pytest.mark.usefixtures("untouched")
def test_more_bytes_than_were_signed_are_not_stored_if_their_number_is_not_told(storage, ticket):
    sent = {name: value for name, value in ticket["headers"].items() if name != "Content-Length"}

    answer = storage.session.put(ticket["url"], iter([png(), b"more"]), headers=sent, timeout=30)  # in chunks

    assert answer.status_code in (400, 403, 411)


@pytest.mark.usefixtures("untouched")
@pytest.mark.parametrize("method", ["GET", "HEAD", "DELETE", "POST"])
def test_an_address_is_good_for_nothing_but_a_put(storage, ticket, method):
    answer = storage.session.request(method, ticket["url"], headers=ticket["headers"], data=png(), timeout=30)

    assert answer.status_code in (403, 405)


@pytest.mark.usefixtures("untouched")
def test_the_address_of_one_item_is_none_of_another(call, ask, storage, ticket, path, attribute, resource):
    other = call("POST", path, fresh(resource)).json
    foreign = ask(f"{path}/{other[resource.key]}", attribute, png()).json

    moved = ticket["url"].replace(urlsplit(ticket["url"]).path, urlsplit(foreign["url"]).path)

    assert storage.put({**ticket, "url": moved}, png()) == 403


@pytest.mark.usefixtures("untouched")
def test_an_upload_that_was_cancelled_is_deleted(call, storage, ticket, href, attribute):
    assert call("DELETE", f"{href}/{attribute}").status == 204

    assert storage.put(ticket, png()) == 200  # it is signed; what was stored is refused, and deleted


def test_a_second_put_is_refused_while_the_first_is_there_and_changes_nothing_later(
    call, storage, ticket, href, attribute
):
    """The emulator lets a signed If-None-Match be left out, which S3 refuses: here it is asserted to be signed."""
    statuses = [storage.put(ticket, png()) for _ in range(2)]
    storage.settle()
    first = call("GET", href).json
    storage.put(ticket, png())
    storage.settle()

    assert "if-none-match" in parse_qs(urlsplit(ticket["url"]).query)["X-Amz-SignedHeaders"][0].split(";")
    assert statuses[0] == 200
    assert statuses[1] in (200, 412)  # 200, if the first is verified by then, and gone from where it was put
    assert call("GET", href).json == first
    assert storage.get(first[attribute]["url"]).body == png()


def test_a_file_is_gone_from_storage_when_another_takes_its_place_and_when_its_item_is_deleted(
    call, upload, storage, href, attribute
):
    before = storage.published()

    upload(href, attribute, png(1))
    url = upload(href, attribute, png(2))[attribute]["url"]
    left = until(lambda: storage.published() - before, lambda keys: len(keys) == 1)
    call("DELETE", href)
    until(storage.published, lambda keys: keys == before)

    assert left == {urlsplit(url).path.removeprefix("/")}
    assert storage.get(url).status in (403, 404)


def test_nobody_reads_an_upload_or_a_verified_file_but_through_the_cdn(storage, ticket, upload, href, attribute):
    url = upload(href, attribute, png())[attribute]["url"]
    staged = ticket["url"].partition("?")[0]
    published = staged.replace(urlsplit(staged).path, f"/{storage.published_bucket}{urlsplit(url).path}")

    assert [storage.session.get(one, timeout=30).status_code for one in (staged, published)] == [403, 403]
    assert storage.get(url).status == 200


def test_the_lines_of_the_readme_upload_a_file_as_they_are_pasted(
    call, storage, deployed, token, href, attribute, resource, tmp_path
):
    if resource.requires_if_match:
        pytest.skip("the README's example does not ask for If-Match")
    shown = re.search(r"```console\n(\$ sha=.*?)```", (ROOT / "README.md").read_text(), re.DOTALL)
    block = shown[1] if shown else pytest.skip("the README is a fork's own")
    script = "\n".join(line.removeprefix("$ ") for line in block.splitlines())
    script = script.replace("$(make -s token)", token)
    script = re.sub(r"\$api/[a-z-]+/ID/[a-z_]+", f"$api/{href}/{attribute}", script)
    script = re.sub(r"\$api/[a-z-]+/ID\?fields=[a-z_]+", f"$api/{href}?fields={attribute}", script)
    (tmp_path / "photo.png").write_bytes(png(7))
    trust = {"CURL_CA_BUNDLE": deployed.emulator.certificate, "no_proxy": "*"}

    done = subprocess.run(
        ["bash", "-ec", script],
        cwd=tmp_path,
        env={**os.environ, **trust, "api": deployed.url},
        capture_output=True,
        text=True,
        check=False,
    )
    storage.settle()

    assert done.returncode == 0, done.stderr
    assert call("GET", href).json[attribute]["sha256"] == described(png(7))["sha256"], done.stdout
