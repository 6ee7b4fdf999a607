"""The order in which CloudFormation creates resources, by the dependencies in a template."""

from collections.abc import Iterator
from typing import Any


def made_before(template: dict[str, Any], logical_id: str) -> set[str]:
    """Return the logical ids of all that a resource depends on, directly or through others."""
    found: set[str] = set()
    waiting = [logical_id]
    while waiting:
        for other in stated(template, waiting.pop()):
            if other not in found:
                found.add(other)
                waiting.append(other)
    return found


def stated(template: dict[str, Any], logical_id: str) -> set[str]:
    """Return the logical ids that a resource names, in DependsOn or by a reference."""
    resource = template["Resources"][logical_id]
    depends_on = resource.get("DependsOn", [])
    named = {depends_on} if isinstance(depends_on, str) else set(depends_on)
    return (named | set(references(resource.get("Properties", {})))) & template["Resources"].keys()


def references(value: Any) -> Iterator[str]:
    """Yield the names in Ref and Fn::GetAtt of a value; in Fn::Sub the CDK writes none of its own."""
    if isinstance(value, list):
        for one in value:
            yield from references(one)
    elif isinstance(value, dict):
        for name, inner in value.items():
            if name == "Ref":
                yield inner
            elif name == "Fn::GetAtt":
                yield inner[0]
            else:
                yield from references(inner)
