"""The stack of a stage and its nested stacks, seen as one: what is deployed, and what was synthesized."""

import json
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any, NamedTuple

from tools.problem import Problem

NESTED = "AWS::CloudFormation::Stack"

type Template = dict[str, Any]


class Outputs(dict[str, str]):
    """The outputs of a stack, by name."""

    def __missing__(self, name: str) -> str:
        """Raise a Problem: the stack was deployed by a version without this output, or a setting leaves it out."""
        raise Problem(f"The stack has no output {name}: deploy it again (make run, or make deploy STAGE=...).")


class StackResource(NamedTuple):
    """A resource that is deployed."""

    kind: str
    logical_id: str
    physical_id: str = ""
    status: str = ""
    stack: str = ""  # the name or the ARN of the stack that it is in


def stack_resources(cloudformation: Any, stack: str) -> Iterator[StackResource]:
    """Yield the resources of a stack and of its nested stacks, these among them."""
    for page in cloudformation.get_paginator("list_stack_resources").paginate(StackName=stack):
        for one in page["StackResourceSummaries"]:
            physical_id, status = one.get("PhysicalResourceId", ""), one.get("ResourceStatus", "")
            yield StackResource(one["ResourceType"], one["LogicalResourceId"], physical_id, status, stack)
            if one["ResourceType"] == NESTED and physical_id:
                yield from stack_resources(cloudformation, physical_id)


def if_deployed[T](ask: Callable[[], T]) -> T | None:
    """Return what CloudFormation answers; None if it knows no such stack."""
    from botocore.exceptions import ClientError

    try:
        return ask()
    except ClientError as error:
        if "does not exist" not in str(error):
            raise
        return None


def stack_template(cloudformation: Any, stack: str) -> Template:
    """Return the template that a stack was deployed from, without its nested stacks."""
    body = cloudformation.get_template(StackName=stack)["TemplateBody"]
    template: Template = json.loads(body) if isinstance(body, str) else body
    return template


def nested_stacks(template: Template) -> list[str]:
    """Return the logical ids of the nested stacks of a template."""
    return [name for name, one in template.get("Resources", {}).items() if one["Type"] == NESTED]


def with_nested(template: Template, read: Callable[[str], Template]) -> Template:
    """Return a template with the resources of its nested stacks, as <nested stack>/<logical id>.

    read: returns the template of a nested stack by its logical id.
    """
    resources = dict(template.get("Resources", {}))
    for stack in nested_stacks(template):
        resources |= {f"{stack}/{name}": one for name, one in read(stack)["Resources"].items()}
    return {**template, "Resources": resources}


def nested_template(assembly: Path, template: Template, stack: str) -> Template:
    """Return the template of a nested stack from the folder that the CDK CLI synthesized to."""
    file = assembly / template["Resources"][stack]["Metadata"]["aws:asset:path"]
    found: Template = json.loads(file.read_text())
    return found
