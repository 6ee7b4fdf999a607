"""The room that the names of tables have in a function's environment."""

from collections.abc import Iterator, Mapping
from math import ceil
from typing import Any

from aws_cdk import Stack
from constructs import Construct

from dynamodel import DeclarationError
from stacks.nested import root_stack

MAX_BYTES = 4_096  # of names and values, which Lambda accepts
RANDOM = 14  # characters that CloudFormation adds to a name, the dash included
ARN = 70  # characters before the name in an ARN, at most


def check_room(scope: Construct, variables: Mapping[str, str]) -> None:
    """Raise DeclarationError for an environment that Lambda would refuse in the middle of a deploy."""
    stack = root_stack(scope).stack_name
    parts = [*sizes(Stack.of(scope).resolve(dict(variables)), len(stack))]
    size, named = sum(length for length, _ in parts), sum(named for _, named in parts)
    if size > MAX_BYTES:
        cut = ceil((size - MAX_BYTES) / max(named, 1))
        raise DeclarationError(
            f"The environment of {scope.node.id} would have {size:,} bytes, and Lambda accepts {MAX_BYTES:,}: {named} "
            f"names in it begin with {stack}, which must be {cut} characters shorter (make rename)"
        )


def sizes(value: Any, stack: int) -> Iterator[tuple[int, bool]]:
    """Yield the bytes of each part of a value once it is deployed, and whether the stack's name is in it."""
    match value:
        case {"Ref": str(name)} if not name.startswith("AWS::"):
            yield stack + len(name) + RANDOM, True
        case {"Fn::GetAtt": [str(name), *_]}:
            yield ARN + stack + len(name) + RANDOM, True
        case {"Fn::Join": [str(between), list(parts)]}:
            yield len(between) * (len(parts) - 1), False
            for part in parts:
                yield from sizes(part, stack)
        case dict():
            for name, part in value.items():
                yield len(name), False
                yield from sizes(part, stack)
        case _:
            yield len(str(value).encode()), False
