"""The names of stacks and of what is in them. It imports little, so that every command can read it."""

import re
from pathlib import Path

from lambdas.rest.operation import construct_id

PROJECT = Path(__file__).resolve().parents[1] / "pyproject.toml"
NAME = re.compile(r'(?<=^name = ")[^"]+(?="$)', re.MULTILINE)
SERVICE = NAME.findall(PROJECT.read_text())[0]  # the project's name, written there alone: `make rename` changes it

TAKEN = {  # names of the stack's own constructs and outputs
    *("AccessLog", "Api", "Backups", "Cdn", "DataKey", "Dependencies", "Domain", "Events", "Files", "Firewall"),
    *("Identity", "Live", "LogRole", "Monitoring", "Rollout", "Site", "Verification", "Workers"),
    *("ApiKeyId", "ApiUrl", "BrowserClientId", "CdnUrl", "DeadLettersUrl", "DistributionId", "DocsUrl", "DomainTarget"),
    *("EventsTopicArn", "IdentityPoolId", "LiveUrl", "MachineClientId", "PublisherName", "SignInUrl", "UploadsUrl"),
    *("UsagePlanId", "UserPoolId"),
}


def stack_name(stage: str) -> str:
    """Return the name of a stage's stack."""
    return f"{SERVICE}-{stage}"


def resource_id(path: str) -> str:
    """Return the name of a resource's constructs: OrderItems for order-items, or another where the stack has that name.

    It is part of the logical ids of what holds data.
    """
    name = construct_id(path)
    return f"{name}Resource" if name in TAKEN else name


def table_id(path: str) -> str:
    """Return the logical id of a resource's table, without the hash of eight characters that the CDK adds."""
    return f"{resource_id(path)}Table"
