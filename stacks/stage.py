"""Stages: the settings that one may have, and those that the project has (stages.py)."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Annotated, Literal, get_args, get_origin, get_type_hints

import msgspec
from aws_cdk import aws_logs as logs

from dynamodel import DeclarationError
from lambdas.rest.yours import explained

PriceClass = Literal["PriceClass_100", "PriceClass_200", "PriceClass_All"]
NAME = r"(?=.{1,26}$)[a-z][a-z0-9]*(-[a-z0-9]+)*"  # the sign-in pages' host begins with it: 63 characters, 37 of which
GLOBAL_ACL = r"arn:aws[a-z-]*:wafv2:us-east-1:\d{12}:global/webacl/."


class UnknownStage(DeclarationError):
    """The requested stage is not declared."""


class WrongStage(DeclarationError):
    """The settings of a stage contradict each other."""


@dataclass(frozen=True, kw_only=True)
class Stage:
    """One place the service is deployed to."""

    name: str
    keep_data: bool = False  # retained, deletion-protected, recoverable to any second of the last 35 days
    backups: bool = False  # daily and monthly copies, which outlive a table; $0.10 a GB and month for each copy kept
    own_key: bool = False  # a KMS key of ours, which can be disabled and audited; $1 a month, $0.03 for 10,000 uses
    region: str | None = None  # None: the caller's; own_key and replicas need one that is named
    replica_regions: tuple[str, ...] = ()  # copies that accept writes too; each adds the price of storage and writes
    replica_keys: tuple[tuple[str, str], ...] = ()  # with own_key: each replica's region, and the ARN of a key there
    domain: str = ""  # the API's own host name, api.example.com; "": the one that API Gateway gives
    certificate_arn: str = ""  # of a certificate for the domain in the stage's region (AWS Certificate Manager)
    hosted_zone_id: str = ""  # of the domain's zone in Route 53, for its record; "": the record is made elsewhere
    log_retention: logs.RetentionDays = logs.RetentionDays.ONE_WEEK
    requests_per_second: int = 50  # of each method, by all clients; of all methods together: the account's 10,000
    burst: int = 100  # requests of a method that may arrive at once
    daily_quota: int = 0  # requests that an API key may make; 0: no key is required (docs/security.md)
    firewall: bool = False  # AWS WAF before the API, direct or by the CDN; $10 a month, $0.70 a million requests
    requests_per_address: int = 2_000  # in five minutes, where there is a firewall
    callback_urls: tuple[str, ...] = ("http://localhost:3000/",)  # where a page takes its user after signing in
    cors_origins: tuple[str, ...] = ("*",)  # the pages that may call from a browser
    gateway_checks_fields: bool = False  # rejects invalid bodies without a function, with less detail (models.py)
    gradual: bool = False  # a tenth of the calls go to a new version first; four resources a function
    snap_start: bool = False  # functions start from a snapshot; it is billed while it is kept: $4 a function and month
    cdn: bool = True  # CloudFront in front of the API, the site and files; no monthly fee, see docs/operations.md
    docs: bool = True  # the site at /docs/ of the CDN, for everybody: guide, reference, browser of resources; no fee
    cdn_domain: str = ""  # of the CDN: api.example.com; empty: one of CloudFront's own
    cdn_certificate_arn: str = ""  # of that domain, in us-east-1: the only Region that CloudFront reads them from
    cdn_hosted_zone: tuple[str, str] | None = None  # id and name of its zone in Route 53, to add records
    price_class: PriceClass = "PriceClass_100"  # where CloudFront answers from: North America and Europe; _200, _All
    cdn_access_log: bool = False  # of every request to the CDN, with its address; $0.023 a GB and month in S3
    web_acl_arn: str = ""  # of a web ACL of yours that refuses at the CDN: of scope CLOUDFRONT, in us-east-1
    emulator: str = ""  # address of the emulator that the stage is deployed to; empty: AWS
    access_log: bool = True  # of the gateway; $0.50 a GB, about 350 bytes a request
    monitored: bool = True  # alarms ($0.10 a metric and month) and a dashboard ($3); the emulator has no metric math
    slow_ms: int = 1_000  # a p99 above it, for a quarter of an hour, pages
    alarm_email: str = ""  # is paged, once confirmed by its owner; "": alarms show on the dashboard only
    examples: bool = False  # the example workers of lambdas/workers/
    # of a stream's shard, each with its own items; Lambda runs so many at once
    stream_lanes: Annotated[int, msgspec.Meta(ge=1, le=10)] = 2
    may_publish: str = "sns:Publish"  # which AWS requires for PublishBatch, too; the emulator requires that by name
    log_role: bool = True  # where the account has none, API Gateway is given a role for logs; the emulator needs none
    table_ids: bool = True  # the emulator has no ids of tables: there, the table's name signs cursors
    wheels_for_host: bool = False  # the emulator runs the functions on this machine, not on Lambda's arm64

    def __post_init__(self) -> None:
        """Refuse what cannot be deployed."""
        self._check_types()
        if not re.fullmatch(NAME, self.name):
            raise WrongStage(f"{self.name}: a stage's name has 26 small letters, digits and single dashes at most")
        if (self.replica_regions or self.own_key) and self.region in (None, *self.replica_regions):
            raise WrongStage(
                f"{self.name}: replica_regions and own_key need a region, which is not one of the replicas'"
            )
        if self.cdn_domain and not (self.cdn and ":acm:us-east-1:" in self.cdn_certificate_arn):
            raise WrongStage(f"{self.name}: cdn_domain needs cdn=True and cdn_certificate_arn, of us-east-1")
        if self.web_acl_arn and not (self.cdn and re.match(GLOBAL_ACL, self.web_acl_arn)):
            raise WrongStage(
                f"{self.name}: web_acl_arn needs cdn=True and is that of an ACL of scope CLOUDFRONT, "
                "arn:aws:wafv2:us-east-1:ACCOUNT:global/webacl/NAME/ID; for the API itself: firewall=True"
            )
        if self.cdn_hosted_zone and not self.cdn_domain:
            raise WrongStage(f"{self.name}: cdn_hosted_zone needs the cdn_domain that its records are for")
        if self.own_key and {region for region, _ in self.replica_keys} != set(self.replica_regions):
            raise WrongStage(f"{self.name}: with own_key, replica_keys name a key for each of the replica_regions")
        if bool(self.domain) != bool(self.certificate_arn) or (self.hosted_zone_id and not self.domain):
            raise WrongStage(f"{self.name}: domain and certificate_arn go together; hosted_zone_id needs both")

    def _check_types(self) -> None:
        """Refuse a setting of another type or out of its range."""
        for name, kind in get_type_hints(type(self), include_extras=True).items():
            try:
                msgspec.convert(getattr(self, name), kind)
            except msgspec.ValidationError as error:
                reason = f"Expected {' or '.join(get_args(kind))}" if get_origin(kind) is Literal else error
                raise WrongStage(f"{self.name}: {name}={getattr(self, name)!r}: {reason}") from None

    @property
    def own_origins(self) -> list[str]:
        """The origins of the service's own pages, as a CORS rule of S3 has them.

        CloudFront gives a distribution its name, and that refers to the buckets: the rule says what it is like.
        A page elsewhere that fits has no signed address to send anything to.
        """
        if not (self.cdn and self.docs):
            return []
        return [f"https://{self.cdn_domain}" if self.cdn_domain else "https://*.cloudfront.net"]


def stages() -> Mapping[str, Stage]:
    """Return the stages by their names; what is wrong in them ends the command with one message."""
    with explained():
        from stacks.stages import STAGES

        named = STAGES.items() if isinstance(STAGES, dict) else ()
        if not named or any(getattr(one, "name", "") != name for name, one in named):
            raise WrongStage("stacks/stages.py needs STAGES, a dict of stages by their names.")
        return STAGES


def default() -> str:
    """Return the name of the stage where a command names none: the first one in AWS."""
    return next((name for name in stages() if name != "local"), "local")


def named(name: str) -> Stage:
    """Return the stage of that name. Raises UnknownStage."""
    if name not in stages():
        known = " or ".join(f"stage={one}" for one in stages())
        raise UnknownStage(f"stage={name} is not a stage: use {known} (stacks/stages.py).")
    return stages()[name]
