"""Two windows of the page that browses resources, on a clone of its own: `make run`, `make stop`, `make run`."""

from contextlib import ExitStack

import pytest
import requests

from lambdas.rest.declarations import RESOURCES
from tests.fork.drill import Fork
from tests.site.conftest import paste_token, served, text_field
from tests.site.test_browse import fill, save
from tests.support.stories import fresh

pytestmark = pytest.mark.emulator
WITHIN = 90_000  # milliseconds; a window tries again after half a minute at the latest


@pytest.fixture
def live():
    """A resource that is live."""
    return next((one for one in RESOURCES if one.live), None) or pytest.skip("no resource is live")


@pytest.fixture
def clone(tmp_path):
    """A clone that runs."""
    clone = Fork(tmp_path)
    clone.copy()
    try:
        clone.run()
        yield clone
    finally:
        clone.sh(f"make stop PORT={clone.port}")


@pytest.fixture
def window(chromium, clone, live):
    """Open a window of the list, signed in."""
    clone.sh("make site")
    with ExitStack() as opened:
        url = opened.enter_context(served(clone.folder / ".local" / "site", 0))

        def window():
            context = chromium.new_context()
            opened.callback(context.close)
            context.set_default_timeout(WITHIN)
            page = context.new_page()
            page.goto(f"{url}/browse.html#/list/{live.path}")
            paste_token(page, clone.sh("make -s token").strip())
            page.evaluate("window.loaded = 'once'")
            return page

        yield window


def test_a_change_in_one_window_shows_in_the_other_also_after_a_stop_and_a_run(clone, window, live):
    name, here, there = text_field(live), window(), window()

    here.get_by_role("button", name="New").click()
    fill(here, {**fresh(live), name: "Written here"})
    save(here, "Create")
    there.get_by_text("Written here").first.wait_for()
    clone.sh("make stop")
    clone.run()
    api, headers = clone.sh("make -s url").strip(), {"Authorization": f"Bearer {clone.sh('make -s token').strip()}"}
    requests.post(f"{api}/{live.path}", json={**fresh(live), name: "Written later"}, headers=headers, timeout=60)

    there.get_by_text("Written later").first.wait_for()
    assert there.get_by_text("Written here").count() >= 1
    assert there.evaluate("window.loaded") == "once"
