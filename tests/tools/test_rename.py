"""`make rename` writes the name, and lists other mentions."""

import shutil
import subprocess
import sys

import pytest

from stacks.names import SERVICE
from tests.support.forks import forked
from tools.dev.install import ROOT
from tools.dev.rename import MAX_LENGTH

pytestmark = pytest.mark.skipif(not shutil.which("git"), reason="a clone needs git")
OTHER = f"other-{SERVICE}"[:MAX_LENGTH].rstrip("-")


@pytest.fixture
def clone(tmp_path):
    """A clone without a deployed stage."""
    forked(tmp_path, [])
    for room in ("tools", "docs"):
        (tmp_path / room).mkdir()
        for path in (ROOT / room).rglob("*"):
            if path.suffix in (".py", ".md") and "__pycache__" not in path.parts:
                (tmp_path / path.relative_to(ROOT)).parent.mkdir(parents=True, exist_ok=True)
                (tmp_path / path.relative_to(ROOT)).write_bytes(path.read_bytes())
    (tmp_path / "notes.md").write_text(f"Our {SERVICE} began in May.\n")
    subprocess.run(["git", "init", "-q"], cwd=tmp_path, check=True)
    return tmp_path


def rename(clone, name, **options):
    command = [sys.executable, "-m", "tools", "rename", "--name", name]
    done = subprocess.run(command, cwd=clone, capture_output=True, text=True, check=False, **options)
    return done.returncode, done.stdout + done.stderr


def test_the_new_name_is_everywhere_and_other_mentions_are_listed(clone):
    code, told = rename(clone, OTHER)

    assert code == 0, told
    assert f'name = "{OTHER}"' in (clone / "pyproject.toml").read_text()
    assert f'"title": "{OTHER}"' in (clone / "docs" / "openapi.json").read_text()
    assert f"notes.md:1: Our {SERVICE} began in May." in told
    assert "a deploy makes a new, empty stack" in told


def test_a_declaration_that_is_wrong_leaves_the_name_and_is_named_without_a_traceback(clone):
    before = (clone / "pyproject.toml").read_text()
    (clone / "lambdas" / "resources" / "broken.py").write_text("broken(")

    code, said = rename(clone, OTHER)

    assert (code, (clone / "pyproject.toml").read_text()) == (1, before)
    assert "lambdas/resources/broken.py, line 1" in said
    assert "Traceback" not in said


@pytest.mark.parametrize(
    ("name", "told"),
    [
        ("", "NAME is missing"),
        ("My Clinic", "is not a valid name"),
        ("9-lives", "is not a valid name"),
        (SERVICE, "already"),
    ],
)
def test_a_wrong_name_is_refused_and_nothing_is_written(clone, name, told):
    before = (clone / "pyproject.toml").read_text()

    code, said = rename(clone, name)

    assert (code, (clone / "pyproject.toml").read_text()) == (1, before)
    assert told in said


def test_without_git_nothing_is_written(clone):
    before = (clone / "pyproject.toml").read_text()

    code, said = rename(clone, OTHER, env={"PATH": str(clone)})

    assert (code, (clone / "pyproject.toml").read_text()) == (1, before)
    assert "git is missing" in said
