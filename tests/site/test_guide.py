"""The guide in a real browser."""

import pytest

from tests.site.conftest import axe, overflow
from tools.dev.install import ROOT

PAGES = [path.stem for path in (ROOT / "site" / "pages").glob("*.md") if path.stem not in ("browse", "reference")]


@pytest.mark.parametrize(("width", "scheme"), [(375, "dark"), (1280, "light")])
def test_every_page_fits_and_can_be_read_by_everybody(visit, site, width, scheme):
    page = visit("index.html", width=width, scheme=scheme)

    for name in [*PAGES, "changelog"]:
        page.goto(f"{site.url}/{name}.html")
        assert overflow(page) == 0, name
        assert axe(page) == [], name


def test_the_overview_says_where_this_stages_api_answers(visit, site):
    page = visit("index.html")

    page.get_by_text(site.stage.url, exact=True).wait_for()
