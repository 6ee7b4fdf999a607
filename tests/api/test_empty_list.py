"""Lists of a table that no other test writes to."""

import pytest

pytestmark = pytest.mark.usefixtures("gateway")


def test_an_empty_list_has_no_items_and_no_cursor(call, path):
    assert call("GET", path).json == {"items": [], "next": None}


def test_the_last_page_has_no_cursor(call, path, new):
    new(), new()

    assert call("GET", f"{path}?limit=2").json["next"] is None
    assert call("GET", f"{path}?limit=1").json["next"] is not None
