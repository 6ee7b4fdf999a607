"""Parameters of the contract: those of a route's query, headers and path."""

from collections.abc import Iterator

from dynamodel import Model, Rules
from dynamodel.jsonschema import value_schema
from lambdas.rest.limits import IDEMPOTENCY_KEY, MAX_PAGE_SIZE, PAGE_SIZE
from lambdas.rest.operation import Operation
from lambdas.rest.resource import Resource
from stacks.contract import schemas
from stacks.contract.examples import Json
from stacks.contract.schemas import TAGS

REQUEST_HEADERS: dict[str, Json] = {
    "If-Match": {
        "schema": {"type": "string", "format": "entity-tags", "pattern": TAGS},
        "example": '"1"',
        "description": "ETag of the version to change. The request fails with 412 if the item has another version.",
    },
    "If-None-Match": {
        "schema": {"type": "string", "format": "entity-tags", "pattern": TAGS},
        "example": '"1"',
        "description": "ETags of the versions that the client has. The response is 304 if the item has one of them.",
    },
    "If-None-Match: *": {
        "schema": {"type": "string", "enum": ["*"]},
        "description": "Creates the item. The request fails with 412 if an item with this id exists.",
    },
    "Idempotency-Key": {
        "schema": {"type": "string", "pattern": f"^{IDEMPOTENCY_KEY.pattern}$"},
        "description": "Unique key for this request. Retries with the same key return the original response.",
    },
}


def parameters(route: Operation, resource: Resource) -> Iterator[Json]:
    """Yield the query parameters and headers of a route."""
    filters = [name for name in resource.filters if name != route.attribute] if route.takes_filters else []
    for name in (*route.parameters, *filters):
        yield {"name": name, "in": "query", **query(resource, name)}
    if route.query:
        yield from own(route.query)
    for header in request_headers(route, resource):
        required = {"required": True} if header == "If-Match" and must_match(route, resource) else {}
        yield {"name": header.partition(":")[0], "in": "header", **required, **REQUEST_HEADERS[header]}


def own(query: type[Model]) -> Iterator[Json]:
    """Yield the query parameters that an operation declares."""
    properties = query.schema.json_schema("create")["properties"]
    for one in query.schema.attributes.values():
        said = {
            word: properties[one.name][word]
            for word in ("title", "default", "examples")
            if word in properties[one.name]
        }
        schema = value_schema(one.codec, one.rules) | said  # decimals are text here: JSON numbers may have exponents
        about = {"description": one.description} if one.description else {}
        yield {"name": one.name, "in": "query", "required": one.required, "schema": schema, **about}


def request_headers(route: Operation, resource: Resource) -> Iterator[str]:
    """Yield the request headers that the route evaluates."""
    if "precondition-failed" in route.kinds and "{id}" in route.path:
        yield "If-Match"
    if 304 in route.success:
        yield "If-None-Match"
    if route.with_client_ids and resource.client_ids:
        yield "If-None-Match: *"
    if route.idempotent:
        yield "Idempotency-Key"


def must_match(route: Operation, resource: Resource) -> bool:
    """Return whether the route refuses a request without If-Match; where it may create, If-None-Match does as well."""
    creates = route.with_client_ids and resource.client_ids
    return resource.requires_if_match and "precondition-required" in route.kinds and not creates


def key(resource: Resource) -> Json:
    """Return the id in the path; `x-attribute` names the field of the item that it is, for pages, unless it is `id`."""
    named = {} if resource.key == "id" else {"x-attribute": resource.key}
    return {"name": "id", "in": "path", "required": True, "schema": schemas.key(resource), **named}


def query(resource: Resource, name: str) -> Json:
    """Return the schema and the description of a query parameter."""
    attributes = resource.model.schema.attributes
    if name in resource.filters:
        attribute = resource.filters[name]
        schema = value_schema(attribute.codec, Rules(min_length=1) if attribute.codec.type is str else Rules())
        return {"schema": schema, "description": f"Return only items whose {describe(name)}."}
    sorts = [sort for index in resource.list_indexes for sort in index.sorts]
    known: dict[str, Json] = {
        "limit": {
            "schema": {"type": "integer", "minimum": 1, "maximum": MAX_PAGE_SIZE, "default": PAGE_SIZE},
            "description": "Maximum number of items on the page.",
        },
        "cursor": {
            "schema": {"type": "string", "minLength": 1},
            "description": "`next` of the previous page; all other parameters must be those of the previous request.",
        },
        "sort": {
            "schema": {"enum": [sign + sort for sort in dict.fromkeys(sorts) for sign in ("", "-")]},
            "description": "Field to order by; `-` is descending. One index must serve the order and the filters.",
        },
        "fields": {
            "schema": {"type": "array", "minItems": 1, "items": {"enum": [*attributes]}},
            "style": "form",
            "explode": False,
            "description": "Fields to return: `a,b`, or the parameter once for each; without it, all of them.",
        },
    }
    return known[name]


def describe(name: str) -> str:
    """Return a filter in words: price[gte] is "price is at least this value"."""
    words = {"": "is", "gt": "is more than", "gte": "is at least", "lt": "is less than", "lte": "is at most"}
    field, _, operator = name.rstrip("]").partition("[")
    return f"`{field}` {words[operator]} this value"
