"""Paths, commands and variables in the README exist; the example has a test of its own for this."""

import re
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
README = (ROOT / "README.md").read_text()
MAKEFILE = (ROOT / "Makefile").read_text()

PATHS = re.compile(r"(?<![\w./])((?:lambdas|dynamodel|stacks|tests|docs|tools|bench|\.ci)/[\w./]*|\w+\.py)")
YOURS = ("lambdas/resources/", "tests/resources/", "docs/asyncapi.json")  # the last is there if something is live


@pytest.mark.parametrize("path", sorted({path for path in PATHS.findall(README) if not path.startswith(YOURS)}))
def test_a_path_in_the_readme_exists(path):
    assert (ROOT / path).exists() or (ROOT / "lambdas" / "crud" / path).exists()


@pytest.mark.parametrize("target", sorted(set(re.findall(r"(?:[`$(]|\$ )make (?:-s )?([a-z]+)", README))))
def test_a_command_in_the_readme_exists(target):
    assert re.search(rf"^{target}:", MAKEFILE, re.MULTILINE)


@pytest.mark.parametrize("variable", sorted(set(re.findall(r"\b([A-Z]{3,})=", README))))
def test_a_variable_in_the_readme_is_read(variable):
    assert (
        f"$({variable})" in (ROOT / "Makefile").read_text() or f"$(if $({variable})" in (ROOT / "Makefile").read_text()
    )


@pytest.mark.skipif("<!-- tree -->" not in README, reason="the README is a fork's own")
def test_every_command_of_the_makefile_is_in_the_readme():
    targets = re.findall(r"^([a-z]+):", MAKEFILE, re.MULTILINE)

    assert not [target for target in targets if f"make {target}" not in README]
