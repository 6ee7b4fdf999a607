"""Nested stacks, for what holds no data: a stack may have 500 resources."""

from typing import cast

from aws_cdk import CfnResource, Fn, NestedStack, Stack
from constructs import Construct, IConstruct


def nested_stack(scope: Construct, id: str, *, logical_id: str) -> NestedStack:  # noqa: A002 - CDK's own name
    """Make a nested stack; its name has the logical id in it, and the names of its functions begin with that name."""
    made = NestedStack(scope, id)
    cast(CfnResource, made.nested_stack_resource).override_logical_id(logical_id)
    return made


def stack_uuid(scope: IConstruct) -> str:
    """Return the end of the ARN of a construct's stack: a UUID that nobody can guess, for names of its own."""
    return Fn.select(2, Fn.split("/", Stack.of(scope).stack_id))


def root_stack(scope: IConstruct) -> Stack:
    """Return the stack of the stage that a construct belongs to, whichever nested stack it is in."""
    stack = Stack.of(scope)
    while stack.nested_stack_parent:
        stack = stack.nested_stack_parent
    return stack
