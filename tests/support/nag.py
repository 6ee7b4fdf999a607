"""cdk-nag over every stage: it fails when a finding has no written reason (stacks/nag.py)."""

import sys
from dataclasses import replace

from aws_cdk import App, Validations
from cdk_nag import AwsSolutionsChecks, NIST80053R5Checks, PCIDSS321Checks, ServerlessChecks

from stacks.names import stack_name
from stacks.service import Service
from stacks.stage import Stage, default
from stacks.stages import STAGES
from tests.support.assemblies import CONTEXT

PACKS = (AwsSolutionsChecks, NIST80053R5Checks, PCIDSS321Checks, ServerlessChecks)


def main() -> int:
    """Check each stage, and one that names its region; the findings are printed as they are found."""
    named = replace(STAGES[default()], region="eu-central-1")
    return max([check(stage) for stage in (*STAGES.values(), named)])


def check(stage: Stage) -> int:
    """Synthesize one stage under the rules."""
    app = App(context=CONTEXT)
    Service(app, stack_name(stage.name), stage=stage)
    Validations.of(app).add_plugins(*(pack(app) for pack in PACKS))
    try:
        app.synth()
    except RuntimeError as error:
        if "Validation failed" not in str(error):
            raise
        return 1
    print(f"cdk-nag: {stage.name} has no finding without a reason ({', '.join(pack.__name__ for pack in PACKS)})")
    return 0


if __name__ == "__main__":
    sys.exit(main())
