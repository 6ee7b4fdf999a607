"""Findings of cdk-nag that we accept, each with its reason, beside the construct."""

from aws_cdk import Acknowledgment, Validations
from constructs import IConstruct


def accept(construct: IConstruct, **reasons: str) -> None:
    """Accept findings of AwsSolutions rules in a construct: accept(stage, APIG6="...")."""
    for rule, reason in reasons.items():
        accept_finding(construct, rule, reason)


def accept_finding(construct: IConstruct, rule: str, reason: str) -> None:
    """Accept one finding of a rule that has several: IAM5[Resource::*]."""
    Validations.of(construct).acknowledge(Acknowledgment(id=f"AwsSolutions::AwsSolutions-{rule}", reason=reason))
