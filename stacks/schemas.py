"""Schemas and examples of the contract: what each resource takes and gives, read from its declaration."""

from typing import Any

from lambdas import problem
from lambdas.count import Count
from lambdas.listing import LONGEST_PAGE
from lambdas.resource import Resource
from lambdas.routes import Route

type Json = dict[str, Any]

SAMPLE_ID = "0190a0b0-1c2d-7e3f-8a4b-5c6d7e8f9a0b"
SAMPLE_REQUEST = "0f1e2d3c-4b5a-6978-8796-a5b4c3d2e1f0"
OWNED = {"created_at": "2026-01-31T12:00:00.000000Z", "updated_at": "2026-01-31T12:00:00.000000Z", "version": 1}
WRONG = {"errors": [{"pointer": "/name", "detail": "is missing"}]}
MEMBERS: dict[str, Json] = {  # what problems of a kind have besides what all have
    "invalid": WRONG,
    "not-unique": {"errors": [{"pointer": "/sku", "detail": "is taken"}]},
    "out-of-bounds": {"errors": [{"pointer": "/stock", "detail": "would be less than 0"}]},
}

PROBLEM: Json = {
    "title": "Problem",
    "description": "What went wrong (RFC 9457). `type` is stable; `instance` names the request, as the logs do.",
    "type": "object",
    "required": ["type", "title", "status", "instance"],
    "properties": {
        "type": {"type": "string", "format": "uri"},
        "title": {"type": "string"},
        "status": {"type": "integer", "minimum": 400, "maximum": 599},
        "instance": {"type": "string", "format": "uri"},
        "errors": {
            "description": "Every field that is wrong.",
            "type": "array",
            "items": {
                "type": "object",
                "required": ["pointer", "detail"],
                "properties": {
                    "pointer": {"type": "string", "format": "json-pointer", "description": "Where (RFC 6901)."},
                    "detail": {"type": "string"},
                },
            },
        },
        "possible": {"description": "What would be possible instead.", "type": "array", "items": {"type": "string"}},
    },
}


def schemas(resource: Resource) -> Json:
    """The named schemas of one resource."""
    model, name = resource.model.schema, resource.model.schema.name
    stored = model.json_schema("stored")
    part = {key: value for key, value in stored.items() if key != "required"}
    return {
        name: {**stored, "examples": [item(resource)]},
        f"{name}Part": {**part, "title": f"{name}Part", "description": "The fields that `fields` asked for."},
        f"{name}Page": page(name),
        **{bodies(resource)[body]: given(resource, body) for body in ("create", "replace", "patch")},
    }


def bodies(resource: Resource) -> dict[str, str]:
    """The name of the schema of each kind of body."""
    name = resource.model.schema.name
    return {"create": f"{name}Create", "replace": f"{name}Replace", "patch": f"{name}Patch", "count": "Count"}


def given(resource: Resource, body: Any) -> Json:
    """The schema of a body that holds an item, or some of it."""
    return {**resource.model.schema.json_schema(body), "title": bodies(resource)[body]}


def count() -> Json:
    """The schema of a count's body, which is every resource's."""
    return Count.schema.json_schema("create")


def page(name: str) -> Json:
    """The schema of a list."""
    return {
        "title": f"{name}Page",
        "description": "A page of a list.",
        "type": "object",
        "required": ["items", "next"],
        "properties": {
            "items": {"type": "array", "maxItems": LONGEST_PAGE, "items": shown(name)},
            "next": {"type": ["string", "null"], "description": "The `cursor` of the next page; null on the last one."},
        },
        "additionalProperties": False,
    }


def shown(name: str) -> Json:
    """The schema of an item where the request may have asked for some fields only."""
    return {"anyOf": [ref("schemas", name), ref("schemas", f"{name}Part")]}


def answered(route: Route, resource: Resource) -> Json:
    """The schema of what a route gives."""
    name = resource.model.schema.name
    if route.gives == "items":
        return ref("schemas", f"{name}Page")
    return shown(name) if "fields" in route.parameters else ref("schemas", name)


def ref(kind: str, name: str) -> Json:
    """Point to a component."""
    return {"$ref": f"#/components/{kind}/{name}"}


def item(resource: Resource) -> Json:
    """An item as it is given."""
    model = resource.model.parse(resource.example)
    return {
        **resource.at(model, SAMPLE_ID).to_json(),
        **{n: v for n, v in OWNED.items() if n in model.schema.attributes},
    }


def sent(resource: Resource, body: str) -> Json:
    """A body as it is taken."""
    example = resource.example
    name = min(example)
    return {"count": {"delta": -3}, "patch": {name: example[name]}}.get(body, example)


def example(kind: str) -> Json:
    """A problem of that kind."""
    return {"value": problem.Problem(kind, **MEMBERS.get(kind, {})).document(SAMPLE_REQUEST)}
