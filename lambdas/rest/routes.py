"""The routes of a resource: method and path of each of its operations."""

from collections.abc import Iterator
from dataclasses import replace

from lambdas.rest.operation import Operation
from lambdas.rest.relations import listed_below
from lambdas.rest.resource import Resource


def routes(resource: Resource) -> Iterator[Operation]:
    """Yield the routes of a resource with its own access: one for each counter, file, and list below a referred one."""
    for operation in resource.operations:
        own = replace(operation, access=resource.access.get(operation.name, operation.access))
        if operation.name == "list":
            for one in listed_below(resource):
                yield replace(own, path=f"{{id}}/{resource.path}", below=one.target.path, attribute=one.attribute.name)
        part = own.path.rpartition("/")[2]
        for name in {"{counter}": resource.counters, "{file}": resource.files}.get(part, ("",)):
            route = replace(own, path=own.path.replace(part, name), attribute=name) if name else own
            yield with_bodies(route, resource) if route.uploads else route


def with_bodies(route: Operation, resource: Resource) -> Operation:
    """Return the route of an upload with its body and its response, which functions without files do not load."""
    from lambdas.files.ticket import UploadTicket, upload_body

    return replace(route, body=upload_body(resource, route.attribute), returns=UploadTicket)


def paths_between(resource: Resource) -> set[str]:
    """Return the parent paths of the resource's routes that have no method: /{resource}/{id} without GET."""
    methods = methods_by_path(resource)
    segments = [path.split("/") for path in methods if path.split("/")[1] == resource.path]
    return {"/".join(one[:end]) for one in segments for end in range(2, len(one))} - methods.keys()


def methods_by_path(resource: Resource) -> dict[str, tuple[str, ...]]:
    """Return the methods of each path of a resource, without OPTIONS."""
    found: dict[str, tuple[str, ...]] = {}
    for route in routes(resource):
        found[route.full_path(resource)] = (*found.get(route.full_path(resource), ()), *route.methods)
    return found
