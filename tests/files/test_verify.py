"""The verifier: killed after any step, called twice, late, or for another item than there was."""

import random
from urllib.parse import urlsplit

import pytest
from botocore.exceptions import ClientError

from lambdas.files import storage as s3
from lambdas.files.upload import Place
from lambdas.runtime import tables
from tests.support.gallery.albums import ALBUMS
from tests.support.uploads import described, event, png, verify

pytestmark = pytest.mark.resources(ALBUMS)
COMMANDS = ("s3.GetObject", "s3.CopyObject", "dynamodb.TransactWriteItems", "s3.DeleteObject")


class Killed(BaseException):
    """The end of the process; no handler of ours catches it."""


@pytest.fixture
def kill(storage):
    """Kill the process at a call of AWS: before it is sent, or once it is carried out."""
    clients = {"s3": s3.s3(), "dynamodb": tables.client()}
    registered = []

    def kill(command, *, when):
        service, name = command.split(".")
        moment = {"before": "before-send", "after": "after-call"}[when]

        def die(**_):
            undo()
            raise Killed

        clients[service].meta.events.register_first(f"{moment}.{service}.{name}", die)
        registered.append((clients[service], f"{moment}.{service}.{name}", die))

    def undo():
        while registered:
            client, name, die = registered.pop()
            client.meta.events.unregister(name, die)

    assert storage
    yield kill
    undo()


@pytest.mark.parametrize("when", ["before", "after"])
@pytest.mark.parametrize("command", COMMANDS)
def test_a_verifier_that_was_killed_anywhere_ends_its_work_when_the_event_comes_again(
    ask, call, storage, href, kill, command, when
):
    storage.put(ask(href, "cover", png()).json, png())
    (message,) = storage.events
    kill(command, when=when)

    with pytest.raises(Killed):
        verify(message)
    verify(message)

    item = call("GET", href).json
    assert (item["cover"]["sha256"], item["version"]) == (described(png())["sha256"], 2)
    assert storage.get(item["cover"]["url"]).body == png()
    assert (storage.waiting(), len(storage.published())) == (set(), 1)


@pytest.mark.timed
@pytest.mark.parametrize("count", [40, pytest.param(200, marks=pytest.mark.thorough)])
def test_of_many_uploads_whose_verifier_is_killed_every_other_time_each_is_right_in_the_end_and_none_is_orphaned(
    ask, call, storage, path, example, kill, count
):
    chance, wanted = random.Random(1), {}
    for number in range(count):  # two for each item on average: the last one that was asked for counts
        place = f"{path}/{chance.randrange(count // 2)}"
        call("PUT", place, example, headers={"If-None-Match": "*"})
        storage.put(ask(place, "cover", png(number)).json, png(number))
        wanted[place] = described(png(number))["sha256"]
    messages, kills = [*storage.events, *chance.sample(storage.events, count // 4)], 0  # some come twice
    while messages:  # in any order
        message = messages.pop(chance.randrange(len(messages)))
        if chance.random() < 0.5:
            kill(chance.choice(COMMANDS), when=chance.choice(["before", "after"]))
        try:
            assert verify(message) == {"batchItemFailures": []}
        except Killed:
            kills += 1
            messages.append(message)

    files = {place: call("GET", place).json["cover"] for place in wanted}
    print(f"{kills} kills, {len(files)} files")
    assert kills > count // 4
    assert {place: file["sha256"] for place, file in files.items()} == wanted
    assert storage.published() == {urlsplit(file["url"]).path.lstrip("/") for file in files.values()}
    assert storage.waiting() == set()


def test_a_cancelled_upload_whose_verifier_was_killed_leaves_nothing(ask, call, storage, href, kill):
    storage.put(ask(href, "cover", png()).json, png())
    (message,) = storage.events
    kill("dynamodb.TransactWriteItems", when="before")
    with pytest.raises(Killed):
        verify(message)
    assert len(storage.published()) == 1

    call("DELETE", f"{href}/cover")
    verify(message)

    assert call("GET", href).json["cover"] is None
    assert (storage.waiting(), storage.published()) == (set(), set())


def test_an_event_that_comes_again_changes_nothing(ask, call, storage, href, eventual_reads):
    storage.put(ask(href, "cover", png()).json, png())
    (message,) = storage.events

    verify(message)
    assert eventual_reads == []  # by an item as it was before, the file would be deleted
    first = call("GET", href).json
    verify(message)

    assert call("GET", href).json == first
    assert storage.get(first["cover"]["url"]).status == 200


def test_an_event_that_comes_again_while_another_upload_is_expected_changes_nothing(ask, call, storage, href):
    storage.put(ask(href, "cover", png()).json, png())
    (message,) = storage.events
    verify(message)
    first = call("GET", href).json

    ask(href, "cover", png(1))
    verify(message)

    assert call("GET", href).json == first
    assert storage.get(first["cover"]["url"]).status == 200


def test_bytes_put_again_after_their_verification_are_deleted(ask, call, storage, href):
    ticket = ask(href, "cover", png()).json
    storage.put(ticket, png())
    storage.settle()
    first = call("GET", href).json

    storage.put(ticket, png())
    storage.settle()

    assert call("GET", href).json == first
    assert (storage.waiting(), len(storage.published())) == (set(), 1)


def test_bytes_that_storage_should_not_have_accepted_are_refused(ask, call, storage, href):
    ticket, other = ask(href, "cover", png(1)).json, png(2)
    assert len(other) == len(png(1))

    storage.put(ticket, other)
    storage.settle()

    assert call("GET", href).json["cover"] is None
    assert (storage.waiting(), storage.published()) == (set(), set())


def test_only_the_version_that_the_event_names_is_read(ask, call, storage, href):
    ticket = ask(href, "cover", png()).json
    storage.put(ticket, png())
    storage.put(ticket, b"<script>alert(1)</script>")

    storage.settle()

    item = call("GET", href).json
    assert storage.get(item["cover"]["url"]).body == png()


def test_an_upload_for_an_item_that_was_deleted_is_not_linked_to_the_next_one_at_its_id(ask, call, storage, example):
    call("PUT", "albums/1", example, headers={"If-None-Match": "*"})
    storage.put(ask("albums/1", "cover", png()).json, png())

    call("DELETE", "albums/1")
    call("PUT", "albums/1", example, headers={"If-None-Match": "*"})
    storage.settle()

    assert call("GET", "albums/1").json["cover"] is None
    assert (storage.waiting(), storage.published()) == (set(), set())


def test_the_files_of_an_item_do_not_touch_each_other(upload, call, href):
    sound = b"ID3\x04" + bytes(100)

    upload(href, "cover", png())
    item = upload(href, "sample", sound, type="audio/mpeg")
    call("DELETE", f"{href}/sample")

    after = call("GET", href).json
    assert item["sample"]["type"] == "audio/mpeg"
    assert (after["cover"], after["sample"]) == (item["cover"], None)


def test_a_message_that_fails_comes_again_and_stops_no_other(ask, call, storage, href, log):
    storage.put(ask(href, "cover", png()).json, png())
    unknown = Place.new("ghosts", "cover", "1", sha256=described(png())["sha256"], media_type="image/png")

    answer = verify(event(unknown.staged_key, "v1"), *storage.events)

    assert answer == {"batchItemFailures": [{"itemIdentifier": "v1"}]}
    assert call("GET", href).json["cover"]
    assert [line["error"] for line in log() if "error" in line] == ["LookupError"]


def test_the_test_message_that_s3_sends_once_is_no_upload(storage):
    assert storage
    message = {"messageId": "1", "body": '{"Service": "Amazon S3", "Event": "s3:TestEvent"}'}

    assert verify(message) == {"batchItemFailures": []}


def test_a_rejected_upload_is_counted_and_logged_with_its_reason(upload, href, log):
    upload(href, "cover", b"<svg/>")

    lines = log()
    assert [line["reason"] for line in lines if line.get("message") == "refused"] == ["the bytes are not image/png"]
    assert [line["RefusedUploads"] for line in lines if "RefusedUploads" in line] == [[1.0]]


def test_a_client_error_of_storage_is_no_refusal(ask, call, storage, href):
    storage.put(ask(href, "cover", png()).json, png())
    (message,) = storage.events
    missing = {**message, "body": message["body"].replace(message["messageId"], "0" * 32)}

    assert verify(missing) == {"batchItemFailures": [{"itemIdentifier": message["messageId"]}]}
    storage.settle()

    assert call("GET", href).json["cover"]
    with pytest.raises(ClientError):
        s3.s3().get_object(Bucket="published", Key="none")
