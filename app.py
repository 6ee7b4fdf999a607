"""The CDK app: `cdk synth`, `cdk deploy -c stage=prod`."""

from dataclasses import replace

from aws_cdk import App
from jsii.errors import JavaScriptError

from dynamodel import DeclarationError
from lambdas.rest.declarations import RESOURCES
from lambdas.rest.yours import explained
from stacks.names import stack_name
from stacks.service import Service
from stacks.stage import default, named

app = App()
if not RESOURCES:
    raise SystemExit("No resource is declared: write a module in lambdas/resources (README, Make it yours).")
with explained():
    stage = named(app.node.try_get_context("stage") or default())
    if app.node.try_get_context("gradual") == "off":  # for a first deploy that is too large with it (operations.md)
        stage = replace(stage, gradual=False)
    stage = replace(stage, emulator=app.node.try_get_context("emulator") or "")
    try:
        Service(app, stack_name(stage.name), stage=stage)
        app.synth()
    except RuntimeError as refused:
        if not isinstance(refused.__cause__, JavaScriptError):
            raise
        raise DeclarationError(f"The CDK refuses the stage {stage.name}: {refused}") from None
