"""An operation of a resource: one row, one Lambda function. Gateway, handlers, roles and documents read it."""

import re
from functools import cached_property
from typing import TYPE_CHECKING, Literal

from dynamodel import Model
from lambdas.rest.problems import ProblemType
from lambdas.runtime.declared import declared

if TYPE_CHECKING:
    from lambdas.rest.resource import Resource

type Access = Literal["public", "read", "write", "iam"]  # anyone; a token with that scope; an AWS signature
type Method = Literal["GET", "POST", "PUT", "PATCH", "DELETE"]
type Action = Literal[
    "GetItem", "Query", "PutItem", "UpdateItem", "DeleteItem", "ConditionCheckItem", "BatchGetItem", "BatchWriteItem"
]

PARAMETERS = ("limit", "cursor", "sort", "fields")  # stacks/contract/parameters.py describes them
JSON = ("application/json",)
SCOPES = {"read": "Read", "write": "Change"}  # of each resource's tokens: <resource>/read


def construct_id(name: str) -> str:
    """Return the name of constructs and schemas for a path, a module or an attribute: OrderItems for order-items."""
    return "".join(word.capitalize() for word in re.split(r"[^A-Za-z0-9]+", name))


@declared
class Operation:
    """One operation of a resource: those of CRUD (lambdas/rest/crud.py), and a project's own."""

    module: str  # has the handler; its last part is the operation's name
    method: Method
    path: str = ""  # below /{resource}
    success: tuple[int, ...] = (200,)
    returns: Literal["item", "items", "results"] | type[Model] | None = "item"  # the schema of the response
    problems: tuple[str | ProblemType, ...] = ()  # besides those that every operation has (problems.py)
    body: Literal["create", "replace", "patch", "batch"] | type[Model] | None = None  # the schema of the request body
    media_types: tuple[str, ...] = JSON  # of the request body
    parameters: tuple[str, ...] = ()  # those of lists, and `fields`, besides those that the resource's indexes serve
    query: type[Model] | None = None  # parameters of its own, an attribute each
    access: Access
    permissions: tuple[Action, ...]  # the DynamoDB actions that its function is allowed on the resource's table
    with_reads: tuple[Action, ...] = ()  # further ones, where a patch may need the stored item first
    with_unique: tuple[Action, ...] = ()  # further ones, for the marker items of unique attributes
    with_client_ids: tuple[Action, ...] = ()  # further ones, where clients may choose ids
    with_references: tuple[Action, ...] = ()  # further ones, where items refer to others, for counters of references
    refers: bool = False  # it writes references: it checks the items in the tables of other resources
    deletes: bool = False  # it deletes items: it checks that none in the tables of other resources refers to them
    uploads: bool = False  # its function may sign requests that store into the bucket of uploads
    on_index: bool = False  # Query is allowed on the table's indexes instead of the table
    idempotent: bool = False  # accepts an Idempotency-Key
    max_body_bytes: int = 512 * 1024  # of a body; DynamoDB accepts 400 KB in an item
    rate_share: float = 1  # fraction of the stage's request rate; limits expensive routes
    cache: str = "no-store"  # Cache-Control of its successes
    deprecated: str = ""  # Deprecation (RFC 9745): "@" and Unix seconds
    sunset: str = ""  # Sunset (RFC 8594): an HTTP date
    attribute: str = ""  # the counter or file that the path ends in, or the reference that it lists by
    below: str = ""  # the collection that the path is below, if it is not the resource's own

    if __debug__:

        def __post_init__(self) -> None:
            """Refuse an operation that could not be deployed, or that would do what nobody expects."""
            from lambdas.rest.checks import check_operation

            check_operation(self)

    @cached_property
    def name(self) -> str:
        """The name of the operation: the last part of its module's."""
        return self.module.rpartition(".")[2]

    @property
    def construct_id(self) -> str:
        """The name of its function's construct."""
        return construct_id(self.name)

    @property
    def methods(self) -> tuple[str, ...]:
        """The methods of the route: GET includes HEAD."""
        return ("GET", "HEAD") if self.method == "GET" else (self.method,)

    @cached_property
    def headers(self) -> dict[str, str]:
        """The headers of its successes: rules for caches, and what announces its end, if it is deprecated."""
        return {"Cache-Control": self.cache, **self.notices}

    @property
    def notices(self) -> dict[str, str]:
        """The headers that announce the end of the route, if it is deprecated."""
        given = {"Deprecation": self.deprecated, "Sunset": self.sunset}
        return {name: value for name, value in given.items() if value}

    @cached_property
    def kinds(self) -> tuple[str, ...]:
        """The names of its problem types: those declared, and those that follow from its path and `idempotent`."""
        declared = tuple(one if isinstance(one, str) else one.name for one in self.problems)
        of_item = ("not-found",) if "{id}" in self.path else ()
        return (*declared, *of_item, *(("key-reused", "busy") if self.idempotent else ()))

    @property
    def own_problems(self) -> tuple[ProblemType, ...]:
        """The problem types that the project declares itself."""
        return tuple(one for one in self.problems if not isinstance(one, str))

    @property
    def takes_filters(self) -> bool:
        """True if it accepts the filters that the resource's indexes serve, as lists do."""
        return "sort" in self.parameters

    def full_path(self, resource: "Resource") -> str:
        """Return the path as API Gateway names it: /{resource}/{id}."""
        return "/" + "/".join(filter(None, (self.below or resource.path, self.path)))

    def scope(self, resource: "Resource") -> str | None:
        """Return the scope that a caller's token must have; None where no token is required."""
        return f"{resource.scope_prefix}/{self.access}" if self.access in SCOPES else None

    def actions(self, resource: "Resource") -> tuple[str, ...]:
        """Return the DynamoDB actions that the function is allowed for this resource."""
        schema = resource.model.schema
        read = self.with_reads if schema.reads_to_patch else ()
        unique = self.with_unique if schema.unique else ()
        chosen = self.with_client_ids if resource.client_ids else ()
        counted = self.with_references if schema.references else ()
        return tuple(
            f"dynamodb:{name}" for name in dict.fromkeys((*self.permissions, *read, *unique, *chosen, *counted))
        )
