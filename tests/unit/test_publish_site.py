"""The function that publishes the site: what a browser gets of it, and what is left when it goes."""

import zipfile
from io import BytesIO

import boto3
import pytest
from moto import mock_aws

from lambdas.deploy import publish_site
from tests.support.cloudformation import invoke


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
