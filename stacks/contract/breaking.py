"""`make breaking`: report changes of the document that break clients of the last released one.

Clients write requests and read responses: a request must not require more than before, a response must not hold less,
nor values that were impossible before. Both are one comparison of schemas, read in opposite directions.
"""

import json
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

from stacks.contract.document import PATH
from stacks.contract.examples import Json

type Parameters = dict[tuple[str, str], Json]  # by place and name

CEILINGS = ("maximum", "exclusiveMaximum", "maxLength", "maxItems", "maxProperties")
FLOORS = ("minimum", "exclusiveMinimum", "minLength", "minItems", "minProperties")
FORMS = ("pattern", "format", "multipleOf", "uniqueItems")
CHOICES = ("anyOf", "oneOf", "allOf")


def breaks(old: Json, new: Json) -> Iterator[str]:
    """Yield each change that breaks a client, in words."""
    before, after = operations(old), operations(new)
    for name, operation in before.items():
        if name not in after:
            yield f"{name} is gone"
        elif operation != after[name]:
            yield from (f"{name}: {change}" for change in of_operations(operation, after[name]))


def operations(document: Json) -> dict[str, Json]:
    """Return the operations by method and path, with references resolved."""
    found = {}
    for path, item in inlined(document["paths"], document).items():
        shared = item.pop("parameters", [])
        for method, operation in item.items():
            parameters = {(one["in"], one["name"]): one for one in (*shared, *operation.get("parameters", ()))}
            found[f"{method.upper()} {path}"] = {**operation, "parameters": parameters}
    return found


def inlined(node: Any, document: Json) -> Any:
    """Return a node with references resolved."""
    if isinstance(node, list):
        return [inlined(part, document) for part in node]
    if not isinstance(node, dict):
        return node
    if isinstance(node.get("$ref"), str):
        _, _, kind, name = node["$ref"].split("/")
        return inlined(document["components"][kind][name], document)
    return {name: inlined(part, document) for name, part in node.items()}


def of_operations(old: Json, new: Json) -> Iterator[str]:
    """Breaking changes of one operation."""
    if old["operationId"] != new["operationId"]:
        yield f"is named {new['operationId']}, and was {old['operationId']}"
    required = new["security"] or [{}]
    if not all(any(suffices(proof, asked) for asked in required) for proof in old["security"] or [{}]):
        yield "requires other authentication"
    yield from of_parameters(old["parameters"], new["parameters"])
    yield from of_bodies(old.get("requestBody"), new.get("requestBody"))
    for status, answer in old["responses"].items():
        if status in new["responses"]:
            yield from (f"{status}: {change}" for change in of_answers(answer, new["responses"][status]))
        elif status < "400":
            yield f"no longer answers {status}"


def suffices(proof: Json, asked: Json) -> bool:
    """Return True if a client's credentials satisfy the requirement."""
    return all(scheme in proof and set(scopes) <= set(proof[scheme]) for scheme, scopes in asked.items())


def of_parameters(old: Parameters, new: Parameters) -> Iterator[str]:
    """Breaking changes of parameters and headers."""
    for (place, name), parameter in old.items():
        if (place, name) not in new:
            yield f"no longer accepts {name} in the {place}"
        else:
            changed = new[place, name]
            yield from of_schemas(parameter["schema"], changed["schema"], name, accepted=True)
            if changed.get("required") and not parameter.get("required"):
                yield f"requires {name}"
    yield from (f"requires {one['name']}" for at, one in new.items() if one.get("required") and at not in old)


def of_bodies(old: Json | None, new: Json | None) -> Iterator[str]:
    """Breaking changes of request bodies."""
    if new is None:
        yield from ["no longer accepts a body"] if old else []
    elif old is None:
        yield from ["requires a body"] if new.get("required") else []
    else:
        yield from of_contents(old["content"], new["content"], accepted=True)


def of_answers(old: Json, new: Json) -> Iterator[str]:
    """Breaking changes of a response."""
    for name, header in old.get("headers", {}).items():
        changed = new.get("headers", {}).get(name)
        if not changed or (header.get("required") and not changed.get("required")):
            yield f"may lack the header {name}"
    yield from of_contents(old.get("content", {}), new.get("content", {}), accepted=False)


def of_contents(old: Json, new: Json, *, accepted: bool) -> Iterator[str]:
    """Breaking changes of a body, for each of its media types."""
    for media_type, content in old.items():
        if media_type in new:
            yield from of_schemas(content["schema"], new[media_type]["schema"], "", accepted=accepted)
        else:
            yield f"is no longer {media_type}"


def of_schemas(old: Json, new: Json, at: str, *, accepted: bool) -> Iterator[str]:
    """Breaking changes of a schema; `accepted`: of requests, else of responses.

    A request's schema must not become narrower, a response's not wider: the second is the first with the roles swapped.
    """
    old, new = without_const(old), without_const(new)
    strict, loose = (new, old) if accepted else (old, new)
    place = at or "the body"
    yield from (
        f"{place}: {word} changed from {keyword_value(old, word)} to {keyword_value(new, word)}"
        for word in narrowed(strict, loose)
    )
    yield from of_fields(old, new, at, accepted=accepted)
    yield from of_parts(old, new, at, accepted=accepted)


def narrowed(strict: Json, loose: Json) -> Iterator[str]:
    """Yield the keywords under which the first schema refuses values that the second allows."""
    for words, refuses in RULES.items():
        yield from (word for word in words if word in strict and refuses(strict[word], loose.get(word)))


RULES: dict[tuple[str, ...], Callable[[Any, Any], bool]] = {
    CEILINGS: lambda strict, loose: loose is None or strict < loose,
    FLOORS: lambda strict, loose: loose is None or strict > loose,
    FORMS: lambda strict, loose: strict != loose,
    ("type",): lambda strict, loose: loose is None or not set(as_list(loose)) <= set(as_list(strict)),
    ("enum",): lambda strict, loose: loose is None or not set(map(str, loose)) <= set(map(str, strict)),
}


def without_const(schema: Json) -> Json:
    """Return the schema with an enum of one value for a const."""
    rest = {word: value for word, value in schema.items() if word != "const"}
    return rest | {"enum": [schema["const"]]} if "const" in schema else schema


def of_fields(old: Json, new: Json, at: str, *, accepted: bool) -> Iterator[str]:
    """Breaking changes of an object's fields."""
    before, after = old.get("properties", {}), new.get("properties", {})
    closed = not accepted or new.get("additionalProperties") is False
    yield from (f"{at}/{name} is gone" for name in before if name not in after and closed)
    must = set(new.get("required", ())) - set(old.get("required", ()))
    might_lack = set(old.get("required", ())) - set(new.get("required", ()))
    if accepted:
        yield from (f"{at}/{name} is required" for name in sorted(must))
    else:
        yield from (f"{at}/{name} may be missing" for name in sorted(might_lack & after.keys()))
    for name in before.keys() & after.keys():
        yield from of_schemas(before[name], after[name], f"{at}/{name}", accepted=accepted)


def of_parts(old: Json, new: Json, at: str, *, accepted: bool) -> Iterator[str]:
    """Breaking changes of a list's items, or of alternatives."""
    if "items" in old and "items" in new:
        yield from of_schemas(old["items"], new["items"], f"{at}/*", accepted=accepted)
    for word in CHOICES:
        before, after = old.get(word, []), new.get(word, [])
        if len(before) > len(after) if accepted else len(before) < len(after):
            yield f"{at or 'the body'}: has {'fewer' if accepted else 'more'} alternatives"
        for one, other in zip(before, after, strict=False):
            yield from of_schemas(one, other, at, accepted=accepted)


def keyword_value(schema: Json, word: str) -> str:
    """Return a keyword's value as JSON, or "none" if the schema has it not."""
    return json.dumps(schema[word]) if word in schema else "none"


def as_list(types: Any) -> list[Any]:
    """The types that a schema allows; every number is a number."""
    many = types if isinstance(types, list) else [types]
    return [*many, "integer"] if "number" in many else many


def breaks_live(old: Json, new: Json) -> Iterator[str]:
    """Yield each change of the AsyncAPI document that breaks a client, in words."""
    messages = new.get("components", {}).get("messages", {})
    for name, message in old["components"]["messages"].items():
        if name not in messages:
            yield f"{name} is gone"
            continue
        accepted = old["operations"][name]["action"] == "receive"  # by the server, whose document it is
        before, after = inlined(message["payload"], old), inlined(messages[name]["payload"], new)
        yield from (f"{name}: {change}" for change in of_schemas(before, after, "", accepted=accepted))


def main() -> int:
    """Report what breaks clients of the last release; 1 if anything does."""
    codes = [0]
    for path, compare in DOCUMENTS.items():
        if (released := path.with_suffix(".released.json")).exists():
            now = json.loads(path.read_text()) if path.exists() else {}
            found = [*compare(json.loads(released.read_text()), now)]
            changes = f"{len(found)} changes break" if found else "nothing breaks"
            print(*found, f"{changes} clients of {released.name}", sep="\n")
            codes.append(1 if found else 0)
    if len(codes) == 1:
        print("nothing is released yet: `make release` keeps this contract, to compare with")
    return max(codes)


def release() -> int:
    """Record the current documents as released; 0, as nothing can break."""
    for path in filter(Path.exists, DOCUMENTS):
        path.with_suffix(".released.json").write_text(path.read_text())
        print(f"{path.name} is recorded as released")
    return 0


DOCUMENTS: dict[Path, Callable[[Json, Json], Iterator[str]]] = {
    PATH: breaks,
    PATH.with_name("asyncapi.json"): breaks_live,
}


if __name__ == "__main__":
    sys.exit(release() if sys.argv[1:] == ["release"] else main())
