"""Syntheses of the tests, cached in .cache/assemblies until their sources change.

Of a synthesis on disk, the name is a hash of what was asked for, in a folder that is named for the sources: it is never
older than these. What cannot be named so, as a model that a test makes, is synthesized in each session.
"""

import hashlib
import json
import platform
import shutil
import time
from collections.abc import Iterator, Sequence
from dataclasses import fields, is_dataclass
from enum import Enum
from functools import cache
from importlib.metadata import version
from pathlib import Path
from tempfile import mkdtemp
from typing import TYPE_CHECKING, Any

from lambdas.events.worker import Worker
from lambdas.rest.declarations import WORKERS
from lambdas.rest.resource import Resource
from stacks.names import stack_name
from tools.dev.install import ROOT

if TYPE_CHECKING:
    from stacks.stage import Stage

ROOMS = ("stacks", "lambdas", "dynamodel", "tests/support")
FILES = ("cdk.json", "pyproject.toml", "requirements.txt", ".python-version")
KEPT = ROOT / ".cache" / "assemblies"
UNUSED = 24 * 3600  # seconds after which a folder of other sources is deleted

# The CLI's context for the app, feature flags included, except that no asset is built.
CONTEXT = {
    **json.loads((ROOT / "cdk.json").read_text())["context"],
    "aws:cdk:enable-asset-metadata": True,
    "aws:cdk:bundling-stacks": [],
}


class Unnamed(Exception):
    """A value without a text that identifies it in another session."""


@cache
def synthesized(
    stage: "Stage", resources: Sequence[Resource], workers: Sequence[Worker] | None = None
) -> tuple[Path, dict[str, Any]]:
    """Return the folder that a stage was synthesized to, and its stack's template.

    workers: by default the project's, as far as they are about these resources.
    """
    if workers is None:
        workers = tuple(one for one in WORKERS if one.paths <= {resource.path for resource in resources})
    try:
        wanted = hashlib.sha256("\n".join(text((stage, resources, workers))).encode()).hexdigest()
    except Unnamed:
        folder = Path(mkdtemp())
        synthesize(folder, stage, resources, workers)
    else:
        folder = sources() / wanted
        if not folder.exists():
            made = Path(mkdtemp(dir=sources()))
            synthesize(made, stage, resources, workers)
            publish(made, folder)
    return folder, json.loads((folder / f"{stack_name(stage.name)}.template.json").read_text())


def synthesize(folder: Path, stage: "Stage", resources: Sequence[Resource], workers: Sequence[Worker]) -> None:
    """Write the templates of a stage; the CDK is imported here, since most sessions do not need it."""
    from aws_cdk import App

    from stacks.service import Service

    app = App(context=CONTEXT, outdir=str(folder), tree_metadata=False)
    Service(app, stack_name(stage.name), stage=stage, resources=resources, workers=workers)
    app.synth()


def publish(made: Path, folder: Path) -> None:
    """Move a synthesis to its name; another process may have been faster."""
    try:
        made.rename(folder)
    except OSError:
        shutil.rmtree(made)


@cache
def sources() -> Path:
    """The folder for syntheses of the sources as they are; those of others are deleted once they are a day old."""
    folder = KEPT / digest(ROOT)
    folder.mkdir(parents=True, exist_ok=True)
    folder.touch()
    for other in KEPT.iterdir():
        if time.time() - other.stat().st_mtime > UNUSED:
            shutil.rmtree(other, ignore_errors=True)
    return folder


def digest(root: Path) -> str:
    """Return a hash of all that a synthesis is made from, besides what is asked for."""
    found = [path for room in ROOMS for path in (root / room).rglob("*") if path.is_file() and path.suffix != ".pyc"]
    whole = hashlib.sha256(f"{root} {platform.platform()} {version('aws-cdk-lib')} {CONTEXT}".encode())
    for path in sorted([*found, *(root / name for name in FILES)]):
        whole.update(f"\n{path.relative_to(root)}\n".encode() + hashlib.sha256(path.read_bytes()).digest())
    return whole.hexdigest()


def text(value: Any) -> Iterator[str]:
    """Yield lines that say what a declaration is; classes and functions by name, for their files are hashed."""
    if isinstance(value, Enum):
        yield str(value)
    elif is_dataclass(value) and not isinstance(value, type):
        yield from text(type(value))
        for field in fields(value):
            yield f"{field.name}="
            yield from text(getattr(value, field.name))
    elif isinstance(value, tuple | list | dict):
        yield f"{type(value).__name__} of {len(value)}"
        for one in value.items() if isinstance(value, dict) else value:
            yield from text(one)
    elif isinstance(value, str | int | float | None):
        yield repr(value)
    else:
        yield named(value)


def named(value: Any) -> str:
    """Return the name of a class or function that is in a file of the rooms."""
    module, name = getattr(value, "__module__", ""), getattr(value, "__qualname__", "<")
    if "<" in name or not module.startswith(tuple(f"{room.replace('/', '.')}." for room in ROOMS)):
        raise Unnamed(value)
    return f"{module}.{name}"
