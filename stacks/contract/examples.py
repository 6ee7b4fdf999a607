"""Examples of the contract: bodies and problems as they are sent and answered."""

from collections.abc import Sequence
from typing import Any

from lambdas.files.file import rules_of
from lambdas.rest import problems as problem
from lambdas.rest.limits import MAX_PAGE_SIZE
from lambdas.rest.resource import Resource
from lambdas.rest.routes import Route

type Json = dict[str, Any]

SAMPLE_ID = "0190a0b0-1c2d-7e3f-8a4b-5c6d7e8f9a0b"
SAMPLE_CALLER = "7c9e6679-7425-40de-944b-e07fc1f90ae7"
DIGEST = "47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU="
SAMPLE_REQUEST = "0f1e2d3c-4b5a-6978-8796-a5b4c3d2e1f0"
OWNED = {"created_at": "2026-01-31T12:00:00.000000Z", "updated_at": "2026-01-31T12:00:00.000000Z", "version": 1}
DETAILS = {"invalid": "is required", "not-unique": "is taken", "out-of-bounds": "would be less than 0"}


def item(resource: Resource) -> Json:
    """Return an item as responses show it."""
    model = resource.model.parse(resource.example)
    owner = {model.schema.owner.name: SAMPLE_CALLER} if model.schema.owner else {}
    return {
        **resource.with_id(model, SAMPLE_ID).to_json(),
        **{n: v for n, v in OWNED.items() if n in model.schema.attributes},
        **owner,
    }


def sent(resource: Resource, route: Route) -> Json:
    """Return the body of a request."""
    if route.body == "upload":
        rules = rules_of(resource.model.schema.attributes[route.path.rpartition("/")[2]])
        return {"type": rules.types[0], "bytes": min(12_345, rules.max_bytes), "sha256": DIGEST}
    example = resource.example
    patch = dict([min(example.items())])
    create, delete = {"op": "create", "item": example}, {"op": "delete", "id": SAMPLE_ID}
    update = {"op": "update", "id": SAMPLE_ID, "patch": patch, "if_match": '"1"'}
    other = {"count": {"delta": -3}, "patch": patch, "batch": {"atomic": False, "operations": [create, update, delete]}}
    return other.get(str(route.body), example)


def got(route: Route, resource: Resource) -> Json:
    """Return the body of a response."""
    new = item(resource)
    created = {"status": 201, "headers": {"ETag": '"1"', "Location": SAMPLE_ID}, "body": new}
    missing = {"status": 404, "body": problem.Problem("not-found").summary}
    others: dict[str | None, Json] = {
        "items": {"items": [new], "next": None},
        "results": {"results": [created, missing]},
    }
    if route.returns == "ticket":
        return ticket(sent(resource, route))
    return others.get(route.returns, new)


def ticket(body: Json) -> Json:
    """Return the permission to upload the file that a body asks for."""
    headers = {
        "Content-Type": body["type"],
        "Content-Length": str(body["bytes"]),
        "X-Amz-Checksum-Sha256": body["sha256"],
        "If-None-Match": "*",
    }
    url = "https://bucket.s3.us-east-1.amazonaws.com/...?X-Amz-Signature=..."
    return {"method": "PUT", "url": url, "headers": headers, "expires_at": "2026-01-31T12:15:00Z"}


def refused(kind: str, resources: Sequence[Resource]) -> Json:
    """Return a problem of that kind, about fields that the resources have."""
    errors = mistakes(kind, resources)
    members: Json = {"errors": errors} if errors else {}
    if kind == "invalid-parameter":
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
