"""The CDK app: `cdk synth`, `cdk deploy -c stage=prod`."""

from dataclasses import replace

from aws_cdk import App

from stacks import stages
from stacks.names import stack_name
from stacks.service import Service

app = App()
try:
    stage = stages.named(app.node.try_get_context("stage") or "dev")
    stage = replace(stage, emulator=app.node.try_get_context("emulator") or "")
except stages.UnknownStage as unknown:
    raise SystemExit(f"{unknown}") from None
Service(app, stack_name(stage.name), stage=stage)
app.synth()
