"""Rates of requests: of everybody, of a route, with a key, from one address."""

import pytest

from tests.support import stages
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
    found = settings(template(stage, (PARCELS,)))

    rate, burst = found["*", "*"]
    assert found["parcels/batch", "POST"] == (rate / 10, burst / 10)
    assert found["parcels", "GET"] == found["parcels", "HEAD"] == (rate / 2, burst / 2)
    assert all(0 < each[0] <= rate and 1 <= each[1] <= burst for each in found.values())


@pytest.fixture(scope="module")
def with_keys(synthesize):
    """The development stage, if it asked for keys."""
    return synthesize(stages.named("dev"), daily_quota=10_000)


def test_a_stage_may_ask_for_keys_which_have_a_quota(with_keys):
    with_keys.has_resource_properties(
        "AWS::ApiGateway::UsagePlan",
        {"Quota": {"Limit": 10_000, "Period": "DAY"}, "Throttle": {"RateLimit": 25, "BurstLimit": 50}},
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


def test_the_firewall_lets_a_body_through_that_a_route_takes(template):
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
