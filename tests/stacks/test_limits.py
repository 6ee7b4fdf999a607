"""Rates of requests: of everybody, of a route, with a key, from one address."""

from dataclasses import replace

import pytest

from stacks.stage import WrongStage
from tests.support import stages
from tests.support.edge import at_the_edge
from tests.support.gallery.notes import NOTES
from tests.support.gallery.parcels import PARCELS


def settings(template):
    """The throttling of the stage's methods: /parcels/batch POST -> (a second, at once)."""
    (stage,) = template.find_resources("AWS::ApiGateway::Stage").values()
    return {
        (one["ResourcePath"].replace("~1", "/").lstrip("/"), one["HttpMethod"]): (
            one["ThrottlingRateLimit"],
            one["ThrottlingBurstLimit"],
        )
        for one in stage["Properties"]["MethodSettings"]
    }


@pytest.mark.parametrize("stage", ["local", "dev", "prod"])
def test_batches_and_lists_may_not_take_all_that_the_stage_allows(template, stage):
    found = settings(template(stage, (PARCELS, NOTES)))

    rate, burst = found["*", "*"]
    assert found["parcels/batch", "POST"] == (rate / 10, burst / 10)
    assert found["parcels", "GET"] == found["parcels", "HEAD"] == (rate / 2, burst / 2)
    assert all(0 < each[0] <= rate and 1 <= each[1] <= burst for each in found.values())


@pytest.fixture(scope="module")
def with_keys(synthesize):
    """The development stage, if it asked for keys."""
    return synthesize(stages.named("dev"), (PARCELS,), daily_quota=1_000)


def test_a_stage_may_ask_for_keys_which_have_a_quota(with_keys):
    with_keys.has_resource_properties(
        "AWS::ApiGateway::UsagePlan",
        {"Quota": {"Limit": 1_000, "Period": "DAY"}, "Throttle": {"RateLimit": 25, "BurstLimit": 50}},
    )


def test_with_keys_every_function_is_behind_one(with_keys):
    methods = with_keys.find_resources("AWS::ApiGateway::Method").values()

    functions = [one["Properties"] for one in methods if one["Properties"]["Integration"]["Type"] == "AWS_PROXY"]
    assert functions
    assert all(one["ApiKeyRequired"] is True for one in functions)


def test_without_the_option_no_key_is_asked_for(template):
    assert template("prod").find_resources("AWS::ApiGateway::ApiKey") == {}
    for method in template("prod").find_resources("AWS::ApiGateway::Method").values():
        assert not method["Properties"].get("ApiKeyRequired", False)


def test_production_has_a_firewall_on_its_stage(template):
    (acl,) = template("prod").find_resources("AWS::WAFv2::WebACL").items()
    name, properties = acl[0], acl[1]["Properties"]

    template("prod").has_resource_properties(
        "AWS::WAFv2::WebACLAssociation", {"WebACLArn": {"Fn::GetAtt": [name, "Arn"]}}
    )
    rules = {rule["Name"]: rule for rule in properties["Rules"]}
    assert rules["RatePerAddress"]["Action"] == {"Block": {}}
    assert rules["RatePerAddress"]["Statement"]["RateBasedStatement"]["Limit"] == 2_000
    assert [rule["Priority"] for rule in properties["Rules"]] == [*range(len(rules))]


def test_a_client_of_the_cdn_is_limited_by_its_own_address_and_not_by_cloudfronts(template):
    """Requests through the CDN have CloudFront's addresses: by these, few clients would use up the limit of all."""
    deployed = template("prod")
    (acl,) = deployed.find_resources("AWS::WAFv2::WebACL").values()
    limits = {one["Name"]: one["Statement"]["RateBasedStatement"] for one in acl["Properties"]["Rules"][:2]}
    (distribution,) = deployed.find_resources("AWS::CloudFront::Distribution").values()
    config = distribution["Properties"]["DistributionConfig"]

    (marks,) = (one["OriginCustomHeaders"] for one in config["Origins"] if "OriginCustomHeaders" in one)
    clients, others = limits["RatePerClientOfTheCdn"], limits["RatePerAddress"]
    marked = clients["ScopeDownStatement"]
    assert others["ScopeDownStatement"] == {"NotStatement": {"Statement": marked}}
    assert marked["ByteMatchStatement"]["FieldToMatch"] == {"SingleHeader": {"Name": marks[0]["HeaderName"].lower()}}
    assert marked["ByteMatchStatement"]["SearchString"] == marks[0]["HeaderValue"]
    assert "AWS::StackId" in str(marks[0]["HeaderValue"])
    assert (clients["AggregateKeyType"], others["AggregateKeyType"]) == ("FORWARDED_IP", "IP")
    header = clients["ForwardedIPConfig"]["HeaderName"]
    (function,) = config["DefaultCacheBehavior"]["FunctionAssociations"]
    code = deployed.properties("CloudFront::Function")[function["FunctionARN"]["Fn::GetAtt"][0]]["FunctionCode"]
    forged = {"headers": {header.lower(): {"value": "198.51.100.1"}}}
    told = at_the_edge(code, request=forged, viewer={"ip": "203.0.113.9"})
    assert told["headers"] == {header.lower(): {"value": "203.0.113.9"}}


def test_without_a_cdn_every_address_is_the_senders_and_without_a_firewall_the_cdn_marks_nothing(synthesize):
    (acl,) = synthesize(stages.named("prod"), cdn=False).find_resources("AWS::WAFv2::WebACL").values()
    (distribution,) = synthesize(stages.named("dev")).find_resources("AWS::CloudFront::Distribution").values()

    limits = [one["Statement"].get("RateBasedStatement") for one in acl["Properties"]["Rules"]]
    assert [one for one in limits if one] == [{"AggregateKeyType": "IP", "Limit": 2_000}]
    config = distribution["Properties"]["DistributionConfig"]
    assert not [one for one in config["Origins"] if "OriginCustomHeaders" in one]
    assert "FunctionAssociations" not in config["DefaultCacheBehavior"]


@pytest.mark.parametrize(
    "wrong",
    [
        {"web_acl_arn": "arn:aws:wafv2:eu-west-1:123456789012:regional/webacl/mine/1"},
        {"web_acl_arn": "mine"},
        {"web_acl_arn": "arn:aws:wafv2:us-east-1:123456789012:global/webacl/mine/1", "cdn": False},
    ],
)
def test_an_acl_that_no_cdn_could_have_is_refused(wrong):
    with pytest.raises(WrongStage, match="web_acl_arn needs cdn=True"):
        replace(stages.named("dev"), **wrong)


def test_an_acl_of_the_teams_own_is_attached_to_the_cdn(synthesize):
    arn = "arn:aws:wafv2:us-east-1:123456789012:global/webacl/mine/1"
    template = synthesize(stages.named("dev"), web_acl_arn=arn)

    (distribution,) = template.find_resources("AWS::CloudFront::Distribution").values()
    assert distribution["Properties"]["DistributionConfig"]["WebACLId"] == arn


def test_the_firewall_passes_a_body_that_a_route_accepts(template):
    (acl,) = template("prod").find_resources("AWS::WAFv2::WebACL").values()

    groups = (rule["Statement"].get("ManagedRuleGroupStatement", {}) for rule in acl["Properties"]["Rules"])
    counted = {one["Name"]: one["ActionToUse"] for group in groups for one in group.get("RuleActionOverrides", ())}
    for rule in ("SizeRestrictions_BODY", "CrossSiteScripting_BODY", "GenericRFI_BODY"):
        assert counted[rule] == {"Count": {}}


def test_the_firewall_logs_what_it_refuses_and_counts_without_credentials(template):
    (logging,) = template("prod").find_resources("AWS::WAFv2::LoggingConfiguration").values()
    properties = logging["Properties"]

    kept = properties["LoggingFilter"]["Filters"][0]["Conditions"]
    assert properties["LoggingFilter"]["DefaultBehavior"] == "DROP"
    assert {one["ActionCondition"]["Action"] for one in kept} == {"BLOCK", "COUNT", "EXCLUDED_AS_COUNT"}
    assert {"SingleHeader": {"Name": "authorization"}} in properties["RedactedFields"]
    (group,) = [
        one["Properties"]
        for name, one in template("prod").find_resources("AWS::Logs::LogGroup").items()
        if name.startswith("FirewallLog")
    ]
    assert "aws-waf-logs-prod-" in str(group["LogGroupName"])  # WAF accepts no other prefix
    assert "AWS::StackId" in str(group["LogGroupName"])


def test_other_stages_cost_nothing_by_the_month(template):
    assert template("dev").find_resources("AWS::WAFv2::WebACL") == {}
