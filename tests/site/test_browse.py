"""The browser of resources in a real browser, on a fork: for every resource that its document has."""

import json
import re
from datetime import date, datetime
from decimal import Decimal

import pytest

from lambdas.rest.declarations import RESOURCES
from tests.site.conftest import SHOWN, axe, overflow, text_field, wants, words
from tests.support import people
from tests.support.stories import fresh


def fill(page, values):
    for name, value in values.items():
        field = page.locator(f"#field-{name}")
        if field.evaluate("each => each.tagName") == "SELECT":
            field.select_option(str(value))
        elif isinstance(value, bool):
            field.set_checked(value)
        elif isinstance(value, dict) or (isinstance(value, list) and any(isinstance(one, dict) for one in value)):
            field.fill(json.dumps(value))
        else:
            field.fill("\n".join(value) if isinstance(value, list) else str(value))


def fact(page, name):
    """The element that shows a field of the item on the page."""
    return page.locator(f"dt:text-is('{words(name)}') + dd")


def rows(page):
    """The addresses of the items that a list shows."""
    return page.locator("tbody th a").evaluate_all("links => links.map(link => link.getAttribute('href'))")


def save(page, label="Save"):
    page.get_by_role("button", name=label, exact=True).click()


def test_every_resource_of_the_fork_is_there_without_an_edit(visit):
    page = visit("browse.html")

    names = page.get_by_role("navigation", name="Resources").get_by_role("link").all_inner_texts()

    assert {name.lower().replace(" ", "-") for name in names} == {each.path for each in (*RESOURCES, *SHOWN)}


def test_an_item_is_created_edited_and_deleted(visit, resource):
    page, name = visit(f"browse.html#/list/{resource.path}"), text_field(resource)

    page.get_by_role("button", name="New").click()
    fill(page, {**fresh(resource), name: "Written by hand"})
    save(page, "Create")
    fact(page, name).get_by_text("Written by hand").wait_for()

    page.get_by_role("button", name="Edit").click()
    fill(page, {name: "Written again"})
    save(page)
    fact(page, name).get_by_text("Written again").wait_for()
    assert fact(page, resource.version.attr.name).inner_text() == "2"

    if "delete" not in resource.named:
        assert page.get_by_role("button", name="Delete").count() == 0
        return
    page.get_by_role("button", name="Delete").click()
    page.get_by_role("dialog").get_by_role("button", name="Delete").click()
    page.get_by_text("Deleted.").wait_for()
    page.wait_for_url(f"**#/list/{resource.path}")


def test_concurrent_changes_of_others_are_kept_unless_the_person_overwrites_them(visit, site, resource, new):
    item, name = new(), text_field(resource)
    page = visit(f"browse.html#/edit/{resource.path}/{item[resource.key]}")
    fill(page, {name: "Mine"})
    site.api("PATCH", f"{resource.path}/{item[resource.key]}", {name: "Theirs"})

    save(page)
    page.get_by_text("Somebody changed this item").wait_for()
    assert site.api("GET", f"{resource.path}/{item[resource.key]}")[name] == "Theirs"
    assert axe(page) == []
    page.get_by_label(f"{words(name)}: theirs").check()
    page.get_by_role("button", name="Continue with these values").click()
    assert page.locator(f"#field-{name}").input_value() == "Theirs"
    fill(page, {name: "Mine, after all"})
    save(page)

    fact(page, name).get_by_text("Mine, after all").wait_for()
    assert site.api("GET", f"{resource.path}/{item[resource.key]}")[resource.version.attr.name] == 3


def test_deleting_an_item_that_was_changed_meanwhile_asks_again(visit, site, resource, new):
    wants(resource, "delete")
    item = new()
    page = visit(f"browse.html#/item/{resource.path}/{item[resource.key]}")
    page.get_by_role("button", name="Delete").wait_for()
    site.api("PATCH", f"{resource.path}/{item[resource.key]}", {text_field(resource): "Changed"})

    page.get_by_role("button", name="Delete").click()
    page.get_by_role("dialog").get_by_role("button", name="Delete").click()
    page.get_by_role("dialog", name=re.compile("It was changed")).get_by_role("button", name="Delete").click()

    page.get_by_text("Deleted.").wait_for()


def test_a_list_is_paged(visit, resource, new):
    made = {new()[resource.key] for _ in range(6)}
    page = visit(f"browse.html#/list/{resource.path}")

    def turn(act):
        with page.expect_response(f"**/{resource.path}?*"):
            act()
        page.locator("main:not([aria-busy])").wait_for()
        assert len(rows(page)) <= 5
        return {*rows(page)}

    seen = turn(lambda: page.get_by_label("Items a page").select_option("5"))
    while (button := page.get_by_role("button", name="Next page")).is_visible():
        more = turn(button.click)
        assert not seen & more
        seen |= more

    assert made <= {address.rpartition("/")[2] for address in seen}
    page.get_by_role("button", name="First page").click()
    page.get_by_role("button", name="Next page").wait_for()


def test_a_list_is_filtered_by_a_declared_filter_and_sorted(visit, site, resource, new):
    parameters = [each["name"] for each in site.document["paths"][f"/{resource.path}"]["get"]["parameters"]]
    item = new()
    of_days = (date, datetime, Decimal)  # no text can be typed there
    kinds = {name: one.codec.type for name, one in resource.filters.items() if one.codec.type not in of_days}
    names = [name for name in parameters if name in kinds and isinstance(item.get(name), str)]
    if not names:
        pytest.skip("this resource declares no filter by a value")
    page = visit(f"browse.html#/list/{resource.path}")

    page.get_by_label("Filter", exact=True).select_option(names[0])
    value = page.get_by_label("Value")
    listed = value.evaluate("each => each.tagName") == "SELECT"  # the value is one of a few
    (value.select_option if listed else value.fill)(item[names[0]])
    page.get_by_role("button", name="Add filter").click()

    page.get_by_role("button", name="Remove filter").wait_for()
    page.locator("main:not([aria-busy])").wait_for()
    found = [address.rpartition("/")[2] for address in rows(page)]
    assert found
    assert {site.api("GET", f"{resource.path}/{each}")[names[0]] for each in found} == {item[names[0]]}
    if not listed:
        value.fill("none-has-this")
        page.get_by_role("button", name="Add filter").click()
        page.get_by_text("Nothing matches these filters.").wait_for()
    page.get_by_role("button", name="Remove filter").click()
    page.locator("tbody tr").first.wait_for()


def test_a_counter_is_counted(visit, resource, new):
    if not resource.counters:
        pytest.skip("this resource declares no counter")
    name = resource.counters[0]
    page = visit(f"browse.html#/item/{resource.path}/{new(**{name: 1})[resource.key]}")

    page.get_by_label(f"{words(name)}: how many").fill("2")
    page.get_by_role("button", name="+ Up").click()
    fact(page, name).get_by_text("3", exact=True).wait_for()
    page.get_by_label(f"{words(name)}: how many").fill("4")
    page.get_by_role("button", name="Down").click()

    page.get_by_role("alert").get_by_text("About out-of-bounds").wait_for()
    assert fact(page, name).inner_text() == "3"


def test_declared_rules_and_the_apis_problems_are_shown_at_their_fields(visit, resource, new):
    if not resource.example:
        pytest.skip("no field must be filled in")
    page, example = visit(f"browse.html#/new/{resource.path}"), fresh(resource)
    first = next(iter(example))

    save(page, "Create")
    page.locator(f"#field-{first}-problem").get_by_text("fill").wait_for()
    assert page.locator(f"#field-{first}").evaluate("each => each === document.activeElement")

    for attribute in resource.model.schema.unique:
        fill(page, {**example, attribute.name: new()[attribute.name]})
        save(page, "Create")
        page.locator(f"#field-{attribute.name}-problem").get_by_text("is taken").wait_for()
        assert page.locator(f"#field-{attribute.name}").get_attribute("aria-invalid") == "true"


def test_a_problem_leads_to_its_explanation(visit, resource):
    page = visit(f"browse.html#/item/{resource.path}/0190a0b0-0000-7000-8000-000000000000")

    page.get_by_role("link", name="About not-found").click()

    page.locator("h2:target").get_by_text("not-found").wait_for()


def test_what_the_api_holds_is_shown_as_text(visit, resource, new):
    name = text_field(resource)
    attack = "<img src=x onerror=alert(1)>"

    page = visit(f"browse.html#/item/{resource.path}/{new(**{name: attack})[resource.key]}")

    fact(page, name).get_by_text(attack).wait_for()
    assert page.locator("main img").count() == 0


def test_a_signed_out_person_is_shown_how_to_sign_in(visit, resource):
    page = visit(f"browse.html#/new/{resource.path}", signed_in=False)

    fill(page, fresh(resource))
    save(page, "Create")
    page.get_by_role("alert").get_by_role("link", name="Sign in").click()

    assert page.get_by_label("paste an access token").is_visible()


def test_a_person_signs_in_at_the_sign_in_page_and_comes_back_to_where_they_were(visit, site, resource):
    person = people.invited(site.stage)
    page = visit(f"browse.html#/new/{resource.path}", signed_in=False)

    page.get_by_text("Sign in", exact=True).click()
    page.get_by_role("button", name="Sign in with the browser").click()
    page.locator("[name=username]").fill(person.email)
    page.locator("[name=password]").fill(person.password)
    page.locator("[type=submit]").click()
    page.get_by_text("Signed in").wait_for()
    assert page.url == f"{site.url}/browse.html#/new/{resource.path}"
    fill(page, fresh(resource))
    save(page, "Create")

    page.get_by_text("Created.").wait_for()


@pytest.mark.parametrize(("width", "scheme"), [(375, "dark"), (1280, "light")])
def test_every_view_fits_and_can_be_used_by_everybody(visit, site, resource, new, width, scheme):
    item = new()
    page = visit("browse.html", width=width, scheme=scheme)

    for view in ("list", "new", f"item/{item[resource.key]}", f"edit/{item[resource.key]}"):
        kind, _, rest = view.partition("/")
        page.goto("about:blank")  # so that what is looked at next is not the view before
        page.goto(f"{site.url}/browse.html#/{kind}/{resource.path}" + (f"/{rest}" if rest else ""))
        page.locator("main:not([aria-busy]) h1").wait_for()
        assert overflow(page) == 0, view
        assert axe(page) == [], view
    page.get_by_text("Requests of this page").click()
    page.get_by_text("Signed in").click()
    assert axe(page) == []


def test_a_change_elsewhere_shows_without_a_reload(visit, site, resource):
    if not resource.live:
        pytest.skip("its changes are not told")
    page, name = visit(f"browse.html#/list/{resource.path}"), text_field(resource)
    page.locator("h1").wait_for()

    item = site.api("POST", resource.path, {**fresh(resource), name: "Written elsewhere"})
    page.get_by_text("Written elsewhere").first.wait_for()
    site.api("PATCH", f"{resource.path}/{item[resource.key]}", {name: "Written there again"})

    page.get_by_text("Written there again").first.wait_for()
