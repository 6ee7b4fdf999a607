"""What differs between the stages; everything else is the same template."""

from dataclasses import dataclass

from aws_cdk import aws_logs as logs


class UnknownStage(Exception):
    """The stage asked for is not one of those below."""


@dataclass(frozen=True, kw_only=True)
class Stage:
    """One place the service is deployed to."""

    name: str
    keep_data: bool = False  # retained, deletion-protected, recoverable to any second of the last 35 days
    log_retention: logs.RetentionDays = logs.RetentionDays.ONE_WEEK
    requests_per_second: int = 50  # of all clients together; the account's own limit is 10,000
    burst: int = 100  # requests that may arrive at once
    daily_quota: int = 0  # requests that an API key may make; 0 asks for no key (docs/security.md)
    firewall: bool = False  # AWS WAF in front: 9 USD a month (an ACL and four rules) and 0.60 USD a million requests
    requests_per_address: int = 2_000  # in five minutes, where there is a firewall
    callback_urls: tuple[str, ...] = ("http://localhost:3000/",)  # where a page takes its user after signing in
    cors_origins: tuple[str, ...] = ("*",)  # the pages that may call from a browser
    gateway_checks_fields: bool = False  # refuses wrong bodies without a function, and tells less of them (models.py)
    wheels_for_host: bool = False  # the emulator runs the functions on this machine, not on Lambda's arm64


STAGES = {
    stage.name: stage
    for stage in (
        Stage(name="local", requests_per_second=1_000, burst=2_000, wheels_for_host=True),
        Stage(name="dev"),
        Stage(
            name="prod",
            keep_data=True,
            log_retention=logs.RetentionDays.ONE_YEAR,
            requests_per_second=1_000,
            burst=2_000,
            firewall=True,
            callback_urls=("https://localhost/",),  # put the address of your page here
            cors_origins=("https://localhost",),  # and its origin here
        ),
    )
}


def named(name: str) -> Stage:
    """Give the stage of that name."""
    if name not in STAGES:
        raise UnknownStage(f"There is no stage {name!r}; the stages are {', '.join(STAGES)} (stacks/stages.py).")
    return STAGES[name]
