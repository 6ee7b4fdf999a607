"""The routes that every resource gets: one row, one Lambda function. Gateway, handlers and documents read them."""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import Literal

from lambdas.rest.resource import Access, Operation, Resource

JSON = ("application/json",)
SCOPES = {"read": "Read", "write": "Change"}  # of each resource's tokens: <resource>/read
MERGE_PATCH = ("application/merge-patch+json", "application/json")  # RFC 7396, and what most clients send


@dataclass(frozen=True, kw_only=True)
class Route:
    """One operation of a resource; `operation` names the module in `lambdas/` and the construct."""

    operation: Operation
    method: str
    path: str = ""  # below /{resource}
    success: tuple[int, ...]
    returns: Literal["item", "items", "results", "ticket"] | None = "item"  # the schema of the response
    problems: tuple[str, ...] = ()  # kinds of problems, as in problems.py, besides those that every route has
    body: Literal["create", "replace", "patch", "batch", "count", "upload"] | None = None  # schema of the request body
    media_types: tuple[str, ...] = JSON  # of the request body
    parameters: tuple[str, ...] = ()  # of the query, besides those that the resource's indexes serve
    access: Access
    permissions: tuple[str, ...]  # the DynamoDB actions that its function is allowed
    with_unique: tuple[str, ...] = ()  # further ones, for the marker items of unique attributes
    with_client_ids: tuple[str, ...] = ()  # further ones, where clients may choose ids
    uploads: bool = False  # its function may sign what clients put into the bucket of uploads
    on_index: bool = False  # allowed on the table's indexes instead of the table
    idempotent: bool = False  # accepts an Idempotency-Key
    max_body_bytes: int = 512 * 1024  # of a body; DynamoDB accepts 400 KB in an item
    rate_share: float = 1  # fraction of the stage's request rate; limits expensive routes
    cache: str = "no-store"  # Cache-Control of its successes
    deprecated: str = ""  # Deprecation (RFC 9745): "@" and Unix seconds
    sunset: str = ""  # Sunset (RFC 8594): an HTTP date

    @property
    def handler(self) -> str:
        """The function's entry point, in the form that Lambda requires."""
        return f"lambdas.operations.{self.operation}.handler"

    @property
    def methods(self) -> tuple[str, ...]:
        """The methods of the route: GET includes HEAD."""
        return ("GET", "HEAD") if self.method == "GET" else (self.method,)

    @property
    def notices(self) -> dict[str, str]:
        """The headers that announce the end of the route, if it is deprecated."""
        given = {"Deprecation": self.deprecated, "Sunset": self.sunset}
        return {name: value for name, value in given.items() if value}

    def full_path(self, resource: Resource) -> str:
        """Return the path as API Gateway names it: /{resource}/{id}."""
        return "/" + "/".join(filter(None, (resource.path, self.path)))

    def scope(self, resource: Resource) -> str | None:
        """Return the scope that a caller's token must have; None where no token is required."""
        return f"{resource.path}/{self.access}" if self.access in SCOPES else None

    def actions(self, resource: Resource) -> tuple[str, ...]:
        """Return the DynamoDB actions that the function is allowed for this resource."""
        unique = self.with_unique if resource.model.schema.unique else ()
        chosen = self.with_client_ids if resource.client_ids else ()
        return tuple(f"dynamodb:{name}" for name in dict.fromkeys((*self.permissions, *unique, *chosen)))


PRECONDITION = ("precondition-failed", "precondition-required")
ROUTES = (
    Route(
        operation="create",
        method="POST",
        success=(201,),
        problems=("not-unique", "precondition-failed", "key-reused", "busy"),
        body="create",
        idempotent=True,
        access="write",
        permissions=("PutItem",),
    ),
    Route(
        operation="list",
        method="GET",
        success=(200,),
        returns="items",
        problems=("invalid-parameter", "invalid-cursor"),
        parameters=("limit", "cursor", "sort", "fields"),
        access="read",
        permissions=("Query",),
        on_index=True,
        rate_share=0.5,
    ),
    Route(
        operation="get",
        method="GET",
        path="{id}",
        success=(200, 304),
        problems=("not-found", "invalid-parameter"),
        parameters=("fields",),
        access="read",
        permissions=("GetItem",),
        cache="no-cache",  # may be stored, and must be revalidated with its ETag
    ),
    Route(
        operation="replace",
        method="PUT",
        path="{id}",
        success=(200,),
        problems=("not-found", "not-unique", *PRECONDITION, "busy"),
        body="replace",
        access="write",
        permissions=("UpdateItem",),
        with_unique=("GetItem", "PutItem", "DeleteItem"),
        with_client_ids=("PutItem",),
    ),
    Route(
        operation="patch",
        method="PATCH",
        path="{id}",
        success=(200,),
        problems=("not-found", "not-unique", *PRECONDITION, "busy"),
        body="patch",
        media_types=MERGE_PATCH,
        access="write",
        permissions=("UpdateItem",),
        with_unique=("GetItem", "PutItem", "DeleteItem"),
    ),
    Route(
        operation="delete",
        method="DELETE",
        path="{id}",
        success=(204,),
        returns=None,
        problems=("not-found", *PRECONDITION, "busy"),
        access="write",
        permissions=("DeleteItem",),
        with_unique=("GetItem",),
    ),
    Route(
        operation="batch",
        method="POST",
        path="batch",
        success=(200,),
        returns="results",
        problems=("batch-failed", "overlap", *PRECONDITION, "key-reused", "busy"),
        body="batch",
        idempotent=True,
        rate_share=0.1,  # 100 writes each
        max_body_bytes=2_750 * 1024,  # Lambda's event has at most 6 MB, in which each quote takes two bytes
        access="write",
        permissions=("PutItem", "UpdateItem", "DeleteItem"),
        with_unique=("GetItem",),
    ),
    Route(
        operation="count",
        method="POST",
        path="{id}/{counter}",
        success=(200,),
        problems=("not-found", "out-of-bounds", "precondition-failed", "key-reused", "busy"),
        body="count",
        idempotent=True,
        access="write",
        permissions=("UpdateItem", "GetItem", "PutItem"),  # the last two under a key: read first, put the record
    ),
    Route(
        operation="upload",
        method="POST",
        path="{id}/{file}",
        success=(201,),
        returns="ticket",
        problems=("not-found", *PRECONDITION),
        body="upload",
        access="write",
        permissions=("GetItem", "PutItem"),
        uploads=True,
    ),
    Route(
        operation="remove",
        method="DELETE",
        path="{id}/{file}",
        success=(204,),
        returns=None,
        problems=("not-found", *PRECONDITION, "busy"),
        access="write",
        permissions=("UpdateItem", "PutItem"),
    ),
)


def route_of(operation: str) -> Route:
    """Return the row of an operation."""
    return next(route for route in ROUTES if route.operation == operation)


def routes(resource: Resource) -> Iterator[Route]:
    """Yield the rows for one resource: with its own access, and one for each of its counters and files."""
    for route in ROUTES:
        own = replace(route, access=resource.access.get(route.operation, route.access))
        yield from (replace(own, path=path) for path in paths(own, resource))


def paths(route: Route, resource: Resource) -> list[str]:
    """Return the paths of a row: one for each attribute of the kind that its path ends in, or its only one."""
    for placeholder, names in (("{counter}", resource.counters), ("{file}", resource.files)):
        if placeholder in route.path:
            return [route.path.replace(placeholder, name) for name in names]
    return [route.path]


def methods_by_path(resource: Resource) -> dict[str, tuple[str, ...]]:
    """Return the methods of each path of a resource, without OPTIONS."""
    found: dict[str, tuple[str, ...]] = {}
    for route in routes(resource):
        found[route.full_path(resource)] = (*found.get(route.full_path(resource), ()), *route.methods)
    return found
