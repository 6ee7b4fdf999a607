"""Nested stacks: what holds no data moves into them, since a stack may have 500 resources."""

from aws_cdk import Stack
from constructs import IConstruct


def root_stack(scope: IConstruct) -> Stack:
    """Return the stack of the stage that a construct belongs to, whichever nested stack it is in."""
    stack = Stack.of(scope)
    while stack.nested_stack_parent:
        stack = stack.nested_stack_parent
    return stack
