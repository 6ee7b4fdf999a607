"""cdk-nag over every stage: it fails when a finding has no written reason (stacks/nag.py)."""

import sys

from aws_cdk import App, Validations
from cdk_nag import AwsSolutionsChecks, NIST80053R5Checks, PCIDSS321Checks, ServerlessChecks

from stacks.names import stack_name
from stacks.service import Service
from stacks.stages import STAGES
from tests.support.assemblies import CONTEXT

PACKS = (AwsSolutionsChecks, NIST80053R5Checks, PCIDSS321Checks, ServerlessChecks)


def main() -> int:
    """Check each stage; the findings are printed as they are found."""
    return max([check(name) for name in STAGES])


def check(name: str) -> int:
    """Synthesize one stage under the rules."""
    app = App(context=CONTEXT)
    Service(app, stack_name(name), stage=STAGES[name])
    Validations.of(app).add_plugins(*(pack(app) for pack in PACKS))
    try:
        app.synth()
    except RuntimeError as error:
        if "Validation failed" not in str(error):
            raise
        return 1
    print(f"cdk-nag: {name} has no finding without a reason ({', '.join(pack.__name__ for pack in PACKS)})")
    return 0


if __name__ == "__main__":
    sys.exit(main())
