"""The remover: a file that its item no longer links to is deleted, and no other."""

import pytest

from lambdas.events.publish import render
from lambdas.files.remove import handler
from lambdas.runtime.environment import Environment
from tests.support.gallery.albums import ALBUMS
from tests.support.uploads import png

pytestmark = pytest.mark.resources(ALBUMS)


@pytest.fixture
def stored(dynamodb, gateway):
    """The item of the table, as a stream shows it."""

    def stored():
        every = dynamodb.scan(TableName=Environment.read().table_name)["Items"]
        (item,) = [one for one in every if not one["id"]["S"].startswith("$")]
        return item

    assert gateway
    return stored


@pytest.fixture
def deliver(resource):
    """Bring a change of an item, from one image to another, to the remover, if it asks for it."""

    def deliver(old, new):
        images = {name: image for name, image in (("OldImage", old), ("NewImage", new)) if image}
        data = {"Keys": {"id": (old or new)["id"]}, "SequenceNumber": "1", "ApproximateCreationDateTime": 0, **images}
        given = render({"eventID": "1", "eventName": "MODIFY", "dynamodb": data}, resource).entry["MessageAttributes"]
        if "removed_files" in given:  # as SNS filters
            attributes = {"removed_files": {"stringValue": given["removed_files"]["StringValue"]}}
            answer = handler({"Records": [{"messageId": "1", "messageAttributes": attributes}]}, None)
            assert answer == {"batchItemFailures": []}

    return deliver


def test_a_file_that_was_replaced_is_deleted(upload, storage, href, stored, deliver):
    first = upload(href, "cover", png(1))
    old = stored()
    second = upload(href, "cover", png(2))

    deliver(old, stored())

    assert [key in second["cover"]["url"] for key in storage.published()] == [True]
    assert first["cover"]["url"] != second["cover"]["url"]


def test_the_files_of_a_deleted_item_are_deleted(upload, storage, href, stored, deliver):
    upload(href, "cover", png())
    upload(href, "sample", b"ID3\x04" + bytes(100), type="audio/mpeg")
    assert len(storage.published()) == 2

    deliver(stored(), None)

    assert storage.published() == set()


def test_a_change_of_another_attribute_deletes_nothing(upload, call, storage, href, stored, deliver):
    upload(href, "cover", png())
    old = stored()
    call("PATCH", href, {"title": "Milestones"})

    deliver(old, stored())

    assert len(storage.published()) == 1


def test_a_change_that_comes_again_late_deletes_nothing_else(upload, storage, href, stored, deliver):
    upload(href, "cover", png(1))
    old = stored()
    second = upload(href, "cover", png(2))

    deliver(old, stored())
    deliver(old, stored())
    deliver(None, old)

    assert storage.get(second["cover"]["url"]).body == png(2)


def test_the_files_of_an_item_that_is_too_large_for_an_event_are_deleted_too(upload, storage, href, stored, deliver):
    upload(href, "cover", png())
    large = {**stored(), "title": {"S": "x" * 250_000}}

    deliver(large, None)

    assert storage.published() == set()
