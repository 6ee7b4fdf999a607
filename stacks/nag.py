"""Findings of cdk-nag that we accept, each with its reason, beside the construct."""

import re

from aws_cdk import Acknowledgment, Validations
from constructs import IConstruct

NUMBERED = "AwsSolutions"  # the pack whose rules have a code and a number: APIG6
NAMED = ("NIST.800.53.R5", "PCI.DSS.321", "Serverless")  # the packs whose rules have names: LambdaInsideVPC


def accept(construct: IConstruct, **reasons: str) -> None:
    """Accept findings in a construct, by rule: accept(stage, APIG6="...", APIGWSSLEnabled="...")."""
    for rule, reason in reasons.items():
        accept_finding(construct, rule, reason)


def accept_finding(construct: IConstruct, rule: str, reason: str) -> None:
    """Accept one finding of a rule that has several: IAM5[Resource::*]."""
    packs = (NUMBERED,) if re.match(r"[A-Z]+\d+(\[|$)", rule) else NAMED
    for pack in packs:
        Validations.of(construct).acknowledge(Acknowledgment(id=f"{pack}::{pack}-{rule}", reason=reason))
