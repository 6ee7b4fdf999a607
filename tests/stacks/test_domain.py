"""A host name of the API's own, where the stage has one."""

import pytest

from stacks.names import SERVICE
from stacks.stage import WrongStage
from tests.support import stages

CERTIFICATE = "arn:aws:acm:eu-west-1:123456789012:certificate/1"
OWN = {"domain": "api.example.com", "certificate_arn": CERTIFICATE}


@pytest.fixture
def with_domain(synthesize):
    """The template of dev with a domain, and these settings."""
    return lambda **settings: synthesize(stages.named("dev"), **OWN, **settings)


def test_the_domain_serves_the_stage_with_the_certificate_and_the_apis_tls_policy(with_domain):
    template = with_domain()

    (name,) = template.find_resources("AWS::ApiGateway::DomainName").values()
    (api,) = template.find_resources("AWS::ApiGateway::RestApi").values()
    assert (name["Properties"]["DomainName"], name["Properties"]["RegionalCertificateArn"]) == (
        OWN["domain"],
        CERTIFICATE,
    )
    for policy in ("SecurityPolicy", "EndpointAccessMode"):
        assert name["Properties"][policy] == api["Properties"][policy]
    (mapping,) = template.find_resources("AWS::ApiGateway::BasePathMapping").values()
    assert "BasePath" not in mapping["Properties"]
    assert mapping["Properties"]["Stage"] == {"Ref": next(iter(template.find_resources("AWS::ApiGateway::Stage")))}


def test_the_output_has_the_domain(with_domain):
    outputs = with_domain().to_json()["Outputs"]

    assert outputs["ApiUrl"]["Value"] == "https://api.example.com/"
    assert "RegionalDomainName" in str(outputs["DomainTarget"]["Value"])


def test_the_record_is_made_in_the_hosted_zone_if_there_is_one(with_domain):
    assert with_domain().find_resources("AWS::Route53::RecordSet") == {}

    (record,) = with_domain(hosted_zone_id="Z123").find_resources("AWS::Route53::RecordSet").values()
    assert (record["Properties"]["Name"], record["Properties"]["Type"]) == ("api.example.com.", "A")
    assert record["Properties"]["HostedZoneId"] == "Z123"


@pytest.mark.parametrize(
    "settings",
    [{"domain": "api.example.com"}, {"certificate_arn": CERTIFICATE}, {"hosted_zone_id": "Z123"}],
)
def test_settings_that_do_not_go_together_are_refused(synthesize, settings):
    with pytest.raises(WrongStage, match="dev: domain and certificate_arn go together"):
        synthesize(stages.named("dev"), **settings)


def test_without_the_option_there_is_no_domain(template):
    assert template("prod").find_resources("AWS::ApiGateway::DomainName") == {}


def test_a_new_api_takes_over_the_domain_and_the_keys_of_the_one_before(synthesize):
    """Under other logical ids CloudFormation would make second ones first: a mapping is refused, a key is another."""
    template = synthesize(stages.named("dev"), daily_quota=10, **OWN)

    assert template.find_resources("AWS::ApiGateway::RestApi").keys() == {"RestApi"}
    (mapping,) = template.find_resources("AWS::ApiGateway::BasePathMapping")
    assert mapping.startswith(f"DomainNameMap{SERVICE.replace('-', '')}devApi")  # and a hash of the path in the tree
    assert template.find_resources("AWS::ApiGateway::ApiKey").keys() == {"ApiKey679C99C7"}
