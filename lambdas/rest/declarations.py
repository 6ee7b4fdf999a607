"""The declarations of the project: its resources, those of the modules in `lambdas/resources/`, and its workers."""

from functools import cache
from importlib.util import find_spec
from pathlib import Path
from pkgutil import iter_modules

from dynamodel import DeclarationError
from lambdas import resources
from lambdas.events.worker import Worker
from lambdas.rest.operation import Operation
from lambdas.rest.resource import Resource, load
from lambdas.rest.yours import explained


@cache
def check_module(module: str) -> None:
    """Raise DeclarationError if an operation's or a worker's module has no handler: its function would not start."""
    try:
        found = find_spec(module)
    except ModuleNotFoundError:  # of a package above it
        found = None
    if not (found and found.origin):
        raise DeclarationError(f"The module {module} is declared but missing: write {module.replace('.', '/')}.py.")
    code = compile(Path(found.origin).read_text(), found.origin, "exec")
    if "handler" not in code.co_names:
        raise DeclarationError(f"The module {module} needs a function named handler.")


with explained():
    from lambdas import workers

    WORKERS: tuple[Worker, ...] = workers.WORKERS
    if not isinstance(WORKERS, tuple) or len({one.construct_id for one in WORKERS}) < len(WORKERS):
        raise DeclarationError(
            "lambdas/workers/__init__.py needs WORKERS, a tuple of rows of modules with different names."
        )
    RESOURCES: tuple[Resource, ...] = tuple(
        load(f"{resources.__name__}.{module.name}") for module in iter_modules(resources.__path__)
    )
    BY_PATH = {resource.path: resource for resource in RESOURCES}
    if len(BY_PATH) < len(RESOURCES):
        raise DeclarationError(f"Resources need different paths: {', '.join(one.path for one in RESOURCES)}.")
    rows: list[Operation | Worker] = [*WORKERS, *(one for resource in RESOURCES for one in resource.operations)]
    for row in rows:
        check_module(row.module)
