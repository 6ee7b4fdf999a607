"""Examples of the contract: bodies of requests and responses, and problems."""

from collections.abc import Callable, Sequence
from contextlib import suppress
from datetime import date, datetime
from typing import Any

from dynamodel import DeclarationError, Invalid, Model, to_json
from dynamodel.validation import checked
from lambdas.rest import problems as problem
from lambdas.rest.limits import MAX_PAGE_SIZE
from lambdas.rest.operation import Operation
from lambdas.rest.problems import ProblemType
from lambdas.rest.resource import Resource

type Json = dict[str, Any]

SAMPLE_ID = "0190a0b0-1c2d-7e3f-8a4b-5c6d7e8f9a0b"
SAMPLE_CALLER = "7c9e6679-7425-40de-944b-e07fc1f90ae7"
SAMPLE_REQUEST = "0f1e2d3c-4b5a-6978-8796-a5b4c3d2e1f0"
SAMPLE_TIME = "2026-01-31T12:00:00.000000Z"
SAMPLES = {"created_at": SAMPLE_TIME, "updated_at": SAMPLE_TIME, "version": 1, "owner": SAMPLE_CALLER}
DETAILS = {"invalid": "is required", "not-unique": "is taken", "out-of-bounds": "would be less than 0"}


def sample_id(resource: Resource) -> str:
    """Return an id as the key declares it: its example, else a UUID, else the simplest of its default's form."""
    key = resource.model.schema.attributes[resource.key]

    def fits(candidate: object) -> bool:
        with suppress(Invalid):
            return bool(checked(key.codec, key.rules, candidate, ()))
        return False

    for candidate in filter(fits, (*key.examples[:1], SAMPLE_ID)):
        return str(candidate)
    ids = {plainest(str(key.make_default()), fits) for _ in range(3)}
    if len(ids) > 1 or not all(map(fits, ids)):  # else the document would have another one each time
        raise DeclarationError(
            f"{resource.model.__name__}.{key.name} needs examples=(...): its default makes no id that fits its rules "
            "and is the same each time."
        )
    return ids.pop()


def plainest(text: str, fits: Callable[[str], bool]) -> str:
    """Return the simplest text that fits: without optional characters, and with 0, a, A for others."""
    for place in reversed(range(len(text))):
        changed = (text[:place] + other + text[place + 1 :] for other in ("", "0", "a", "A"))
        text = next(filter(fits, changed), text)
    return text


def item(resource: Resource) -> Json:
    """Return an item as responses show it, the same every time."""
    attributes = resource.model.schema.attributes.values()
    shown = resource.with_id(resource.model.parse(resource.example), sample_id(resource)).to_json()
    shown |= {one.name: SAMPLES[one.role] for one in attributes if one.role in SAMPLES}
    for one in attributes:
        if one.role in ("plain", "ttl") and one.default_factory:  # it may make another value each time
            if one.examples or one.codec.type in (date, datetime):
                shown[one.name] = to_json(one.examples[0]) if one.examples else SAMPLE_TIME[: len(shown[one.name])]
            elif one.make_default() != one.make_default():
                del shown[one.name]
    return shown


def of_model(model: type[Model]) -> Json:
    """Return an object of a model, from the examples in its declaration."""
    declared = model.schema.attributes.values()
    shown = {one.name: one.examples[0] if one.examples else one.default for one in declared if not one.default_factory}
    return {name: to_json(value) for name, value in shown.items()}


def sent(route: Operation, resource: Resource) -> Json:
    """Return the body of a request."""
    if isinstance(route.body, type):
        return of_model(route.body)
    example = resource.example
    may_change = resource.model.schema.json_schema("patch")["properties"]
    patch = dict(sorted((example or resource.model.parse({}).to_json(include=may_change)).items())[:1])
    create, delete = {"op": "create", "item": example}, {"op": "delete", "id": sample_id(resource)}
    if resource.requires_if_match:
        delete["if_match"] = "*"
    update = {"op": "update", "id": delete["id"], "patch": patch, "if_match": '"1"'}
    other = {"patch": patch, "batch": {"atomic": False, "operations": [create, update, delete]}}
    return other.get(str(route.body), example)


def got(route: Operation, resource: Resource) -> Json:
    """Return the body of a response."""
    if isinstance(route.returns, type):
        return of_model(route.returns)
    new = item(resource)
    created = {"status": 201, "headers": {"ETag": '"1"', "Location": new[resource.key]}, "body": new}
    missing = {"status": 404, "body": problem.Problem("not-found").summary}
    lists: dict[str | None, Json] = {
        "items": {"items": [new], "next": None},
        "results": {"results": [created, missing]},
    }
    return lists.get(route.returns, new)


def refused(kind: ProblemType, resources: Sequence[Resource]) -> Json:
    """Return a problem of that kind, about fields that the resources have."""
    errors = mistakes(kind.name, resources)
    members: Json = {"errors": errors} if errors else {}
    if kind.name == "invalid-parameter":
        members = {"detail": f"limit must be a whole number from 1 to {MAX_PAGE_SIZE}."}
    return {"value": problem.Problem(kind, **members).document(SAMPLE_REQUEST)}


def mistakes(kind: str, resources: Sequence[Resource]) -> list[Json]:
    """Return the errors of a problem: of the first field that can have them, or the first operation of a batch."""
    if kind == "batch-failed":
        return [{"pointer": "/operations/0", **problem.Problem("not-found").summary}]
    fields = {
        "invalid": [name for resource in resources for name in resource.example],
        "not-unique": [attribute.name for resource in resources for attribute in resource.model.schema.unique],
        "out-of-bounds": [name for resource in resources for name in resource.counters],
    }
    return [{"pointer": f"/{name}", "detail": DETAILS[kind]} for name in fields.get(kind, [])[:1]]
