"""Groups of tests that stay in one process (pytest-xdist): what is made once for many, or looks at them all."""

from pathlib import Path

import pytest

TESTS = Path(__file__).parents[1]
GROUPS = {  # by folder
    "api": "stories",
    "resources": "stories",
    "unit": "stories",  # test_permissions.py looks at the calls of all stories
    "stacks": "templates",
    "tools": "templates",
}
OWN_EMULATOR = {"dynamodel", "faults", "tools"}  # the tests of other folders share one, and the stack on it


@pytest.hookimpl(trylast=True)
def pytest_itemcollected(item: pytest.Item) -> None:
    """Name the group of a test for `--dist loadgroup`."""
    item.add_marker(pytest.mark.xdist_group(group(item)))


def group(item: pytest.Item) -> str:
    """Return the group of a test: by what it shares, or else by its file."""
    path = item.path.relative_to(TESTS)
    folder = path.parts[0]
    if item.get_closest_marker("emulator"):
        return f"{folder}-emulator" if folder in OWN_EMULATOR else "deployed"
    return GROUPS.get(folder, str(path))
