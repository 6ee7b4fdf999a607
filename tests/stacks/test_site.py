"""The site at /docs/ of the CDN: what the template has of it, what the CDN makes of an address, and its publication."""

import json
import zipfile
from dataclasses import replace
from io import BytesIO

import boto3
import pytest
from moto import mock_aws

from lambdas.deploy import publish_site
from stacks.cdn.cdn import ADD_INDEX
from stacks.stage import WrongStage
from tests.support import stages
from tests.support.cloudformation import invoke
from tests.support.edge import at_the_edge
from tests.support.gallery.notes import NOTES
from tests.support.gallery.parcels import PARCELS
from tests.support.roles import actions

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
    template = synthesize(stages.named(stage), (PARCELS,), **without).to_json()

    assert [name for name in template["Resources"] if name.startswith("Site") or "AddIndex" in name] == []
    assert "DocsUrl" not in template["Outputs"]


def test_the_cdn_answers_docs_from_a_bucket_that_it_alone_reads(template, stage):
    deployed = template(stage, (PARCELS,))
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
    policy = headers(template("dev", (NOTES,)))["ContentSecurityPolicy"]["ContentSecurityPolicy"]

    text = json.dumps(policy)
    assert "frame-ancestors 'none'; connect-src 'self' https://" in text
    assert "IdentityUsersDomain" in text
    assert "FilesUploads" in text


@pytest.mark.parametrize("own", [{}, {"cdn_domain": "api.example.com"}])
def test_people_come_back_to_the_site_after_signing_in_and_may_upload_from_it(synthesize, own):
    own = own and {**own, "cdn_certificate_arn": "arn:aws:acm:us-east-1:123456789012:certificate/1"}
    deployed = synthesize(stages.named("prod"), (NOTES,), **own)

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


@pytest.fixture
def storage():
    """S3 with the buckets of the CDK and of the site."""
    with mock_aws():
        client = boto3.client("s3")
        for bucket in ("cdk", "site"):
            client.create_bucket(Bucket=bucket)
            versioned = {"Status": "Enabled"}
            client.put_bucket_versioning(Bucket=bucket, VersioningConfiguration=versioned)
        yield client


@pytest.fixture
def deploy(storage):
    """Deploy a site of these files, as CloudFormation does: the report."""

    def deploy(files, kind="Create", **more):
        archive = BytesIO()
        with zipfile.ZipFile(archive, "w") as packed:
            for name, body in files.items():
                packed.writestr(f"docs/{name}", body)
        storage.put_object(Bucket="cdk", Key="a.zip", Body=archive.getvalue())
        given = {
            "Bucket": "site",
            "Settings": '{"clientId":"c"}',
            "ContentBucket": "cdk",
            "ContentKey": "a.zip",
            **more,
        }
        return invoke(publish_site.handler, kind, {name: value for name, value in given.items() if value})

    return deploy


SITE = {"index.html": "<p>", "assets/1/js/a.js": "1", "assets/1/css/a.css": "", "openapi.json": "{}", "i.svg": "<svg/>"}


def stored(storage):
    """The type and the lifetime of each file, as a browser gets them."""
    keys = [one["Key"] for one in storage.list_objects_v2(Bucket="site").get("Contents", ())]
    heads = {key: storage.head_object(Bucket="site", Key=key) for key in keys}
    return {key: (head["ContentType"], head["CacheControl"]) for key, head in heads.items()}


def test_files_have_their_types_and_only_what_has_a_path_of_its_own_is_kept_for_long(storage, deploy):
    assert deploy(SITE)["Status"] == "SUCCESS"

    short, long = "public, max-age=60", "public, max-age=31536000, immutable"
    assert stored(storage) == {
        "docs/index.html": ("text/html; charset=utf-8", short),
        "docs/assets/1/js/a.js": ("text/javascript; charset=utf-8", long),
        "docs/assets/1/css/a.css": ("text/css; charset=utf-8", long),
        "docs/openapi.json": ("application/json", short),
        "docs/i.svg": ("image/svg+xml", short),
        "docs/config.json": ("application/json", short),
    }
    assert storage.get_object(Bucket="site", Key="docs/config.json")["Body"].read() == b'{"clientId":"c"}'


def test_a_new_site_replaces_the_old_one(storage, deploy):
    deploy(SITE)

    deploy({"index.html": "<h1>", "assets/2/js/a.js": "2"}, "Update")

    assert stored(storage).keys() == {"docs/index.html", "docs/assets/2/js/a.js", "docs/config.json"}


def test_a_deployment_that_could_not_build_the_site_leaves_the_one_that_is_there(storage, deploy):
    deploy(SITE)
    before = stored(storage)

    assert deploy({}, "Update", ContentKey="")["Status"] == "SUCCESS"

    assert stored(storage) == before


def test_with_the_stack_every_version_goes_so_that_the_bucket_can_be_deleted(storage, deploy):
    deploy(SITE)
    deploy({"index.html": "<h1>"}, "Update")

    assert deploy({}, "Delete")["Status"] == "SUCCESS"

    storage.delete_bucket(Bucket="site")


def test_a_failed_publication_is_reported_to_cloudformation(storage, deploy):
    assert storage

    report = deploy(SITE, Bucket="elsewhere")

    assert (report["Status"], "NoSuchBucket" in report["Reason"]) == ("FAILED", True)


def test_the_publisher_may_what_publishing_needs_and_reads_only_what_was_uploaded_for_the_deployment(template, stage):
    roles = resources(template(stage, (PARCELS,)), "AWS::IAM::Role")
    (role,) = (one for name, one in roles.items() if name.startswith("SitePublish"))

    statements = role["Policies"][0]["PolicyDocument"]["Statement"]
    assert {action for one in statements for action in actions(one) if action.startswith("s3:")} == {
        *("s3:ListBucket", "s3:ListBucketVersions", "s3:PutObject", "s3:DeleteObject", "s3:DeleteObjectVersion"),
        *(["s3:GetObject"] if any("s3:GetObject" in actions(one) for one in statements) else []),
    }
