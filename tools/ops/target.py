"""The stage that a command acts on: its stack, and AWS clients in its account and region."""

import os
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING, Any

from stacks.names import stack_name
from tools.ops.stack import Outputs, StackResource, if_deployed, stack_resources
from tools.problem import Problem

if TYPE_CHECKING:
    from stacks.stage import Stage

LOCAL = "local"

type Clients = Callable[[str], Any]  # a boto3 client, by the service's name


@dataclass(frozen=True)
class Target:
    """A stack in an account and a region."""

    stack: str
    account: str
    region: str
    clients: Clients

    @property
    def environment(self) -> dict[str, str]:
        """The environment in which the CDK CLI deploys to this region, as the clients look in it."""
        return {**os.environ, "AWS_REGION": self.region, "AWS_DEFAULT_REGION": self.region}

    def outputs(self) -> dict[str, str]:
        """Return the stack's outputs. Raises Problem if it is not deployed."""
        described = describe(self.clients("cloudformation"), self.stack)
        outputs = described.get("Outputs", [])
        if not outputs:
            state = described.get("StackStatus", "not deployed")
            raise Problem(
                f"{self.stack} is {state} in account {self.account}, region {self.region}: make deploy first."
            )
        return Outputs({each["OutputKey"]: each["OutputValue"] for each in outputs})

    def resources(self) -> list[StackResource]:
        """Return the resources of the stack and of its nested stacks."""
        return [*stack_resources(self.clients("cloudformation"), self.stack)]


def stage_of(name: str, *, local: bool = True) -> "Stage":
    """Return the stage of that name. Raises Problem with the names that the command accepts.

    name: STAGE as it was given. local: the command works on the emulator as well.
    """
    from stacks.stage import stages

    accepted = [one for one in stages() if local or one != LOCAL]
    if name not in accepted:
        wrong = f"STAGE={name} is not a stage of this command" if name else "STAGE is missing"
        hint = "" if local else "; `make run` deploys the local one"
        raise Problem(f"{wrong}: use {' or '.join(f'STAGE={one}' for one in accepted)} (stacks/stages.py){hint}.")
    return stages()[name]


def aws_target(stage: "Stage") -> Target:
    """Return the stage's stack in the account of the caller's credentials. Raises Problem without account or region."""
    import boto3
    from botocore.exceptions import BotoCoreError, ClientError

    try:
        session = boto3.session.Session()
        region = stage.region or os.environ.get("AWS_REGION") or session.region_name  # boto3 does not read AWS_REGION
        if not region:
            raise Problem("AWS_REGION is missing: use AWS_REGION=eu-west-1 make ..., or `region` in stacks/stages.py.")
        clients: Clients = partial(session.client, region_name=region)
        account = clients("sts").get_caller_identity()["Account"]
    except (BotoCoreError, ClientError) as error:
        raise Problem(f"No AWS account: {error}\nLog in first (aws sso login, or AWS_PROFILE=...).") from None
    return Target(stack_name(stage.name), account, region, clients)


def describe(cloudformation: Any, stack: str) -> dict[str, Any]:
    """Return the description of a stack; an empty one if it does not exist."""
    return if_deployed(lambda: cloudformation.describe_stacks(StackName=stack)["Stacks"][0]) or {}
