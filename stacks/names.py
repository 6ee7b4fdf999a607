"""The names of the stacks, for the app and for the tools; it imports little, so that every command can read it."""

import re
from pathlib import Path

PROJECT = Path(__file__).resolve().parents[1] / "pyproject.toml"
NAME = re.compile(r'(?<=^name = ")[^"]+(?="$)', re.MULTILINE)
SERVICE = NAME.findall(PROJECT.read_text())[0]  # the project's name, written there alone: `make rename` changes it


def stack_name(stage: str) -> str:
    """Return the name of a stage's stack."""
    return f"{SERVICE}-{stage}"
