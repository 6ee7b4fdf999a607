"""The site at /docs/ of the CDN: what the template has of it and what the CDN makes of an address."""

import json
from dataclasses import replace

import pytest

from stacks.cdn.cdn import ADD_INDEX
from stacks.stage import WrongStage
from tests.support import stages
from tests.support.edge import at_the_edge
from tests.support.gallery.parcels import PARCELS
from tests.support.roles import actions
from tests.support.templates import WITH_FILES

BUCKET, FUNCTION = "AWS::S3::Bucket", "AWS::Lambda::Function"


@pytest.fixture(params=["local", "dev", "prod"])
def stage(request):
    return request.param


def resources(template, kind):
    return {name: one["Properties"] for name, one in template.find_resources(kind).items()}


def behaviors(template):
    (distribution,) = resources(template, "AWS::CloudFront::Distribution").values()
    return {one["PathPattern"]: one for one in distribution["DistributionConfig"].get("CacheBehaviors", ())}


def headers(template):
    policies = resources(template, "AWS::CloudFront::ResponseHeadersPolicy")
    (policy,) = (one["ResponseHeadersPolicyConfig"] for name, one in policies.items() if "SiteHeaders" in name)
    return policy["SecurityHeadersConfig"]


@pytest.mark.parametrize("without", [{"docs": False}, {"cdn": False}])
def test_a_stage_without_the_site_has_nothing_of_it(synthesize, stage, without):
    template = synthesize(stages.named(stage), **without).to_json()

    assert [name for name in template["Resources"] if name.startswith("Site") or "AddIndex" in name] == []
    assert "DocsUrl" not in template["Outputs"]


def test_the_cdn_answers_docs_from_a_bucket_that_it_alone_reads(template, stage):
    deployed = template(stage, WITH_FILES)
    (bucket,) = (name for name in resources(deployed, BUCKET) if name.startswith("SitePages"))
    (policy,) = (one for one in resources(deployed, "AWS::S3::BucketPolicy").values() if one["Bucket"]["Ref"] == bucket)

    assert {"/docs", "/docs/*"} <= behaviors(deployed).keys()
    allowed = [one for one in policy["PolicyDocument"]["Statement"] if one["Effect"] == "Allow"]
    assert [one["Principal"] for one in allowed] == [{"Service": "cloudfront.amazonaws.com"}]
    assert "CdnDistribution" in json.dumps(allowed[0]["Condition"]["StringEquals"]["AWS:SourceArn"])
    properties = resources(deployed, BUCKET)[bucket]
    assert set(properties["PublicAccessBlockConfiguration"].values()) == {True}
    assert properties["VersioningConfiguration"] == {"Status": "Enabled"}


def test_pages_may_connect_to_what_the_stage_has_and_nobody_may_frame_them(template):
    policy = headers(template("dev", WITH_FILES))["ContentSecurityPolicy"]["ContentSecurityPolicy"]

    text = json.dumps(policy)
    assert "frame-ancestors 'none'; connect-src 'self' https://" in text
    assert "IdentityUsersDomain" in text
    assert "FilesUploads" in text


@pytest.mark.parametrize("own", [{}, {"cdn_domain": "api.example.com"}])
def test_people_come_back_to_the_site_after_signing_in_and_may_upload_from_it(synthesize, own):
    own = own and {**own, "cdn_certificate_arn": "arn:aws:acm:us-east-1:123456789012:certificate/1"}
    deployed = synthesize(stages.named("prod"), WITH_FILES, **own)

    (browser,) = (one for one in resources(deployed, "AWS::Cognito::UserPoolClient").values() if "CallbackURLs" in one)
    expected = own.get("cdn_domain") or "DomainName"
    assert [one for one in browser["CallbackURLs"] if expected in str(one) and "/docs/browse.html" in str(one)]
    (cors,) = (one["CorsConfiguration"] for one in resources(deployed, BUCKET).values() if "CorsConfiguration" in one)
    origin = f"https://{own.get('cdn_domain', '*.cloudfront.net')}"
    assert cors["CorsRules"][0]["AllowedOrigins"] == ["https://localhost", origin]


def test_a_resource_that_the_site_would_hide_is_refused_by_name(synthesize):
    with pytest.raises(WrongStage, match="dev: the CDN has /docs for itself: give the resource docs another path"):
        synthesize(stages.named("dev"), (replace(PARCELS, path="docs"),))


@pytest.mark.parametrize(
    ("uri", "asked"),
    [
        ("/docs/", "/docs/index.html"),
        ("/docs/errors.html", "/docs/errors.html"),
        ("/docs/assets/", "/docs/assets/index.html"),
    ],
)
def test_a_folder_is_asked_for_by_its_index(uri, asked):
    assert at_the_edge(ADD_INDEX, request={"uri": uri}) == {"uri": asked}


def test_docs_without_a_slash_leads_to_docs_with_one():
    answer = at_the_edge(ADD_INDEX, request={"uri": "/docs"})

    assert (answer["statusCode"], answer["headers"]) == (301, {"location": {"value": "/docs/"}})


def test_the_publisher_may_what_publishing_needs_and_reads_only_what_was_uploaded_for_the_deployment(template, stage):
    roles = resources(template(stage, WITH_FILES), "AWS::IAM::Role")
    (role,) = (one for name, one in roles.items() if name.startswith("SitePublish"))

    statements = role["Policies"][0]["PolicyDocument"]["Statement"]
    assert {action for one in statements for action in actions(one) if action.startswith("s3:")} == {
        *("s3:ListBucket", "s3:ListBucketVersions", "s3:PutObject", "s3:DeleteObject", "s3:DeleteObjectVersion"),
        *(["s3:GetObject"] if any("s3:GetObject" in actions(one) for one in statements) else []),
    }
