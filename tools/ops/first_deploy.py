"""A first deploy: one that failed, and one that is too large for a single operation of CloudFormation."""

import json
from functools import partial
from pathlib import Path

from tools.ops.stack import nested_template, with_nested
from tools.ops.target import Target, describe

OPERATION = 2_500  # resources that one operation may make, change and delete, those of nested stacks included
NEVER_DEPLOYED = ("ROLLBACK_COMPLETE", "ROLLBACK_FAILED")  # states of a stack whose creation failed


def delete_failed_stack(target: Target) -> str:
    """Delete the stack if its creation failed, so that it can be made again, and return what was done.

    CloudFormation keeps the empty stack, and accepts nothing but its deletion. Termination protection is on before a
    stack is created, so the CDK CLI cannot delete it. Resources that are retained stay, empty; their names are
    generated, so that new ones do not collide with them.
    """
    cloudformation = target.clients("cloudformation")
    if describe(cloudformation, target.stack).get("StackStatus") not in NEVER_DEPLOYED:
        return ""
    retained = [f"{one.kind} {one.physical_id}" for one in target.resources() if one.status == "DELETE_SKIPPED"]
    cloudformation.update_termination_protection(StackName=target.stack, EnableTerminationProtection=False)
    cloudformation.delete_stack(StackName=target.stack)
    cloudformation.get_waiter("stack_delete_complete").wait(StackName=target.stack)
    left = f"; left behind, to be deleted by hand: {', '.join(retained)}" if retained else ""
    return f"The first deploy had failed; its empty stack was deleted{left}"


def needs_two_steps(target: Target, assembly: Path) -> bool:
    """Return whether the stack is not there yet and has more resources than one operation makes.

    Without gradual deployments it has four less for each function: it is deployed so first, and then with them.
    """
    template = json.loads((assembly / f"{target.stack}.template.json").read_text())
    planned = with_nested(template, partial(nested_template, assembly, template))["Resources"]
    return len(planned) > OPERATION and not describe(target.clients("cloudformation"), target.stack)
