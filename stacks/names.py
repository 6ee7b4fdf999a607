"""The names of the stacks, for the app and for the tools; it imports nothing, so that every command can read it."""

SERVICE = "serverless-crud"


def stack_name(stage: str) -> str:
    """Return the name of a stage's stack."""
    return f"{SERVICE}-{stage}"
