"""The site's bucket, and what publishes the site there in a deployment.

It is a custom resource: `cdk deploy` alone is enough, the deployer needs no permission on the bucket, and the settings
of the stage, which CloudFormation alone knows, are written with the pages. CDK's `BucketDeployment` would bring the AWS
CLI as a layer of 20 MB, and need one of its kind for each `Cache-Control`.
"""

from collections.abc import Sequence
from pathlib import Path

from aws_cdk import (
    Annotations,
    AssetHashType,
    CfnOutput,
    CustomResource,
    Duration,
    Stack,
    aws_apigateway as apigateway,
    aws_s3_assets as s3_assets,
)
from constructs import Construct

from lambdas.files.serving import SITE
from stacks.api.identity import Identity
from stacks.cdn.cdn import Cdn
from stacks.files.bucket import PrivateBucket, accept_objects
from stacks.functions.assets import ROOT, bundling, run
from stacks.functions.function import Function, allow
from stacks.nag import accept_finding
from stacks.stage import Stage

SOURCE = ROOT / "site"
BUILT_WITH = (SOURCE, ROOT / "tools" / "site", ROOT / "node_modules" / "swagger-ui-dist")
TIMEOUT = Duration.minutes(2)


class Site(Construct):
    """The pages, at /docs/ of the CDN."""

    def __init__(
        self,
        scope: Construct,
        *,
        cdn: Cdn,
        api: apigateway.RestApi,
        identity: Identity,
        may_connect: Sequence[str],
        stage: Stage,
    ) -> None:
        """Make the bucket and publish the pages.

        Args:
            scope: The stack.
            cdn: Serves the pages, and the API at the same address.
            api: What the pages are about.
            identity: Gives them tokens.
            may_connect: Further addresses that they send requests to: of uploads, of live changes.
            stage: The stage.
        """
        super().__init__(scope, "Site")
        bucket = PrivateBucket(self, "Pages", stage=stage, keep=False, old_versions_days=1)
        settings = {"signInUrl": identity.domain.base_url(), "clientId": identity.browser.user_pool_client_id}
        if stage.emulator:
            # Its CDN does not reach the API: pages ask the emulator itself, which is the other hosts too.
            at = f"{stage.emulator}/_aws/execute-api/{api.rest_api_id}/{stage.name}"
            settings |= {"signInUrl": stage.emulator, "apiUrl": at}
            may_connect = [stage.emulator.replace("http", "ws", 1)]
        cdn.add_site(bucket, stage.emulator or settings["signInUrl"], *may_connect)
        content = self.content()
        permissions = [
            allow("s3:ListBucket", "s3:ListBucketVersions", on=bucket.bucket_arn),
            allow("s3:PutObject", "s3:DeleteObject", "s3:DeleteObjectVersion", on=bucket.arn_for_objects("*")),
        ]
        if content:  # not the key alone: a policy that changes with each deployment may not hold yet when it is needed
            permissions.append(allow("s3:GetObject", on=content.bucket.arn_for_objects("*")))
        publisher = Function(
            self,
            "Publish",
            handler="lambdas.deploy.publish_site.handler",
            stage=stage,
            memory=512,
            timeout=TIMEOUT,
            permissions=permissions,
        )
        accept_objects(publisher, bucket)
        if content:
            accept_uploads(publisher, content)
        published = CustomResource(
            self,
            "Published",
            resource_type="Custom::Site",
            service_token=publisher.function.function_arn,
            service_timeout=TIMEOUT,
            properties={
                "Bucket": bucket.bucket_name,
                "Settings": Stack.of(self).to_json_string(settings),
                **({"ContentBucket": content.s3_bucket_name, "ContentKey": content.s3_object_key} if content else {}),
            },
        )
        published.node.add_dependency(bucket)  # its policy as well
        CfnOutput(Stack.of(self), "DocsUrl", value=f"{cdn.url}/{SITE}/")

    def content(self) -> s3_assets.Asset | None:
        """The built site; None, with a warning, where it cannot be built: then the pages stay as they are."""
        missing = [path.relative_to(ROOT) for path in BUILT_WITH if not path.exists()]
        if missing:
            Annotations.of(self).add_warning_v2(
                "site:not-built", f"{missing[0]} is missing, so the site at /{SITE}/ is not published: `npm ci` first."
            )
            return None
        return s3_assets.Asset(
            self, "Content", path=str(SOURCE), asset_hash_type=AssetHashType.OUTPUT, bundling=bundling(build)
        )


def own_pages(cdn: Cdn | None, stage: Stage) -> list[str]:
    """The pages to which people come back from signing in."""
    return [f"{cdn.url}/{SITE}/browse.html"] if cdn and stage.docs else []


def accept_uploads(publisher: Function, content: s3_assets.Asset) -> None:
    """Accept cdk-nag's finding that the role reads all that was uploaded for deployments."""
    bucket = Stack.of(publisher).resolve(content.s3_bucket_name)  # text, where a stage names account and region
    name = (bucket if isinstance(bucket, str) else bucket["Fn::Sub"]).replace("${", "<").replace("}", ">")
    reason = "The site has another key there each time; the policy must hold before the key is there."
    accept_finding(publisher.node.find_child("Role"), f"IAM5[Resource::arn:<AWS::Partition>:s3:::{name}/*]", reason)


def build(output: Path) -> None:
    """Build the site into a folder. Raises BuildFailed with what is wrong with its pages."""
    run("", "tools.site.build", str(output))
