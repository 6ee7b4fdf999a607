"""The resources of the API: those that the modules of `lambdas/resources/` declare."""

from pkgutil import iter_modules

from lambdas import resources
from lambdas.rest.resource import Resource, load

RESOURCES: tuple[Resource, ...] = tuple(
    load(f"{resources.__name__}.{module.name}") for module in iter_modules(resources.__path__)
)
BY_PATH = {resource.path: resource for resource in RESOURCES}
