"""The resources of the API: those that the modules of `lambdas/resources/` declare."""

from importlib.util import find_spec
from pkgutil import iter_modules

from lambdas import resources
from lambdas.rest.resource import Resource, load


def check_modules(resource: Resource) -> None:
    """Raise TypeError for an operation whose module is not there: its function would fail when it starts."""
    for module in (operation.module for operation in resource.operations):
        try:
            found = find_spec(module)
        except ModuleNotFoundError:  # of a package above it
            found = None
        if not found:
            raise TypeError(f"/{resource.path} has an operation of {module}: write {module.replace('.', '/')}.py.")


RESOURCES: tuple[Resource, ...] = tuple(
    load(f"{resources.__name__}.{module.name}") for module in iter_modules(resources.__path__)
)
for declared in RESOURCES:
    check_modules(declared)
BY_PATH = {resource.path: resource for resource in RESOURCES}
