"""Refuse, before a deploy, a template that would delete or replace data, or remove its protection.

It compares with the template that is deployed. Some replacements are not visible in the template's diff:
CloudFormation makes a new, empty table when a key changes, and with RETAIN the old one stays behind, unused.
"""

import json
from collections.abc import Iterator
from functools import partial
from pathlib import Path
from typing import Any

from tools.ops.stack import (
    NESTED,
    Template,
    if_deployed,
    nested_stacks,
    nested_template,
    stack_resources,
    stack_template,
    with_nested,
)
from tools.ops.target import Target
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

TABLES = ("AWS::DynamoDB::GlobalTable", "AWS::DynamoDB::Table")


def refuse_loss(deployed: Template, planned: Template, accepted: frozenset[str] = frozenset()) -> None:
    """Raise a Problem that names each loss, but for the logical ids that the caller accepts to lose."""
    losses = [each for each in find_losses(deployed, planned) if each[0] not in accepted]
    if losses:
        listed = "\n".join(f"  {logical_id}: {loss}" for logical_id, loss in losses)
        ids = ",".join(sorted({logical_id for logical_id, _ in losses}))
        raise Problem(
            f"Nothing was deployed: data would be lost or left unprotected.\n{listed}\n"
            f"If that is what you want, name what may be lost: make deploy ... LOSE={ids}"
        )


def find_losses(deployed: Template, planned: Template) -> Iterator[tuple[str, str]]:
    """Yield each loss of data that the planned template would cause: logical id and description."""
    for logical_id, old in deployed.get("Resources", {}).items():
        if old["Type"] not in FIXED:
            continue
        new = planned["Resources"].get(logical_id)
        if new is None or new["Type"] != old["Type"]:
            yield logical_id, f"the {old['Type']} would be deleted, or left behind, no longer part of the stack"
        else:
            yield from ((logical_id, loss) for loss in changes(old, new))


def refuse_index_changes(deployed: Template, planned: Template) -> None:
    """Raise Problem where a table's indexes change in a way that DynamoDB refuses, with the deploys that work.

    DynamoDB makes or deletes one global index in an update, and changes neither the keys nor the projection of one.
    """
    tables = {name: one for name, one in deployed.get("Resources", {}).items() if one["Type"] in TABLES}
    problems = [
        f"  {name}: {each}"
        for name, old in tables.items()
        if (new := planned["Resources"].get(name, {})).get("Type") == old["Type"]
        for each in index_problems(old["Properties"], new["Properties"])
    ]
    if problems:
        raise Problem("\n".join(["Nothing was deployed: DynamoDB would refuse it.", *problems]))


def index_problems(old: Template, new: Template) -> Iterator[str]:
    """Yield what is wrong with the change of a table's global indexes."""
    before, after = indexes(old), indexes(new)
    for name in before.keys() & after.keys():
        if before[name] != after[name]:
            yield f"the index {name} changes: deploy it under a new name first, then delete the old one in a deploy"
    steps = [f"add {name}" for name in after if name not in before]
    steps += [f"delete {name}" for name in before if name not in after]
    if len(steps) > 1:
        yield f"{len(steps)} indexes are added or deleted at once: make one deploy for each ({', '.join(steps)})"


def indexes(properties: Template) -> Template:
    """Return the keys, their types and the projection of each global index, by its name."""
    types = {one["AttributeName"]: one["AttributeType"] for one in properties.get("AttributeDefinitions", ())}
    return {
        index["IndexName"]: (
            [(key["AttributeName"], key["KeyType"], types[key["AttributeName"]]) for key in index["KeySchema"]],
            index["Projection"].get("ProjectionType"),
            sorted(index["Projection"].get("NonKeyAttributes", ())),
        )
        for index in properties.get("GlobalSecondaryIndexes", ())
    }


def changes(old: Template, new: Template) -> Iterator[str]:
    """Yield the losses of one resource."""
    before, after = old.get("Properties", {}), new.get("Properties", {})
    for name in FIXED[old["Type"]]:
        if before.get(name) != after.get(name):
            yield f"it would be replaced by an empty one: {name} changes"
    if key_types(before) != key_types(after):
        yield "it would be replaced by an empty one: the type of a key changes"
    for policy in ("DeletionPolicy", "UpdateReplacePolicy"):
        if retains(old, policy) and not retains(new, policy):
            yield f"{policy} would no longer be {old[policy]}"
    kept = dict(protections(after))
    for place, protection in protections(before):
        if place not in kept:
            yield f"its {place} would be deleted"
        elif missing := protection - kept[place]:
            yield f"its {place} would lose {', '.join(sorted(missing))}"


def retains(resource: Template, policy: str) -> bool:
    """Return True if the policy keeps the resource: Retain, or RetainExceptOnCreate."""
    return str(resource.get(policy)).startswith("Retain")


def key_types(properties: Template) -> list[str]:
    """The types of a table's keys."""
    types = {one["AttributeName"]: one["AttributeType"] for one in properties.get("AttributeDefinitions", ())}
    return [types[key["AttributeName"]] for key in properties.get("KeySchema", ())]


def protections(properties: Template) -> Iterator[tuple[str, set[str]]]:
    """Yield the protections of the data, for the resource and each of its replicas."""
    for replica in properties.get("Replicas", ()):
        recovery = replica.get("PointInTimeRecoverySpecification", {})
        recorded = {
            "deletion protection": replica.get("DeletionProtectionEnabled"),
            "point-in-time recovery": recovery.get("PointInTimeRecoveryEnabled"),
        }
        yield f"replica in {json.dumps(replica['Region'])}", {name for name, on in recorded.items() if on}
    protected = {properties.get("DeletionProtection"), properties.get("DeletionProtectionEnabled")}
    yield "protection", {"deletion protection"} if protected & {"ACTIVE", True} else set()


def deployed_template(cloudformation: Any, stack: str) -> Template:
    """Return the template of a stack as it is deployed, its nested stacks included; an empty one if it is not there."""
    template = if_deployed(lambda: stack_template(cloudformation, stack)) or {}
    if not nested_stacks(template):
        return template
    names = {one.logical_id: one.physical_id for one in stack_resources(cloudformation, stack) if one.kind == NESTED}
    return with_nested(template, lambda name: stack_template(cloudformation, names[name]))


def guard(target: Target, assembly: Path, accepted: str) -> None:
    """Compare what was synthesized with what is deployed.

    accepted: logical ids of what may be lost, separated by commas. Raises Problem for any other loss.
    """
    template = json.loads((assembly / f"{target.stack}.template.json").read_text())
    planned = with_nested(template, partial(nested_template, assembly, template))
    deployed = deployed_template(target.clients("cloudformation"), target.stack)
    before, after = with_region(deployed, target.region), with_region(planned, target.region)
    refuse_loss(before, after, frozenset(accepted.split(",")))
    refuse_index_changes(before, after)


def with_region(template: Template, region: str) -> Template:
    """Return the template with its region by name: a stage may name one later."""
    named: Template = json.loads(json.dumps(template).replace('{"Ref": "AWS::Region"}', json.dumps(region)))
    return named
