"""What cdk-nag finds and we keep, each with its reason, said where the construct is made."""

from aws_cdk import Acknowledgment, Validations
from constructs import IConstruct


def accept(construct: IConstruct, **reasons: str) -> None:
    """Keep what rules of AwsSolutions find in a construct: accept(stage, APIG6="..."). `make check` finds the rest."""
    for rule, reason in reasons.items():
        accept_finding(construct, rule, reason)


def accept_finding(construct: IConstruct, rule: str, reason: str) -> None:
    """Keep one finding of a rule that has several: IAM5[Resource::*]."""
    Validations.of(construct).acknowledge(Acknowledgment(id=f"AwsSolutions::AwsSolutions-{rule}", reason=reason))
