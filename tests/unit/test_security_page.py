"""docs/security.md matches the code."""

import re
from pathlib import Path

import pytest

from lambdas.rest.declarations import RESOURCES
from stacks.contract import access
from tests.support.gallery.parcels import PARCELS

ROOT = Path(__file__).parents[2]
PAGE = (ROOT / "docs" / "security.md").read_text()


def test_the_table_has_each_route_and_its_access():
    assert access.TABLE.findall(PAGE) == [access.table(RESOURCES)], "docs/security.md is not up to date: make openapi"


def test_the_access_of_each_route_is_explained():
    rows = access.table([PARCELS]).splitlines()

    assert {"| `GET /parcels` | nothing |", "| `POST /parcels/batch` | a signature |"} <= {*rows}
    assert "| `POST /parcels/{id}/scans` | `parcels/write` |" in rows


@pytest.mark.parametrize(
    "name", sorted(set(re.findall(r"(?:\]\(\.\./|[ `])((?:tests|stacks|lambdas)/[\w/]+\.py)", PAGE)))
)
def test_a_file_that_it_names_exists(name):
    assert (ROOT / name).exists()


@pytest.mark.parametrize("name", re.findall(r"`(\w+)`(?:, `\w+`)* of a stage", PAGE))
def test_a_setting_that_it_names_is_one_of_a_stage(name):
    assert f"    {name}: " in (ROOT / "stacks" / "stage.py").read_text()


@pytest.mark.parametrize("name", sorted(set(re.findall(r'\$\(output (\w+)\)|"\$\(output (\w+)\)"', PAGE))))
def test_an_output_that_it_names_is_one_of_the_stack(name):
    (name,) = filter(None, name)

    assert any(f'"{name}"' in path.read_text() for path in (ROOT / "stacks").rglob("*.py"))
