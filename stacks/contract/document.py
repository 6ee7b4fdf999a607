"""The OpenAPI 3.1 document, made from the declarations, the routes and the kinds of problems."""

import ast
import json
import re
import tomllib
from collections.abc import Sequence
from functools import cache
from pathlib import Path
from typing import Any

from dynamodel import DeclarationError
from lambdas.rest.declarations import RESOURCES
from lambdas.rest.operation import SCOPES, Operation, construct_id
from lambdas.rest.problems import PROBLEM_TYPES
from lambdas.rest.relations import listed_below
from lambdas.rest.resource import Resource
from lambdas.rest.routes import routes
from stacks.contract import examples, live, parameters, replies, schemas
from stacks.contract.examples import Json
from stacks.contract.schemas import ref
from stacks.names import SERVICE

ROOT = Path(__file__).resolve().parents[2]
PATH = ROOT / "docs" / "openapi.json"
HEALTH = {"status": "ok"}  # the response to GET /health
SERVER: Json = {
    "url": "https://{api}.execute-api.{region}.amazonaws.com/{stage}",
    "description": "The stack's output ApiUrl.",
    "variables": live.VARIABLES,
}
METHODS = ("GET", "HEAD", "POST", "PUT", "PATCH", "DELETE")  # the order in which they are listed

DESCRIPTION = """\
Every error is a problem (RFC 9457) of one of these types:

| type | status | |
| --- | --- | --- |
"""


def document(resources: Sequence[Resource] = RESOURCES) -> Json:
    """Return the whole document."""
    tickets = {
        path: {"post": operation, "options": options(f"options{operation['operationId']}", "Service")}
        for path, operation in live.tickets(resources).items()
    }
    every = {"/health": health(), **tickets, **{path: item for one in resources for path, item in paths(one).items()}}
    return {
        "openapi": "3.1.0",
        "info": info(resources),
        "servers": [SERVER],
        "tags": [
            *({"name": construct_id(one.path), "description": one.model.__doc__ or one.path} for one in resources),
            {"name": "Service", "description": "The service itself."},
        ],
        "paths": every,
        "components": components(every, resources),
    }


def info(resources: Sequence[Resource] = RESOURCES) -> Json:
    """Return the name and version of the project, and a table of its problems."""
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
    table = "".join(
        f"| {examples.refused(one, ())['value']['type']} | {one.status} | {one.title} |\n"
        for one in replies.problem_types(resources).values()
    )
    about = {"summary": project["description"], "description": DESCRIPTION + table}
    return {"title": SERVICE, "version": project["version"], **about}


def paths(resource: Resource) -> Json:
    """Return the path items of one resource, with every method of each."""
    found: Json = {}
    for route in routes(resource):
        for method in route.methods:
            found.setdefault(route.full_path(resource), {})[method.lower()] = operation(route, resource, method)
    above = {one.target.path: one.target for one in listed_below(resource)}  # whose id is in paths below theirs
    return {
        path: path_item(path, methods, resource, above.get(path.split("/")[1], resource))
        for path, methods in found.items()
    }


def path_item(path: str, methods: Json, resource: Resource, of_id: Resource) -> Json:
    """Return one path: its parameters, its methods, and OPTIONS, which lists them."""
    ordered = {name.lower(): methods[name.lower()] for name in METHODS if name.lower() in methods}
    name = construct_id(path)
    preflight = options(f"options{name}", construct_id(resource.path))
    return {**({"parameters": [parameters.key(of_id)]} if "{id}" in path else {}), **ordered, "options": preflight}


def operation(route: Operation, resource: Resource, method: str) -> Json:
    """Return one method of one path."""
    summary, description = documented(route.module)
    head = method == "HEAD"
    answers = replies.replies(route, resource, head=head)
    return {
        "operationId": head_name(name(route, resource)) if head else name(route, resource),
        "summary": f"{summary} (headers only)" if head else summary,
        "description": description,
        "tags": [construct_id(resource.path)],
        **({"deprecated": True} if route.deprecated else {}),
        "security": security(route, resource),
        "parameters": [*parameters.parameters(route, resource)],
        **({"requestBody": body(route, resource)} if route.body else {}),
        "responses": answers if head else linked(answers, route, resource),
    }


def name(route: Operation, resource: Resource) -> str:
    """Return the name of an operation in generated clients: createThings, countThingsVotes."""
    verb = f"{route.construct_id[0].lower()}{route.construct_id[1:]}"
    return f"{verb}{construct_id(resource.path)}{construct_id(route.attribute)}"


def head_name(of: str) -> str:
    """Return the name of HEAD, after that of GET: headGetHealth."""
    return f"head{of[0].upper()}{of[1:]}"


@cache
def documented(module: str) -> tuple[str, str]:
    """Return the summary and description in the docstrings of the operation's module and handler."""
    source = ast.parse((ROOT / f"{module.replace('.', '/')}.py").read_text())
    functions = {node.name: node for node in source.body if isinstance(node, ast.FunctionDef)}
    if not (handler := functions.get("handler")):
        raise DeclarationError(f"{module} needs a function named handler, with @endpoint.")
    first = (ast.get_docstring(source) or "").partition("\n")[0]
    summary = (first.partition(": ")[2] or first).rstrip(".")
    summary = summary[:1].upper() + summary[1:]
    return summary, ast.get_docstring(handler) or summary


def security(route: Operation, resource: Resource) -> list[Json]:
    """Return the authentication that the route requires."""
    if scope := route.scope(resource):
        return [{"oauth2": [scope]}]
    return [{"sigv4": []}] if route.access == "iam" else []


def body(route: Operation, resource: Resource) -> Json:
    """Return the request body of the route, for each media type that it accepts."""
    schema = ref("schemas", schemas.body_name(route, resource))
    content = {"schema": schema, "example": examples.sent(route, resource)}
    return {"required": True, "content": dict.fromkeys(route.media_types, content)}


def linked(answers: Json, route: Operation, resource: Resource) -> Json:
    """Return the responses, that with a new item linked to the operations on it."""
    if "201" not in answers or route.attribute:  # no new item
        return answers
    links = {
        name(one, resource): link(one, resource)
        for one in routes(resource)
        if one.path.startswith("{id}") and not one.below
    }
    return {**answers, "201": {**answers["201"], "links": links}}


def link(route: Operation, resource: Resource) -> Json:
    """Return the link to an operation on the new item, with its version where the operation accepts If-Match."""
    key = {"id": f"$response.body#/{resource.key}"}
    version = {"header.If-Match": "$response.header.ETag"} if "precondition-failed" in route.kinds else {}
    return {"operationId": name(route, resource), "parameters": key | version}


def options(operation_id: str, tag: str) -> Json:
    """Return OPTIONS of a path: its methods, and CORS preflight."""
    answer = {"description": "The methods and headers that may be sent.", "headers": replies.headers(replies.PREFLIGHT)}
    return gateway(operation_id, "List the methods of the path", tag, {"204": answer})


def health() -> Json:
    """Return the path that the gateway answers by itself."""
    values = {key: {"const": value} for key, value in HEALTH.items()}
    schema = {"type": "object", "required": [*HEALTH], "properties": values}
    content = {"application/json": {"schema": schema, "example": HEALTH}}
    answer = {"description": "The service is reachable.", "headers": replies.headers(("Cache-Control", *replies.CORS))}
    return {
        "get": gateway("getHealth", "Check the service", "Service", {"200": {**answer, "content": content}}),
        "head": gateway(
            head_name("getHealth"), "Check the service (headers only)", "Service", {"200": answer}, head=True
        ),
        "options": options("optionsHealth", "Service"),
    }


def gateway(operation_id: str, summary: str, tag: str, answers: Json, *, head: bool = False) -> Json:
    """Return an operation that the gateway answers by itself."""
    responses = answers | replies.refusals((PROBLEM_TYPES["too-many-requests"], PROBLEM_TYPES["internal"]), head=head)
    return {"operationId": operation_id, "summary": summary, "tags": [tag], "security": [], "responses": responses}


def components(paths: Json, resources: Sequence[Resource]) -> Json:
    """Return the components that the paths refer to, and those that these refer to."""
    every = schemas.every(resources)
    types = replies.problem_types(resources)
    responses = {name: replies.refusal(name, types) for name in used("responses", paths)}
    pages = {name: every[name] for name in used("schemas", paths)}
    schemes = security_schemes(resources)
    return {
        "responses": responses,
        "schemas": {name: every[name] for name in every if name in used("schemas", [paths, responses, pages])},
        "headers": {name: replies.HEADERS[name] for name in used("headers", [paths, responses])},
        "examples": {name: examples.refused(types[name], resources) for name in used("examples", responses)},
        "securitySchemes": {name: scheme for name, scheme in schemes.items() if f'"{name}": [' in json.dumps(paths)},
    }


def used(kind: str, document: Any) -> list[str]:
    """Return the names of the components of a kind that a part of the document refers to."""
    return sorted(set(re.findall(rf"#/components/{kind}/([\w.-]+)", json.dumps(document))))


def security_schemes(resources: Sequence[Resource]) -> Json:
    """Return the two ways to authenticate: a token of the stack's user pool, or an AWS signature."""
    pool = "https://your-domain.auth.us-east-1.amazoncognito.com/oauth2"
    prefixes = [one.scope_prefix for one in resources]
    scopes = {f"{prefix}/{scope}": f"{verb} {prefix}" for prefix in prefixes for scope, verb in SCOPES.items()}
    token = {"tokenUrl": f"{pool}/token", "scopes": scopes}
    flows = {"clientCredentials": token, "authorizationCode": {"authorizationUrl": f"{pool}/authorize", **token}}
    signature = {"type": "apiKey", "in": "header", "name": "Authorization", "x-amazon-apigateway-authtype": "awsSigv4"}
    return {
        "oauth2": {
            "type": "oauth2",
            "description": "The stack's output SignInUrl has the domain.",
            "flows": flows,
        },
        "sigv4": {**signature, "description": "AWS Signature Version 4, by a principal that may invoke the API."},
    }


def text(document: Json) -> str:
    """Return the document as it is committed."""
    return json.dumps(document, indent=2, ensure_ascii=False) + "\n"
