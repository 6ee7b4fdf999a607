"""Stacks read declarations: to synthesize, no handler is imported, and nothing that only handlers need."""

import subprocess
import sys

from tools.dev.install import ROOT

LIST_MODULES = "import sys, stacks.service; print(*sys.modules)"


def test_stacks_import_declarations_and_no_handlers():
    listed = subprocess.run([sys.executable, "-c", LIST_MODULES], cwd=ROOT, capture_output=True, text=True, check=True)

    modules = listed.stdout.split()
    assert "lambdas.rest.declarations" in modules
    rooms = tuple(f"lambdas.{room}." for room in ("crud", "operations", "workers"))
    unwanted = ("boto3", "aws_lambda_powertools", "lambdas.events.publish", *rooms)
    assert [name for name in modules if name.startswith(unwanted) or name == "lambdas.events.work"] == []
