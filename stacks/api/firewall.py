"""AWS WAF in front of the API: refuses known attacks, and addresses that send too many requests."""

from typing import Any

from aws_cdk import ArnFormat, Fn, RemovalPolicy, Stack
from aws_cdk import aws_apigateway as apigateway
from aws_cdk import aws_logs as logs
from aws_cdk import aws_wafv2 as waf
from constructs import Construct

from stacks.nag import accept
from stacks.stages import Stage

# AWS's rule groups, and those of their rules that would refuse legitimate requests: these only count.
MANAGED: dict[str, tuple[str, ...]] = {
    "AWSManagedRulesAmazonIpReputationList": (),
    "AWSManagedRulesKnownBadInputsRuleSet": (),
    "AWSManagedRulesCommonRuleSet": (
        "SizeRestrictions_BODY",  # refuses more than 8 KB; each route has a bound of its own (lambdas/rest/routes.py)
        "NoUserAgent_HEADER",  # programs may call without a name
        "CrossSiteScripting_BODY",  # a text may hold HTML: look at what they count before they refuse
        "GenericRFI_BODY",  # and a URL
    ),
}


class Firewall(Construct):
    """A web ACL on the API's stage; what it refuses is a 403."""

    def __init__(self, scope: Construct, *, api: apigateway.RestApi, stage: Stage) -> None:
        """Allow what no rule refuses."""
        super().__init__(scope, "Firewall")
        rules = [rate_rule(stage), *(managed_rule(name, counts) for name, counts in MANAGED.items())]
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
    name = f"aws-waf-logs-{stage.name}-{Fn.select(2, Fn.split('/', stack.stack_id))}"  # WAF asks for this prefix
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
            waf.CfnLoggingConfiguration.FieldToMatchProperty(query_string={}),
        ],
    )


def rate_rule(stage: Stage) -> dict[str, Any]:
    """Refuse an address while it sends more requests than the stage allows."""
    limit = waf.CfnWebACL.RateBasedStatementProperty(limit=stage.requests_per_address, aggregate_key_type="IP")
    return {
        "name": "RatePerAddress",
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
