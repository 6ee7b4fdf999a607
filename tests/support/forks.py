"""Copies of what is deployed, with other resources: what somebody has who forked the project."""

import inspect
import shutil
from collections.abc import Sequence
from pathlib import Path

from lambdas.rest.resource import Resource
from stacks.names import NAME, PROJECT, SERVICE
from tools.dev.install import ROOT

OPERATIONS = Path("lambdas") / "operations" / "gallery"  # beside the project's own, which may have the same names
PREFIX = "gallery_"  # of the gallery's modules, for the same reason


def module_of(resource: Resource) -> str:
    """Return the name of the module that declares a resource where it is deployed."""
    package, _, name = resource.module.rpartition(".")
    return f"{PREFIX}{name}" if package.startswith("tests") else name


def forked(folder: Path, resources: Sequence[Resource], *, own: bool = True, name: str = SERVICE) -> Path:
    """Copy the app to a folder with the modules of these resources besides the project's own, and return the app.

    own: keep the project's own resources and workers. name: the other name of the service.
    """
    for room in ("lambdas", "dynamodel", "stacks"):
        # with compiled modules, which take longer to make than to run, but for those that a process is writing
        shutil.copytree(ROOT / room, folder / room, ignore=shutil.ignore_patterns("*.pyc.*"))
    for file in ("app.py", "pyproject.toml"):
        shutil.copy(ROOT / file, folder)
    cache = ROOT / ".cache"
    cache.mkdir(exist_ok=True)  # a clone has none, and nobody can make a folder in a link that leads nowhere
    (folder / ".cache").symlink_to(cache)
    modules = folder / "lambdas" / "resources"
    if not own:
        for module in modules.glob("[a-z]*.py"):
            module.unlink()
        (folder / "lambdas" / "workers" / "__init__.py").write_text("WORKERS = ()\n")  # they may be about others
    shutil.copytree(ROOT / "tests" / "support" / "gallery" / "operations", folder / OPERATIONS)
    for file in map(Path, (inspect.getfile(one.model) for one in resources)):
        text = file.read_text().replace("tests.support.gallery.operations", "lambdas.operations.gallery")
        text = text.replace("tests.support.related.", f"lambdas.resources.{PREFIX}")
        (modules / f"{PREFIX}{file.name}").write_text(text)
    project = folder / PROJECT.name
    project.write_text(NAME.sub(name, project.read_text()))
    return folder / "app.py"
