"""The README's statements about products are true."""

import re

import pytest

from lambdas.resources.products import PRODUCTS
from lambdas.rest.routes import routes
from tests.unit.test_readme import PATHS, README, ROOT, YOURS

OURS = {path for path in PATHS.findall(README) if path.startswith(YOURS)} - {*re.findall("Write `(.+?)`", README)}


@pytest.mark.parametrize("path", sorted(OURS))
def test_a_path_in_the_readme_exists(path):
    assert (ROOT / path).exists()


def test_the_readme_has_each_route():
    for route in routes(PRODUCTS):
        assert f"| `{route.method} {route.full_path(PRODUCTS)}` |" in README
