"""Parameters of the contract: what may stand in a route's query and headers, and in the path."""

from collections.abc import Iterator

from dynamodel import Rules
from dynamodel.jsonschema import value_schema
from lambdas.rest.limits import IDEMPOTENCY_KEY, MAX_PAGE_SIZE, PAGE_SIZE
from lambdas.rest.resource import Resource
from lambdas.rest.routes import Route
from stacks.contract import schemas
from stacks.contract.examples import Json
from stacks.contract.schemas import TAGS

REQUEST_HEADERS: dict[str, Json] = {
    "If-Match": {
        "schema": {"type": "string", "format": "entity-tags", "pattern": TAGS},
        "example": '"1"',
        "description": "The ETag of the version that is meant; the request fails if the item has another.",
    },
    "If-None-Match": {
        "schema": {"type": "string", "format": "entity-tags", "pattern": TAGS},
        "example": '"1"',
        "description": "The ETags that the client has; the answer is 304 if the item has one of them.",
    },
    "If-None-Match: *": {
        "schema": {"const": "*"},
        "description": "The request is carried out only if there is no item with this id.",
    },
    "Idempotency-Key": {
        "schema": {"type": "string", "pattern": f"^{IDEMPOTENCY_KEY.pattern}$"},
        "description": "A name of the client's for this request: sent again under it, it is answered again, done once.",
    },
}


def parameters(route: Route, resource: Resource) -> Iterator[Json]:
    """The query parameters and headers that a route takes."""
    for each in (*route.parameters, *(resource.filters if route.on_index else ())):
        yield {"name": each, "in": "query", **query(resource, each)}
    for header in request_headers(route, resource):
        yield {"name": header.partition(":")[0], "in": "header", **REQUEST_HEADERS[header]}


def request_headers(route: Route, resource: Resource) -> Iterator[str]:
    """The headers that its answers depend on."""
    if "precondition-failed" in route.problems:
        yield "If-Match"
    if 304 in route.success:
        yield "If-None-Match"
    if route.operation == "replace" and resource.client_ids:
        yield "If-None-Match: *"
    if route.idempotent:
        yield "Idempotency-Key"


def key(resource: Resource) -> Json:
    """The id in the path."""
    return {"name": "id", "in": "path", "required": True, "schema": schemas.key(resource)}


def query(resource: Resource, name: str) -> Json:
    """The schema and the description of a query parameter."""
    attributes = resource.model.schema.attributes
    if name in resource.filters:
        attribute = resource.filters[name]
        schema = value_schema(attribute.codec, Rules(min_length=1) if attribute.codec.tag == "S" else Rules())
        return {"schema": schema, "description": f"Only items whose {describe(name)}."}
    sorts = [index.sort.name for index in resource.model.schema.indexes.values() if index.sort]
    known: dict[str, Json] = {
        "limit": {
            "schema": {"type": "integer", "minimum": 1, "maximum": MAX_PAGE_SIZE, "default": PAGE_SIZE},
            "description": "How many items a page has at the most.",
        },
        "cursor": {
            "schema": {"type": "string", "minLength": 1},
            "description": "`next` of the page before; the other parameters must be the same as there.",
        },
        "sort": {
            "schema": {"enum": [sign + sort for sort in dict.fromkeys(sorts) for sign in ("", "-")]},
            "description": "What the items are ordered by; `-` is descending. An index must serve it with the filters.",
        },
        "fields": {
            "schema": {"type": "array", "minItems": 1, "items": {"enum": [*attributes]}},
            "style": "form",
            "explode": False,
            "description": "Only these fields of the items.",
        },
    }
    return known[name]


def describe(name: str) -> str:
    """A filter in words: price[gte] is "price is at least this"."""
    words = {"": "is", "gt": "is more than", "gte": "is at least", "lt": "is less than", "lte": "is at most"}
    field, _, operator = name.rstrip("]").partition("[")
    return f"`{field}` {words[operator]} this"
