"""The reference in a real browser: every operation is there and can be tried."""

import json

import pytest

from lambdas.rest.declarations import RESOURCES
from lambdas.rest.operation import construct_id
from tests.site.conftest import axe, overflow, paste_token, text_field, wants
from tests.support.stories import fresh

METHODS = ("get", "head", "post", "put", "patch", "delete", "options")


@pytest.fixture
def reference(visit):
    page = visit("reference.html")
    page.locator(".opblock").first.wait_for()
    return page


def attempt(page, resource, operation, parameters=None, body=None):
    """Try an operation on the page; its status and what it answered."""
    tag = construct_id(resource.path)
    block = page.locator(f"#operations-{tag}-{operation}{tag}")
    if "is-open" not in block.get_attribute("class"):
        block.locator(".opblock-summary-control").click()
    for name, value in (parameters or {}).items():
        block.locator(f"tr[data-param-name='{name}'] input").fill(value)
    if body is not None:
        block.locator(".body-param textarea").fill(json.dumps(body))
    with page.expect_response(lambda each: each.request.method != "OPTIONS") as answer:
        block.get_by_role("button", name="Execute").click()
    status = str(answer.value.status)
    block.locator(f".live-responses-table .response-col_status:has-text('{status}')").first.wait_for()
    return status, None if status == "204" else answer.value.json()


def test_every_operation_is_listed(reference, site):
    listed = {
        (
            block.locator(".opblock-summary-method").inner_text().lower(),
            block.locator("[data-path]").get_attribute("data-path"),
        )
        for block in reference.locator(".opblock").all()
    }

    assert listed == {
        (method, path) for path, item in site.document["paths"].items() for method in item if method in METHODS
    }


@pytest.mark.parametrize("resource", RESOURCES, ids=lambda resource: resource.path)
def test_an_item_is_created_read_changed_and_deleted_by_trying_it(reference, site, resource):
    wants(resource, "create", "get", "patch", "delete")
    name = text_field(resource)
    assert attempt(reference, resource, "create", body=fresh(resource))[0] == "401"
    paste_token(reference, site.token)

    status, made = attempt(reference, resource, "create", body=fresh(resource))
    assert status == "201"
    assert attempt(reference, resource, "get", {"id": made[resource.key]}) == ("200", made)
    parameters = {"id": made[resource.key], "If-Match": '"1"'}
    status, changed = attempt(reference, resource, "patch", parameters, {name: "Changed by trying"})
    assert (status, changed[name]) == ("200", "Changed by trying")
    assert attempt(reference, resource, "delete", {"id": made[resource.key], "If-Match": '"2"'})[0] == "204"
    assert attempt(reference, resource, "get", {"id": made[resource.key]})[0] == "404"


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_it_fits_a_small_screen_and_its_own_parts_can_be_used_by_everybody(visit, scheme):
    page = visit("reference.html", width=375, scheme=scheme)
    page.locator(".opblock-post .opblock-summary-control").first.click()
    page.get_by_role("button", name="Execute").wait_for()

    assert overflow(page) == 0
    assert axe(page, exclude="#reference") == []
    others = axe(page)
    print(f"Swagger UI's own, {scheme}: {len(others)} in {sorted({rule for rule, _ in others})}")
