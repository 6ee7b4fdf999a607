"""A file attribute in the browser of resources: from the page to storage, past the verifier, and back to the page."""

import pytest

from lambdas.rest.declarations import RESOURCES
from tests.site.conftest import SHOWN, words
from tests.support.stories import fresh
from tests.support.uploads import DeployedStorage, described, png
from tests.support.waiting import until

WITH_FILES = [resource for resource in (*RESOURCES, *SHOWN) if resource.files]


@pytest.mark.parametrize("resource", WITH_FILES, ids=lambda resource: resource.path)
def test_an_image_that_is_uploaded_on_the_page_is_shown_replaced_and_removed(visit, site, resource):
    (attribute, *_), data = resource.files, [png(1), png(2)]
    item = site.api("POST", resource.path, fresh(resource))
    place, name = f"{resource.path}/{item[resource.key]}", words(attribute)
    page = visit(f"browse.html#/item/{place}")
    part = page.locator("section", has=page.get_by_role("heading", name=name, exact=True))
    image = page.locator(f"dt:text-is('{name}') + dd img")

    for version, each in enumerate(data, start=2):
        part.get_by_label(name).set_input_files({"name": "p.png", "mimeType": "image/png", "buffer": each})
        part.get_by_role("button", name="Upload").click()
        page.locator(f"dt:text-is('{words(resource.version.attr.name)}') + dd").get_by_text(
            str(version), exact=True
        ).wait_for(timeout=40_000)

        stored = site.api("GET", place)[attribute]
        assert {key: stored[key] for key in ("type", "bytes", "sha256")} == described(each)
        assert image.get_attribute("src") == stored["url"]
        assert image.evaluate("async (image) => (await image.decode(), image.naturalWidth)") == 1

    part.get_by_role("button", name="Remove").click()
    page.get_by_text(f"{name} is removed.").wait_for()
    assert site.api("GET", place)[attribute] is None


@pytest.mark.parametrize("resource", WITH_FILES[:1], ids=lambda resource: resource.path)
def test_a_file_that_is_not_an_image_is_not_linked_and_the_page_says_so(visit, site, resource):
    (attribute, *_), item = resource.files, site.api("POST", resource.path, fresh(resource))
    place, name = f"{resource.path}/{item[resource.key]}", words(attribute)
    page = visit(f"browse.html#/item/{place}")
    part = page.locator("section", has=page.get_by_role("heading", name=name, exact=True))

    part.get_by_label(name).set_input_files({"name": "p.png", "mimeType": "image/png", "buffer": b"<svg/>"})
    page.clock.install()
    part.get_by_role("button", name="Upload").click()

    said = page.get_by_text("The bytes arrived, but are not linked")
    until(lambda: page.clock.fast_forward(1_000) or said.is_visible(), bool)  # it looks again each second
    DeployedStorage(site.stage, "site-local").settle()
    assert site.api("GET", place)[attribute] is None


@pytest.mark.parametrize("resource", WITH_FILES[:1], ids=lambda resource: resource.path)
def test_a_file_of_a_wrong_type_or_none_at_all_is_refused_on_the_page(visit, site, resource):
    (attribute, *_), item = resource.files, site.api("POST", resource.path, fresh(resource))
    name = words(attribute)
    page = visit(f"browse.html#/item/{resource.path}/{item[resource.key]}")
    part = page.locator("section", has=page.get_by_role("heading", name=name, exact=True))

    part.get_by_role("button", name="Upload").click()
    page.get_by_text("Choose a file first.").wait_for()
    part.get_by_label(name).set_input_files({"name": "p.txt", "mimeType": "text/plain", "buffer": b"text"})
    part.get_by_role("button", name="Upload").click()

    page.get_by_role("alert").filter(has_text="type").first.wait_for()
