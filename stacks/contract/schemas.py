"""Schemas of the contract: the bodies of each resource, made from its declaration."""

from collections import Counter
from collections.abc import Container, Iterable, Iterator
from functools import cache
from typing import Any, get_args

from dynamodel import DeclarationError
from dynamodel.jsonschema import Purpose
from lambdas.rest.etag import TAG
from lambdas.rest.limits import BATCH_FIELDS, MAX_BATCH_OPERATIONS, MAX_PAGE_SIZE
from lambdas.rest.operation import Operation, construct_id
from lambdas.rest.resource import Resource
from lambdas.rest.routes import routes
from stacks.contract import examples
from stacks.contract.draft4 import draft4
from stacks.contract.examples import Json

TAGS = rf"^\s*(\*|{TAG.pattern}(\s*,\s*{TAG.pattern})*)\s*$"  # of If-Match and the like
POINTER = {
    "type": "string",
    "format": "json-pointer",
    "description": "JSON Pointer (RFC 6901) into the request body.",
}
SUMMARY: Json = {
    "type": {"type": "string", "format": "uri-reference"},
    "title": {"type": "string", "description": "The same for all problems of the type."},
    "status": {"type": "integer", "minimum": 400, "maximum": 599},
}
DETAIL: Json = {"type": "string", "description": "Explanation of this occurrence."}
VIOLATIONS: Json = {
    "description": "Each field with an error.",
    "type": "array",
    "items": {"type": "object", "required": ["pointer"], "properties": {"pointer": POINTER, "detail": DETAIL}},
}
OPERATION_PROBLEM: Json = {
    "title": "OperationProblem",
    "description": "Problem details (RFC 9457) of one operation of a batch.",
    "type": "object",
    "required": [*SUMMARY],
    "properties": {**SUMMARY, "detail": DETAIL, "errors": VIOLATIONS},
}
PROBLEM: Json = {
    "title": "Problem",
    "description": "Problem details (RFC 9457). `type` is stable; `instance` is the id of the request, as in the logs.",
    "type": "object",
    "required": ["type", "title", "status", "instance"],
    "properties": {
        **SUMMARY,
        "detail": DETAIL,
        "instance": {"type": "string", "format": "uri"},
        "errors": {
            "description": "Each field or operation with an error.",
            "type": "array",
            "items": {
                "type": "object",
                "required": ["pointer"],
                "properties": {"pointer": POINTER, "detail": DETAIL, **SUMMARY, "errors": VIOLATIONS},
            },
        },
        "more": {"description": "Number of further errors.", "type": "integer", "minimum": 1},
        "possible": {
            "description": "Values or combinations of parameters that are possible instead.",
            "type": "array",
            "items": {"type": "string"},
        },
    },
}


def every(resources: Iterable[Resource]) -> Json:
    """Return the named schemas of an API. Raises DeclarationError for a name that two different ones have."""
    found = {"Problem": PROBLEM, "OperationProblem": OPERATION_PROBLEM}
    for resource in resources:
        for name, schema in schemas(resource).items():
            if found.setdefault(name, schema) != schema:
                raise twice(name, resource)
    return found


@cache
def schemas(resource: Resource) -> Json:
    """Return the named schemas of one resource."""
    model, name = resource.model.schema, resource.model.schema.name
    own = {"Page": page(resource), "Batch": batch_of(resource), "Results": results(name)}
    own |= {body.capitalize(): model.json_schema(body) for body in get_args(Purpose.__value__) if body != "stored"}
    stored = titled(model.json_schema("stored"), resource, {"Part", *own})
    part = {**without(stored, "required"), "description": "The fields selected by `fields`."}
    named = {f"{name}{suffix}": apart(schema) for suffix, schema in {"Part": part, **own}.items()}
    return {
        name: {**stored, "examples": [examples.item(resource)]},
        **{title: {"title": title, **without(schema, "title")} for title, schema in named.items()},
        **of_operations(resource),
    }


def without(schema: Json, word: str) -> Json:
    """Return a schema without one of its keywords."""
    return {name: value for name, value in schema.items() if name != word}


def titled(schema: Json, resource: Resource, suffixes: set[str]) -> Json:
    """Return the schema of an item, in which files and models have their own titles: generators name types by them."""
    uploads = {one.attribute: body_name(one, resource) for one in routes(resource) if one.uploads}
    files = {
        name: {**schema["properties"][name], "title": upload.removesuffix("Upload") + "File"}
        for name, upload in uploads.items()
    }
    whole: Json = apart({**schema, "properties": {**schema["properties"], **files}}, suffixes)
    return whole


def apart(schema: Any, suffixes: Container[str] = (), *, field: str = "", shared: Container[str] = ()) -> Any:
    """Return a schema whose models have titles of their own: generators name types by the item's name and the title.

    suffixes: titles that, after the name of the item, would name another schema, as OrderPart.
    field: the property that the schema is of.
    shared: titles that several properties beside it have: of the addresses bill_to and ship_to, BillToAddress.
    """
    if isinstance(schema, list):
        return [apart(one, suffixes, field=field, shared=shared) for one in schema]
    if not isinstance(schema, dict):
        return schema
    if "properties" not in schema:
        return {name: apart(one, suffixes, field=field, shared=shared) for name, one in schema.items()}
    title, properties = schema.get("title", ""), schema["properties"]
    title = construct_id(field) + title if title in shared else f"{title}Model" if title in suffixes else title
    seen = Counter(title for one in properties.values() for title in {*titles(one)})
    again = {title for title, times in seen.items() if times > 1}
    inner = {name: apart(one, suffixes, field=name, shared=again) for name, one in properties.items()}
    return schema | {"properties": inner} | ({"title": title} if title else {})


def titles(schema: Any) -> Iterator[str]:
    """Yield the titles of the models in a property, without those inside of models."""
    if isinstance(schema, dict) and "properties" in schema:
        yield schema.get("title", "")
    elif isinstance(schema, dict | list):
        for one in schema.values() if isinstance(schema, dict) else schema:
            yield from titles(one)


def of_operations(resource: Resource) -> Json:
    """Return the schemas of the bodies and responses that operations declare by models of their own.

    Raises DeclarationError for another model that has the name of the resource's.
    """
    bodies = [one.body for one in routes(resource) if isinstance(one.body, type)]
    returned = [one.returns for one in routes(resource) if isinstance(one.returns, type)]
    models = {one.schema.name: one for one in (*bodies, *returned)}
    if models.get(resource.model.schema.name, resource.model) is not resource.model:
        raise twice(resource.model.schema.name, resource)
    return {
        **{one.schema.name: apart(one.schema.json_schema("create")) for one in bodies},
        **{one.schema.name: apart(one.schema.json_schema("stored")) for one in returned},
    }


def twice(name: str, resource: Resource) -> DeclarationError:
    """Return the error for a name that two schemas have."""
    return DeclarationError(f"Two schemas of the contract are named {name}: rename a model of /{resource.path}.")


def body_name(route: Operation, resource: Resource) -> str:
    """Return the name of the schema of a route's body."""
    name = resource.model.schema.name
    return route.body.schema.name if isinstance(route.body, type) else f"{name}{str(route.body).capitalize()}"


def body(route: Operation, resource: Resource) -> Json:
    """Return the schema of a route's body in draft 4, as the gateway's models have it."""
    components = schemas(resource)
    rules: Json = draft4(components[body_name(route, resource)], components)
    return rules


def batch_of(resource: Resource) -> Json:
    """Return the schema of a batch."""
    return {
        "type": "object",
        "required": ["operations"],
        "properties": {
            "atomic": {
                "type": "boolean",
                "default": True,
                "description": "True: apply all operations or none. False: apply each by itself.",
            },
            "operations": {
                "type": "array",
                "minItems": 1,
                "maxItems": MAX_BATCH_OPERATIONS,
                "items": {"oneOf": [step(resource, kind) for kind in BATCH_FIELDS]},
            },
        },
        "additionalProperties": False,
    }


def step(resource: Resource, kind: str) -> Json:
    """Return the schema of one operation of a batch."""
    must, may = BATCH_FIELDS[kind]
    name = resource.model.schema.name
    fields = {
        "id": key(resource),
        "item": ref("schemas", f"{name}Create"),
        "patch": ref("schemas", f"{name}Patch"),
        "if_match": {"type": "string", "pattern": TAGS},
    }
    properties = {"op": {"const": kind}, **{name: fields[name] for name in fields if name in must | may}}
    required = ["op", *sorted(must | (may if resource.requires_if_match else set()))]
    return {"type": "object", "required": required, "properties": properties, "additionalProperties": False}


def results(name: str) -> Json:
    """Return the schema of the answer to a batch: the response to each operation, in order."""
    result = {
        "status": {"type": "integer", "minimum": 200, "maximum": 599},
        "headers": {"type": "object", "additionalProperties": {"type": "string"}},
        "body": {"anyOf": [ref("schemas", name), ref("schemas", "OperationProblem")]},
    }
    each = {"type": "object", "required": ["status"], "properties": result, "additionalProperties": False}
    properties = {
        "results": {"type": "array", "minItems": 1, "maxItems": MAX_BATCH_OPERATIONS, "items": each},
        "omitted": {
            "type": "integer",
            "minimum": 1,
            "description": "Number of results whose body was left out for its size.",
        },
    }
    return {"type": "object", "required": ["results"], "properties": properties}


@cache
def key(resource: Resource) -> Json:
    """Return the schema of an id."""
    return without(resource.model.schema.json_schema("stored")["properties"][resource.key], "readOnly")


def page(resource: Resource) -> Json:
    """Return the schema of a list."""
    name = resource.model.schema.name
    unread = {"type": "object", "required": [resource.key], "properties": {resource.key: {"type": "string"}}}
    return {
        "description": "A page of a list.",
        "type": "object",
        "required": ["items", "next"],
        "properties": {
            "items": {"type": "array", "maxItems": MAX_PAGE_SIZE, "items": shown(name)},
            "next": {"type": ["string", "null"], "description": "The `cursor` of the next page; null on the last one."},
            "unreadable": {
                "description": "Keys of stored items of this page that do not fit the model.",
                "type": "array",
                "minItems": 1,
                "maxItems": MAX_PAGE_SIZE,
                "items": unread,
            },
        },
        "additionalProperties": False,
    }


def shown(name: str) -> Json:
    """Return the schema of an item, whole or with the requested fields only."""
    return {"anyOf": [ref("schemas", name), ref("schemas", f"{name}Part")]}


def answered(route: Operation, resource: Resource) -> Json:
    """Return the schema of the response of a route."""
    name = resource.model.schema.name
    if isinstance(route.returns, type):
        return ref("schemas", route.returns.schema.name)
    if route.returns != "item":
        return ref("schemas", f"{name}{'Page' if route.returns == 'items' else 'Results'}")
    return shown(name) if "fields" in route.parameters else ref("schemas", name)


def ref(kind: str, name: str) -> Json:
    """Return a reference to a component."""
    return {"$ref": f"#/components/{kind}/{name}"}
