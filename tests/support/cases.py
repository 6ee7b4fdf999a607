"""Choice of the cases in which a test is run for a resource.

The project's own resources get every case. Over the gallery's, `pytest.mark.spread("header")` spreads the values of a
parameter that are of HTTP and have to do with no declaration: each value is sent to at least one resource, and each
resource gets at least one, for each value of the other parameters. `--thorough` sends each to each.
"""

from collections import Counter, defaultdict
from collections.abc import Hashable, Iterable, Iterator
from typing import Any

import pytest

from tests.support.gallery import GALLERY

type Pair = tuple[Hashable, Hashable]  # a case, and the resource that it is sent to


def pytest_configure(config: pytest.Config) -> None:
    """Declare the markers."""
    config.addinivalue_line("markers", "needs(*names): run the test for resources with these operations only")
    config.addinivalue_line("markers", "spread(*parameters): share their values out over the gallery's resources")


@pytest.hookimpl(tryfirst=True)
def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Deselect tests that would be skipped, and cases that another resource of the gallery gets."""
    items[:] = [item for item in items if resource_of(item) is None or needed(item) <= resource_of(item).named.keys()]
    if config.getoption("thorough"):
        return
    groups: defaultdict[Any, dict[Pair, pytest.Item]] = defaultdict(dict)
    for item in items:
        if (mark := item.get_closest_marker("spread")) and resource_of(item) in GALLERY:
            crossed = [one for one in case(item) if one[0] not in mark.args]
            test = item.parent, item.originalname, item.callspec.params["story"].place, *crossed
            groups[test][case(item), resource_of(item).path] = item
    chosen = {item for group in groups.values() for item in map(group.get, spread(group))}
    left_out = {item for group in groups.values() for item in group.values()} - chosen
    items[:] = [item for item in items if item not in left_out]


def resource_of(item: Any) -> Any:
    """Return the resource of a test, if it has one."""
    story = item.callspec.params.get("story") if hasattr(item, "callspec") else None
    return getattr(story, "resource", None)  # of no case at all, pytest has a placeholder


def needed(item: Any) -> set[str]:
    """Return the names of the operations that a test needs, by its marks and its fixtures."""
    marked = {name for mark in item.iter_markers("needs") for name in mark.args}
    return marked | ({"create"} if {"created", "new"} & {*item.fixturenames} else set())


def case(item: Any) -> tuple[tuple[str, str], ...]:
    """Return the names and the values of a test's parameters, as text."""
    return tuple((name, repr(value)) for name, value in item.callspec.params.items() if name != "story")


def spread(pairs: Iterable[Pair]) -> Iterator[Pair]:
    """Yield the fewest pairs with each case and each resource, evenly distributed."""
    rest, met = [*pairs], Counter[Any]()
    while rest := [pair for pair in rest if not all(met[side] for side in pair)]:
        chosen = min(rest, key=lambda pair: sum(met[side] for side in pair))
        met.update(chosen)
        yield chosen
