"""docs/security.md says what the code says."""

import re
from pathlib import Path

import pytest

from lambdas.rest.declarations import RESOURCES
from lambdas.rest.routes import routes

ROOT = Path(__file__).parents[2]
PAGE = (ROOT / "docs" / "security.md").read_text()
ASKS = {"public": "nothing", "iam": "a signature"}


def test_the_table_has_each_route_and_what_it_asks_for():
    told = dict(re.findall(r"^\| `(\w+ /[^`]*)` \| `?([^`|]*?)`? \|$", PAGE, re.MULTILINE))

    assert told == {
        f"{route.method} {route.full_path(resource)}": route.scope(resource) or ASKS[route.access]
        for resource in RESOURCES
        for route in routes(resource)
    }


@pytest.mark.parametrize(
    "name", sorted(set(re.findall(r"(?:\]\(\.\./|[ `])((?:tests|stacks|lambdas)/[\w/]+\.py)", PAGE)))
)
def test_a_file_that_it_names_exists(name):
    assert (ROOT / name).exists()


@pytest.mark.parametrize("name", re.findall(r"`(\w+)`(?:, `\w+`)* of a stage", PAGE))
def test_a_setting_that_it_names_is_one_of_a_stage(name):
    assert f"    {name}: " in (ROOT / "stacks" / "stages.py").read_text()


@pytest.mark.parametrize("name", sorted(set(re.findall(r'\$\(output (\w+)\)|"\$\(output (\w+)\)"', PAGE))))
def test_an_output_that_it_names_is_told_by_the_stack(name):
    (name,) = filter(None, name)

    assert any(f'"{name}"' in path.read_text() for path in (ROOT / "stacks").rglob("*.py"))
