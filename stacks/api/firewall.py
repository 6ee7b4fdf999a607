"""AWS WAF in front of the API: refuses known attacks, and addresses that send too many requests.

What comes through the CDN comes from CloudFront's addresses. So the CDN writes the address of the client into a header,
beside a mark by which the firewall knows that it was the CDN who did (stacks/cdn/cdn.py): a limit counts by that
header, another by the sender's address all that has no mark.
"""

from typing import Any

from aws_cdk import (
    ArnFormat,
    RemovalPolicy,
    Stack,
    aws_apigateway as apigateway,
    aws_logs as logs,
    aws_wafv2 as waf,
)
from constructs import Construct

from stacks.nag import accept
from stacks.nested import stack_uuid
from stacks.stage import Stage

# AWS's rule groups, and those of their rules that would refuse legitimate requests: these only count.
MANAGED: dict[str, tuple[str, ...]] = {
    "AWSManagedRulesAmazonIpReputationList": (),
    "AWSManagedRulesKnownBadInputsRuleSet": (),
    "AWSManagedRulesCommonRuleSet": (
        "SizeRestrictions_BODY",  # refuses more than 8 KB; each route has a limit (lambdas/rest/operation.py)
        "NoUserAgent_HEADER",  # programs may call without a name
        "CrossSiteScripting_BODY",  # a text may hold HTML: look at what they count before they refuse
        "GenericRFI_BODY",  # and a URL
    ),
}


CLIENT_HEADER, MARK_HEADER = "X-Client-Address", "X-Cdn-Mark"


class Firewall(Construct):
    """A web ACL on the API's stage; what it refuses is a 403."""

    def __init__(self, scope: Construct, *, api: apigateway.RestApi, stage: Stage) -> None:
        """Allow what no rule refuses."""
        super().__init__(scope, "Firewall")
        rates = [*([rate_of_clients(self, stage)] if stage.cdn else []), rate_of_senders(self, stage)]
        rules = [*rates, *(managed_rule(name, counts) for name, counts in MANAGED.items())]
        acl = waf.CfnWebACL(
            self,
            "Acl",
            scope="REGIONAL",
            default_action=waf.CfnWebACL.DefaultActionProperty(allow={}),
            rules=[rule(place, **each) for place, each in enumerate(rules)],
            visibility_config=visible("Firewall"),
        )
        waf.CfnWebACLAssociation(
            self, "Association", web_acl_arn=acl.attr_arn, resource_arn=api.deployment_stage.stage_arn
        )
        add_log(self, acl, stage)


def add_log(scope: Construct, acl: waf.CfnWebACL, stage: Stage) -> None:
    """Log the requests that a rule refuses or counts: with their addresses, but no credentials and no query."""
    stack = Stack.of(scope)
    name = f"aws-waf-logs-{stage.name}-{stack_uuid(scope)}"  # WAF asks for this prefix
    group = logs.LogGroup(
        scope, "Log", log_group_name=name, retention=stage.log_retention, removal_policy=RemovalPolicy.DESTROY
    )
    arn = stack.format_arn(
        service="logs",
        resource="log-group",
        resource_name=group.log_group_name,
        arn_format=ArnFormat.COLON_RESOURCE_NAME,
    )
    accept(group, CloudWatchLogGroupEncrypted="It is encrypted with CloudWatch's own key.")
    kept = [{"ActionCondition": {"Action": action}} for action in ("BLOCK", "COUNT", "EXCLUDED_AS_COUNT")]
    waf.CfnLoggingConfiguration(
        scope,
        "Logging",
        resource_arn=acl.attr_arn,
        log_destination_configs=[arn],
        logging_filter={
            "DefaultBehavior": "DROP",
            "Filters": [{"Behavior": "KEEP", "Requirement": "MEETS_ANY", "Conditions": kept}],
        },
        redacted_fields=[
            waf.CfnLoggingConfiguration.FieldToMatchProperty(single_header={"Name": "authorization"}),
            waf.CfnLoggingConfiguration.FieldToMatchProperty(single_header={"Name": MARK_HEADER.lower()}),
            waf.CfnLoggingConfiguration.FieldToMatchProperty(query_string={}),
        ],
    )


def marked(scope: Construct) -> waf.CfnWebACL.StatementProperty:
    """Match a request that the CDN sends."""
    as_it_is = waf.CfnWebACL.TextTransformationProperty(priority=0, type="NONE")
    match = waf.CfnWebACL.ByteMatchStatementProperty(
        field_to_match=waf.CfnWebACL.FieldToMatchProperty(single_header={"Name": MARK_HEADER.lower()}),
        positional_constraint="EXACTLY",
        search_string=stack_uuid(scope),  # the mark: who knew it could escape a limit, no more
        text_transformations=[as_it_is],
    )
    return waf.CfnWebACL.StatementProperty(byte_match_statement=match)


def rate_of_clients(scope: Construct, stage: Stage) -> dict[str, Any]:
    """Refuse a client of the CDN while it sends more requests than the stage allows."""
    header = waf.CfnWebACL.ForwardedIPConfigurationProperty(header_name=CLIENT_HEADER, fallback_behavior="NO_MATCH")
    limit = waf.CfnWebACL.RateBasedStatementProperty(
        limit=stage.requests_per_address,
        aggregate_key_type="FORWARDED_IP",
        forwarded_ip_config=header,
        scope_down_statement=marked(scope),
    )
    return rate_rule("RatePerClientOfTheCdn", limit)


def rate_of_senders(scope: Construct, stage: Stage) -> dict[str, Any]:
    """Refuse an address while it sends more requests than the stage allows, unless it is the CDN."""
    others = waf.CfnWebACL.NotStatementProperty(statement=marked(scope))
    limit = waf.CfnWebACL.RateBasedStatementProperty(
        limit=stage.requests_per_address,
        aggregate_key_type="IP",
        scope_down_statement=waf.CfnWebACL.StatementProperty(not_statement=others) if stage.cdn else None,
    )
    return rate_rule("RatePerAddress", limit)


def rate_rule(name: str, limit: waf.CfnWebACL.RateBasedStatementProperty) -> dict[str, Any]:
    """Refuse what goes beyond a limit."""
    return {
        "name": name,
        "statement": waf.CfnWebACL.StatementProperty(rate_based_statement=limit),
        "action": waf.CfnWebACL.RuleActionProperty(block={}),
    }


def managed_rule(name: str, counts: tuple[str, ...]) -> dict[str, Any]:
    """Refuse what one of AWS's rule groups refuses."""
    only_count = waf.CfnWebACL.RuleActionProperty(count={})
    overrides = [waf.CfnWebACL.RuleActionOverrideProperty(name=one, action_to_use=only_count) for one in counts]
    group = waf.CfnWebACL.ManagedRuleGroupStatementProperty(
        vendor_name="AWS", name=name, rule_action_overrides=overrides or None
    )
    return {
        "name": name,
        "statement": waf.CfnWebACL.StatementProperty(managed_rule_group_statement=group),
        "override_action": waf.CfnWebACL.OverrideActionProperty(none={}),
    }


def rule(place: int, *, name: str, **options: Any) -> waf.CfnWebACL.RuleProperty:
    """One rule at its place in the order."""
    return waf.CfnWebACL.RuleProperty(priority=place, name=name, visibility_config=visible(name), **options)


def visible(name: str) -> waf.CfnWebACL.VisibilityConfigProperty:
    """Count in CloudWatch, and keep samples of what was refused."""
    return waf.CfnWebACL.VisibilityConfigProperty(
        cloud_watch_metrics_enabled=True, sampled_requests_enabled=True, metric_name=name
    )
