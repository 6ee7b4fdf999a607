"""Findings of cdk-nag that we accept, each with its reason, beside the construct."""

import re

from aws_cdk import Acknowledgment, Validations
from constructs import IConstruct

NUMBERED = "AwsSolutions"  # the pack whose rules have a code and a number: APIG6
NAMED = ("NIST.800.53.R5", "PCI.DSS.321", "Serverless")  # the packs whose rules have names: LambdaInsideVPC


def accept(construct: IConstruct, **reasons: str) -> None:
    """Accept findings in a construct, by rule: accept(stage, APIG6="...", APIGWSSLEnabled="...").

    All in one call: each waits for the CDK's process, and one for each finding was a third of a synthesis.
    """
    accepted = [
        Acknowledgment(id=f"{pack}::{pack}-{rule}", reason=reason)
        for rule, reason in reasons.items()
        for pack in ((NUMBERED,) if re.match(r"[A-Z]+\d+(\[|$)", rule) else NAMED)
    ]
    if accepted:
        Validations.of(construct).acknowledge(*accepted)


def accept_finding(construct: IConstruct, rule: str, reason: str) -> None:
    """Accept one finding of a rule that has several: IAM5[Resource::*]."""
    accept(construct, **{rule: reason})
