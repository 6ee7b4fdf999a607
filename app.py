"""The CDK app: `cdk synth`, `cdk deploy -c stage=prod`."""

from dataclasses import replace

from aws_cdk import App

from lambdas.rest.declarations import RESOURCES
from stacks import stages
from stacks.api.identity import TooManyScopes
from stacks.names import stack_name
from stacks.service import Service

app = App()
if not RESOURCES:
    raise SystemExit("No resource is declared: write a module in lambdas/resources (README, Make it yours).")
try:
    stage = stages.named(app.node.try_get_context("stage") or stages.DEFAULT)
    if app.node.try_get_context("gradual") == "off":  # for a first deploy that is too large with it (operations.md)
        stage = replace(stage, gradual=False)
    stage = replace(stage, emulator=app.node.try_get_context("emulator") or "")
    Service(app, stack_name(stage.name), stage=stage)
except (stages.UnknownStage, stages.WrongStage, TooManyScopes) as wrong:
    raise SystemExit(f"{wrong}") from None
app.synth()
