"""A first deploy that failed: CloudFormation keeps the empty stack, and accepts nothing but its deletion."""

from tools.ops.target import Target, describe

NEVER_DEPLOYED = ("ROLLBACK_COMPLETE", "ROLLBACK_FAILED")  # states of a stack whose creation failed


def delete_failed_stack(target: Target) -> str:
    """Delete the stack if its creation failed, so that it can be made again, and return what was done.

    Termination protection is on before a stack is created, so the CDK CLI cannot delete it. Resources that are retained
    stay, empty; their names are generated, so that new ones do not collide with them.
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
