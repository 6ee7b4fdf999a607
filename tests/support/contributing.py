"""The code that CONTRIBUTING.md shows, run in a copy of the project."""

import re
import shutil
from pathlib import Path

from tests.conftest import ROOT
from tests.support import gallery

DECLARED_THERE = "class Cancellation(Model):"  # the gallery's resource up to here is the one that the page extends


def blocks() -> dict[str, str]:
    """Return the blocks of code of the page by the paths in their first lines; each path has one block."""
    page = (ROOT / "CONTRIBUTING.md").read_text()
    found = re.findall(r"```python\n# (\S+\.py)\n(.*?)```", page, re.DOTALL)
    assert len({path for path, _ in found}) == len(found)
    return dict(found)


def copied(folder: Path) -> Path:
    """Copy what is deployed, without resources and workers of the project, and add what the page shows."""
    for name in ("lambdas", "dynamodel", "stacks"):
        shutil.copytree(ROOT / name, folder / name, ignore=shutil.ignore_patterns("__pycache__"))
    for room in ("resources", "operations", "workers"):
        for path in (folder / "lambdas" / room).glob("[!_]*.py"):
            path.unlink()
    for name in ("app.py", "pyproject.toml"):
        shutil.copy(ROOT / name, folder)
    add_shown(folder)
    return folder


def add_shown(folder: Path) -> None:
    """Add the code of the page to a copy."""
    shown = blocks()
    model, _, _ = (Path(gallery.__file__).parent / "orders.py").read_text().partition(DECLARED_THERE)
    resources = folder / "lambdas" / "resources" / "orders.py"
    resources.write_text(model + shown.pop("lambdas/resources/orders.py"))
    rows = folder / "lambdas" / "workers" / "__init__.py"
    rows.write_text("from lambdas.events.worker import Schedule, Worker\n\n" + shown.pop("lambdas/workers/__init__.py"))
    for name, text in shown.items():
        (folder / name).write_text(text)
