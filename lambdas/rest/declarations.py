"""The resources of the API: those that the modules of `lambdas/resources/` declare."""

from importlib.util import find_spec
from pkgutil import iter_modules

from lambdas import resources
from lambdas.rest.resource import Resource, load


def check_module(module: str) -> None:
    """Raise TypeError if the module of an operation or a worker is not there: its function would not start."""
    try:
        found = find_spec(module)
    except ModuleNotFoundError:  # of a package above it
        found = None
    if not found:
        raise TypeError(f"The module {module} is declared and not there: write {module.replace('.', '/')}.py.")


RESOURCES: tuple[Resource, ...] = tuple(
    load(f"{resources.__name__}.{module.name}") for module in iter_modules(resources.__path__)
)
for operation in (operation for resource in RESOURCES for operation in resource.operations):
    check_module(operation.module)
BY_PATH = {resource.path: resource for resource in RESOURCES}
