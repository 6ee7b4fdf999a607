"""The remover: a file that its item no longer links to is deleted, and no other."""

import pytest

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


def change(old, new):
    images = {"OldImage": old, "NewImage": new}
    return {"dynamodb": {name: image for name, image in images.items() if image}}


def test_a_file_that_was_replaced_is_deleted(upload, storage, href, stored):
    first = upload(href, "cover", png(1))
    old = stored()
    second = upload(href, "cover", png(2))

    handler({"Records": [change(old, stored())]}, None)

    assert [key in second["cover"]["url"] for key in storage.published()] == [True]
    assert first["cover"]["url"] != second["cover"]["url"]


def test_the_files_of_a_deleted_item_are_deleted(upload, storage, href, stored):
    upload(href, "cover", png())
    upload(href, "sample", b"ID3\x04" + bytes(100), type="audio/mpeg")
    assert len(storage.published()) == 2

    handler({"Records": [change(stored(), None)]}, None)

    assert storage.published() == set()


def test_a_change_of_another_attribute_deletes_nothing(upload, call, storage, href, stored):
    upload(href, "cover", png())
    old = stored()
    call("PATCH", href, {"title": "Milestones"})

    handler({"Records": [change(old, stored())]}, None)

    assert len(storage.published()) == 1


def test_a_change_that_comes_again_late_deletes_nothing_else(upload, storage, href, stored):
    upload(href, "cover", png(1))
    old = stored()
    second = upload(href, "cover", png(2))
    replaced = change(old, stored())

    handler({"Records": [replaced]}, None)
    handler({"Records": [replaced, change(None, old)]}, None)

    assert storage.get(second["cover"]["url"]).body == png(2)
