"""Before a deploy: refuse a template that would delete or replace what holds data, or take away what protects it.

It compares with the template that is deployed. What CloudFormation replaces is not all in a template's face: it makes
a new, empty table when a key changes, and with RETAIN the old one stays behind, out of the API's sight.
"""

import json
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

from tools.problem import Problem

# Types that hold data, and the properties that CloudFormation cannot change without making a new, empty one.
FIXED = {
    "AWS::DynamoDB::GlobalTable": ("TableName", "KeySchema", "LocalSecondaryIndexes"),
    "AWS::DynamoDB::Table": ("TableName", "KeySchema", "LocalSecondaryIndexes", "ImportSourceSpecification"),
    "AWS::Cognito::UserPool": ("UsernameAttributes", "AliasAttributes", "UsernameConfiguration"),
    "AWS::KMS::Key": ("KeySpec", "KeyUsage", "Origin", "MultiRegion"),  # what it has encrypted is lost with it
    "AWS::S3::Bucket": ("BucketName",),
    "AWS::SQS::Queue": ("QueueName", "FifoQueue"),
    "AWS::Backup::BackupVault": ("BackupVaultName", "EncryptionKeyArn"),
}

type Template = dict[str, Any]


def refuse_loss(deployed: Template, planned: Template, accepted: frozenset[str] = frozenset()) -> None:
    """Raise a Problem that names each loss, but for the logical ids that the caller accepts to lose."""
    losses = [each for each in find_losses(deployed, planned) if each[0] not in accepted]
    if losses:
        told = "\n".join(f"  {logical_id}: {loss}" for logical_id, loss in losses)
        ids = ",".join(sorted({logical_id for logical_id, _ in losses}))
        raise Problem(
            f"Nothing was deployed: data would be lost or left unprotected.\n{told}\n"
            f"If that is what you want, name what may be lost: make deploy ... LOSE={ids}"
        )


def find_losses(deployed: Template, planned: Template) -> Iterator[tuple[str, str]]:
    """What the planned template would do to the data of the deployed one: logical id and loss."""
    for logical_id, old in deployed.get("Resources", {}).items():
        if old["Type"] not in FIXED:
            continue
        new = planned["Resources"].get(logical_id)
        if new is None or new["Type"] != old["Type"]:
            yield logical_id, f"the {old['Type']} would be deleted, or left behind out of the stack's sight"
        else:
            yield from ((logical_id, loss) for loss in changes(old, new))


def changes(old: Template, new: Template) -> Iterator[str]:
    """What one resource would lose."""
    before, after = old.get("Properties", {}), new.get("Properties", {})
    for name in FIXED[old["Type"]]:
        if before.get(name) != after.get(name):
            yield f"it would be replaced by an empty one: {name} changes"
    if key_types(before) != key_types(after):
        yield "it would be replaced by an empty one: the type of a key changes"
    for policy in ("DeletionPolicy", "UpdateReplacePolicy"):
        if str(old.get(policy)).startswith("Retain") and old.get(policy) != new.get(policy):
            yield f"{policy} would no longer be {old[policy]}"
    kept = dict(protections(after))
    for place, protection in protections(before):
        if place not in kept:
            yield f"its {place} would be deleted"
        elif missing := protection - kept[place]:
            yield f"its {place} would lose {', '.join(sorted(missing))}"


def key_types(properties: Template) -> list[str]:
    """The types of a table's keys."""
    types = {one["AttributeName"]: one["AttributeType"] for one in properties.get("AttributeDefinitions", ())}
    return [types[key["AttributeName"]] for key in properties.get("KeySchema", ())]


def protections(properties: Template) -> Iterator[tuple[str, set[str]]]:
    """What protects the data, for the resource and each of its replicas."""
    for replica in properties.get("Replicas", ()):
        recovery = replica.get("PointInTimeRecoverySpecification", {})
        yield (
            f"replica in {json.dumps(replica['Region'])}",
            {
                *(["deletion protection"] if replica.get("DeletionProtectionEnabled") else []),
                *(["point-in-time recovery"] if recovery.get("PointInTimeRecoveryEnabled") else []),
            },
        )
    protected = {properties.get("DeletionProtection"), properties.get("DeletionProtectionEnabled")}
    yield "protection", {"deletion protection"} if protected & {"ACTIVE", True} else set()


def deployed_template(cloudformation: Any, stack: str) -> Template:
    """The template of a stack as it is deployed; an empty one if the stack is not there."""
    from botocore.exceptions import ClientError

    try:
        body = cloudformation.get_template(StackName=stack)["TemplateBody"]
    except ClientError as error:
        if "does not exist" not in str(error):
            raise
        return {}
    template: Template = json.loads(body) if isinstance(body, str) else body
    return template


def guard(clients: Callable[[str], Any], region: str, stack: str, assembly: Path, accepted: str) -> None:
    """Compare what was synthesized with what is deployed."""
    planned = json.loads((assembly / f"{stack}.template.json").read_text())
    deployed = deployed_template(clients("cloudformation"), stack)
    refuse_loss(placed(deployed, region), placed(planned, region), frozenset(accepted.split(",")))


def placed(template: Template, region: str) -> Template:
    """The template with its region by name, which a stage may be given later."""
    there: Template = json.loads(json.dumps(template).replace('{"Ref": "AWS::Region"}', json.dumps(region)))
    return there
