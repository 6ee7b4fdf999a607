"""Files and the CDN as the template declares them: nothing is public, and only verified files can be read."""

import json
from dataclasses import replace

import pytest

from stacks.stage import WrongStage
from tests.support import stages
from tests.support.templates import PLAIN, WITH_FILES

BUCKET, POLICY = "AWS::S3::Bucket", "AWS::S3::BucketPolicy"
CERTIFICATE = "arn:aws:acm:us-east-1:123456789012:certificate/1"


@pytest.fixture(params=["local", "dev", "prod"])
def stage(request):
    return request.param


def found(template, kind, part=""):
    """The properties of the resources of a type whose logical ids hold a word."""
    return {name: one["Properties"] for name, one in template.find_resources(kind).items() if part in name}


def only(template, kind, part=""):
    """Those of the one resource of a type whose logical id holds a word."""
    (properties,) = found(template, kind, part).values()
    return properties


def statements(template, bucket):
    """The statements of the policy of a bucket: (effect, principal, action, condition)."""
    policy = only(template, POLICY, bucket)["PolicyDocument"]["Statement"]
    return [(one["Effect"], one["Principal"], one["Action"], one.get("Condition", {})) for one in policy]


def distribution(template):
    return only(template, "AWS::CloudFront::Distribution")["DistributionConfig"]


def behavior(template, pattern):
    (one,) = (one for one in distribution(template)["CacheBehaviors"] if one["PathPattern"] == pattern)
    return one


def test_a_service_without_files_has_no_bucket_of_files_and_no_function_for_them(template, stage):
    resources = template(stage, PLAIN).to_json()["Resources"]

    assert [name for name in resources if name.startswith(("Files", "Verification"))] == []


def test_a_stage_without_a_cdn_has_nothing_of_it(synthesize, stage):
    resources = synthesize(stages.named(stage), cdn=False).to_json()["Resources"]

    kinds = {one["Type"] for one in resources.values()}
    assert [kind for kind in kinds if kind.startswith(("AWS::CloudFront", "AWS::S3"))] == []


def test_files_without_a_cdn_are_refused_by_name(synthesize):
    with pytest.raises(WrongStage, match=r"dev: notes\.drawing are served by the CDN: set cdn=True"):
        synthesize(stages.named("dev"), WITH_FILES, cdn=False)


def test_no_bucket_is_public_or_takes_a_request_without_tls(template, stage):
    deployed = template(stage, WITH_FILES)

    for name, bucket in found(deployed, BUCKET).items():
        assert set(bucket["PublicAccessBlockConfiguration"].values()) == {True}
        assert bucket["BucketEncryption"]
        policy = statements(deployed, name[:-8])
        assert ("Deny", {"AWS": "*"}, "s3:*", {"Bool": {"aws:SecureTransport": "false"}}) in policy
        assert {str(who) for effect, who, *_ in policy if effect == "Allow"} <= {
            "{'Service': 'cloudfront.amazonaws.com'}"
        }
    for part in ("FilesUploads", "FilesPublished"):
        assert only(deployed, BUCKET, part)["OwnershipControls"] == {
            "Rules": [{"ObjectOwnership": "BucketOwnerEnforced"}]
        }
        assert ("Deny", {"AWS": "*"}, "s3:*", {"NumericLessThan": {"s3:TlsVersion": 1.2}}) in statements(deployed, part)


def test_nobody_but_the_distribution_reads_verified_files_and_nobody_at_all_reads_uploads(template, stage):
    deployed = template(stage, WITH_FILES)
    (cdn,) = found(deployed, "AWS::CloudFront::Distribution")

    ((_, who, action, condition),) = (one for one in statements(deployed, "FilesPublished") if one[0] == "Allow")
    assert (who, action) == ({"Service": "cloudfront.amazonaws.com"}, "s3:GetObject")
    assert cdn in json.dumps(condition["StringEquals"]["AWS:SourceArn"])
    assert [one for one in statements(deployed, "FilesUploads") if one[0] == "Allow"] == []


def test_an_upload_is_put_once_soon_after_it_was_signed_and_is_gone_the_day_after(template, stage):
    deployed = template(stage, WITH_FILES)

    denied = [rest for effect, _, *rest in statements(deployed, "FilesUploads") if effect == "Deny"]
    assert ["s3:PutObject", {"Null": {"s3:if-none-match": "true"}}] in denied
    assert ["s3:PutObject", {"NumericGreaterThan": {"s3:signatureAge": "900000"}}] in denied
    rules = only(deployed, BUCKET, "FilesUploads")["LifecycleConfiguration"]["Rules"]
    assert [one["ExpirationInDays"] for one in rules if "ExpirationInDays" in one] == [1]
    assert [one["NoncurrentVersionExpiration"] for one in rules if "ExpirationInDays" in one] == [{"NoncurrentDays": 1}]


def test_pages_of_the_stages_origins_and_its_own_alone_may_upload(synthesize):
    deployed = synthesize(stages.named("dev"), WITH_FILES, cors_origins=("https://a.example",))

    (rule,) = only(deployed, BUCKET, "FilesUploads")["CorsConfiguration"]["CorsRules"]
    own = "https://*.cloudfront.net"  # the site's
    assert (rule["AllowedOrigins"], rule["AllowedMethods"]) == (["https://a.example", own], ["PUT"])
    headers = only(deployed, "AWS::CloudFront::ResponseHeadersPolicy", "FileHeaders")["ResponseHeadersPolicyConfig"]
    assert headers["CorsConfig"]["AccessControlAllowOrigins"] == {"Items": ["https://a.example"]}


def test_the_queue_of_uploads_takes_messages_of_this_accounts_buckets_alone(template, stage):
    deployed = template(stage, WITH_FILES)
    (queue,) = (name for name in found(deployed, "AWS::SQS::Queue") if name.startswith("FilesQueue"))

    policies = found(deployed, "AWS::SQS::QueuePolicy").values()
    (policy,) = (one["PolicyDocument"] for one in policies if one["Queues"] == [{"Ref": queue}])
    (allowed,) = (one for one in policy["Statement"] if one["Effect"] == "Allow")
    assert (allowed["Principal"], allowed["Action"]) == ({"Service": "s3.amazonaws.com"}, "sqs:SendMessage")
    assert allowed["Condition"]["StringEquals"] == {"aws:SourceAccount": {"Ref": "AWS::AccountId"}}


def test_the_remover_hears_of_files_that_were_left_behind_and_no_stream_has_a_second_reader(template, stage):
    deployed = template(stage, WITH_FILES)

    (subscribed,) = found(deployed, "AWS::SNS::Subscription", "FilesRemoved").values()
    assert subscribed["FilterPolicy"] == {"removed_files": [{"exists": True}]}
    sources = [json.dumps(one["EventSourceArn"]) for one in found(deployed, "AWS::Lambda::EventSourceMapping").values()]
    assert [source for source in sources if "StreamArn" in source and sources.count(source) > 1] == []
    assert len([source for source in sources if "StreamArn" in source]) == len(WITH_FILES)


def test_the_cdn_reads_the_bucket_by_signature_and_serves_files_that_can_do_no_harm(template, stage):
    deployed = template(stage, WITH_FILES)
    access = only(deployed, "AWS::CloudFront::OriginAccessControl")["OriginAccessControlConfig"]
    headers = only(deployed, "AWS::CloudFront::ResponseHeadersPolicy", "FileHeaders")["ResponseHeadersPolicyConfig"]

    assert (access["SigningBehavior"], access["OriginAccessControlOriginType"]) == ("always", "s3")
    security = headers["SecurityHeadersConfig"]
    assert security["ContentTypeOptions"] == {"Override": True}
    assert security["ContentSecurityPolicy"]["ContentSecurityPolicy"] == (
        "default-src 'none'; sandbox; frame-ancestors 'none'"
    )
    assert "FileHeaders" in behavior(deployed, "/files/*")["ResponseHeadersPolicyId"]["Ref"]
    assert behavior(deployed, "/files/*").get("AllowedMethods", ["GET", "HEAD"]) == ["GET", "HEAD"]


def test_the_cache_key_of_the_api_is_all_that_its_answers_depend_on(template, stage):
    deployed = template(stage, WITH_FILES)
    policy = only(deployed, "AWS::CloudFront::CachePolicy")["CachePolicyConfig"]

    key = policy["ParametersInCacheKeyAndForwardedToOrigin"]
    assert key["QueryStringsConfig"] == {"QueryStringBehavior": "all"}
    assert key["CookiesConfig"] == {"CookieBehavior": "all"}
    assert key["HeadersConfig"]["Headers"] == ["Accept", "Authorization", "Origin"]
    assert (policy["MinTTL"], policy["DefaultTTL"]) == (0, 0)  # what does not say how long is not kept
    default = distribution(deployed)["DefaultCacheBehavior"]
    assert default["CachePolicyId"] == {"Ref": next(iter(found(deployed, "AWS::CloudFront::CachePolicy")))}
    assert {one["ErrorCachingMinTTL"] for one in distribution(deployed)["CustomErrorResponses"]} == {0}


def test_an_api_key_is_part_of_the_cache_key_where_a_stage_asks_for_one(synthesize):
    deployed = synthesize(stages.named("dev"), daily_quota=10_000)

    key = only(deployed, "AWS::CloudFront::CachePolicy")["CachePolicyConfig"]
    assert "X-Api-Key" in key["ParametersInCacheKeyAndForwardedToOrigin"]["HeadersConfig"]["Headers"]


def test_a_token_is_never_redirected_and_the_gateway_is_asked_by_tls_alone(template, stage):
    config = distribution(template(stage, PLAIN))
    (origin,) = (one for one in config["Origins"] if "CustomOriginConfig" in one)

    assert config["DefaultCacheBehavior"]["ViewerProtocolPolicy"] == "https-only"
    assert origin["CustomOriginConfig"] == {"OriginProtocolPolicy": "https-only", "OriginSSLProtocols": ["TLSv1.2"]}
    assert (config["HttpVersion"], config["DefaultCacheBehavior"]["Compress"]) == ("http2and3", True)


def test_a_domain_has_its_certificate_tls_1_2_and_records(synthesize):
    zone = ("Z1", "example.com")
    own = {"cdn_domain": "api.example.com", "cdn_certificate_arn": CERTIFICATE, "cdn_hosted_zone": zone}
    deployed = synthesize(stages.named("dev"), price_class="PriceClass_All", **own)

    config = distribution(deployed)
    assert (config["Aliases"], config["PriceClass"]) == (["api.example.com"], "PriceClass_All")
    assert config["ViewerCertificate"]["MinimumProtocolVersion"] == "TLSv1.2_2021"
    assert sorted(one["Type"] for one in found(deployed, "AWS::Route53::RecordSet").values()) == ["A", "AAAA"]


@pytest.mark.parametrize(
    "wrong",
    [
        {"cdn_domain": "api.example.com"},
        {"cdn_domain": "api.example.com", "cdn_certificate_arn": CERTIFICATE.replace("us-east-1", "eu-west-1")},
        {"cdn_hosted_zone": ("Z1", "example.com")},
    ],
)
def test_a_domain_that_could_not_be_deployed_is_refused(wrong):
    with pytest.raises(WrongStage, match="cdn_"):
        replace(stages.named("dev"), **wrong)
