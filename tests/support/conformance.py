"""Validation of a response against the published document: its status, headers and body."""

import json
import re
from collections.abc import Sequence
from functools import cache
from typing import Any
from urllib.parse import parse_qs, urlsplit

from jsonschema import Draft202012Validator, FormatChecker

from lambdas.rest.declarations import RESOURCES
from lambdas.rest.problems import MEDIA_TYPE
from lambdas.rest.resource import Resource
from stacks.contract.document import document
from stacks.contract.replies import HEADERS, problem_types
from tests.support.answer import Answer

promised = cache(document)
CHECKED = FormatChecker()


def conforms(method: str, path: str, answer: Answer, resources: Sequence[Resource] = RESOURCES) -> None:
    """Fail unless the document of these resources has such a response to such a request."""
    whole, address = promised(tuple(resources)), urlsplit(path)
    operation = serving(whole["paths"], method, "/" + address.path.lstrip("/"))
    if operation is None:
        return
    assert str(answer.status) in operation["responses"], f"{method} {path}: the document has no {answer.status}"
    response = resolved(whole, operation["responses"][str(answer.status)])
    headers_conform(whole, response["headers"], answer)
    title_conforms(answer, resources)
    body_conforms(whole, response.get("content", {}), answer, part="fields" in parse_qs(address.query))


def title_conforms(answer: Answer, resources: Sequence[Resource]) -> None:
    """Fail unless a problem has the title of its type (RFC 9457, section 3.1.3)."""
    if answer.text and answer.headers["Content-Type"] == MEDIA_TYPE:
        kind = problem_types(resources)[answer.json["type"].rpartition("#")[2]]
        assert answer.json["title"] == kind.title


def serving(paths: Any, method: str, path: str) -> Any:
    """Return the operation of a request; None for an unknown path or method."""
    matching = [template for template in paths if re.fullmatch(re.sub(r"\{\w+\}", "[^/]+", template), path)]
    named = sorted(matching, key=lambda template: template.count("{"))  # /{path}/batch before /{path}/{id}
    return paths[named[0]].get(method.lower()) if named else None


def headers_conform(whole: Any, promised_headers: Any, answer: Answer) -> None:
    """Fail unless required headers are there, each fits its schema, and each of the API's own is documented."""
    for name, reference in promised_headers.items():
        header = resolved(whole, reference)
        if name in answer.headers:
            Draft202012Validator(header["schema"]).validate(answer.headers[name])
        else:
            assert not header.get("required"), f"{answer.status} without {name}"
    unnamed = {name for name in HEADERS if name in answer.headers} - promised_headers.keys()
    assert not unnamed, f"{answer.status} with {unnamed}"


def body_conforms(whole: Any, content: Any, answer: Answer, *, part: bool) -> None:
    """Fail unless the body fits the schema of its media type; where there is no schema, it must be empty."""
    if not content:
        assert answer.text == "", f"{answer.status} with a body"
        return
    media_type = answer.headers["Content-Type"].partition(";")[0]
    assert media_type in content, f"{answer.status} of type {media_type}"
    schema = content[media_type]["schema"]
    if "anyOf" in schema and not part:
        schema = schema["anyOf"][0]  # the whole item, where the request did not ask for some of its fields
    validator = Draft202012Validator({**schema, "components": whole["components"]}, format_checker=CHECKED)
    validator.validate(json.loads(answer.text))


def resolved(whole: Any, node: Any) -> Any:
    """Return the node, or the target of its reference."""
    if "$ref" not in node:
        return node
    _, _, kind, name = node["$ref"].split("/")
    return whole["components"][kind][name]
