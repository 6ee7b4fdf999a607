"""Findings of cdk-nag that we accept, each with its reason, beside the construct."""

import re

from aws_cdk import Acknowledgment, Stack, Token, Validations
from constructs import IConstruct

NUMBERED = "AwsSolutions"  # the pack whose rules have a code and a number: APIG6
NAMED = ("NIST.800.53.R5", "PCI.DSS.321", "Serverless")  # the packs whose rules have names: LambdaInsideVPC


def accept(construct: IConstruct, **reasons: str) -> None:
    """Accept findings in a construct, by rule: accept(stage, APIG6="...", APIGWSSLEnabled="...").

    All in one call: each waits for the CDK's process, and one for each finding was a third of a synthesis.
    """
    accepted = [
        Acknowledgment(id=f"{pack}::{pack}-{one}", reason=reason)
        for rule, reason in reasons.items()
        for one in dict.fromkeys((rule, resolved(construct, rule)))
        for pack in ((NUMBERED,) if re.match(r"[A-Z]+\d+(\[|$)", rule) else NAMED)
    ]
    if accepted:
        Validations.of(construct).acknowledge(*accepted)


def resolved(construct: IConstruct, rule: str) -> str:
    """Return a rule as cdk-nag may name it where the stage says its region: with that, and with the partition."""
    if "<AWS::" in rule:
        stack = Stack.of(construct)
        for name, value in {"Partition": stack.partition, "Region": stack.region}.items():
            rule = rule if Token.is_unresolved(value) else rule.replace(f"<AWS::{name}>", value)
    return rule


def accept_finding(construct: IConstruct, rule: str, reason: str) -> None:
    """Accept one finding of a rule that has several: IAM5[Resource::*]."""
    accept(construct, **{rule: reason})
