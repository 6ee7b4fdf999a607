"""One distribution: the API, the site below /docs/, and verified files below /files/."""

from collections.abc import Iterable
from typing import Any, cast
from urllib.parse import urlsplit

from aws_cdk import (
    Annotations,
    CfnOutput,
    Duration,
    Fn,
    RemovalPolicy,
    Stack,
    aws_apigateway as apigateway,
    aws_certificatemanager as acm,
    aws_cloudfront as cloudfront,
    aws_cloudfront_origins as origins,
    aws_route53 as route53,
    aws_route53_targets as targets,
    aws_s3 as s3,
)
from constructs import Construct

from lambdas.files.serving import PREFIX, SITE, TAG_HEADER
from lambdas.rest.resource import Resource
from stacks.api.firewall import CLIENT_HEADER, MARK_HEADER
from stacks.cdn import policies
from stacks.nag import accept
from stacks.nested import stack_uuid
from stacks.stage import Stage, WrongStage

ERRORS = (400, 403, 404, 405, 414, 416, 500, 501, 502, 503, 504)  # those that CloudFront would keep for ten seconds
LOG_KEPT_FOR = Duration.days(90)  # it holds addresses of people
ADD_INDEX = f"""\
function handler(event) {{
  var request = event.request;
  if (request.uri === '/{SITE}') {{
    return {{statusCode: 301, statusDescription: 'Moved Permanently', headers: {{location: {{value: '/{SITE}/'}}}}}};
  }}
  if (request.uri.endsWith('/')) request.uri += 'index.html';
  return request;
}}
"""
TELL_CLIENT = f"""\
function handler(event) {{
  event.request.headers['{CLIENT_HEADER.lower()}'] = {{value: event.viewer.ip}};
  return event.request;
}}
"""


class Cdn(Construct):
    """CloudFront in front of the API; `add_files` and `add_site` add what lies in buckets."""

    def __init__(self, scope: Construct, *, api: apigateway.RestApi, stage: Stage) -> None:
        """Make the distribution, with the API as default origin."""
        super().__init__(scope, "Cdn")
        self.stage = stage
        self.access = cloudfront.S3OriginAccessControl(self, "Access")
        self.distribution = cloudfront.Distribution(
            self,
            "Distribution",
            comment=Stack.of(self).stack_name,
            default_behavior=self.api_behavior(api),
            http_version=cloudfront.HttpVersion.HTTP2_AND_3,
            # PriceClass_100 is PRICE_CLASS_100 to the CDK
            price_class=cloudfront.PriceClass[stage.price_class.replace("PriceClass", "PRICE_CLASS").upper()],
            error_responses=[
                cloudfront.ErrorResponse(http_status=status, ttl=Duration.seconds(0)) for status in ERRORS
            ],
            web_acl_id=stage.web_acl_arn or None,
            **self.own_domain(),
            **self.access_log(),
        )
        resource = cast(cloudfront.CfnDistribution, self.distribution.node.default_child)
        resource.add_property_override("DistributionConfig.CacheTagConfig", {"HeaderName": TAG_HEADER})
        self.accept_findings()
        self.add_records()
        CfnOutput(Stack.of(self), "CdnUrl", value=self.url)
        CfnOutput(Stack.of(self), "DistributionId", value=self.distribution.distribution_id)

    @property
    def url(self) -> str:
        """The address that clients use."""
        name = self.distribution.distribution_domain_name
        if self.stage.emulator:
            emulator = urlsplit(self.stage.emulator)
            return f"{emulator.scheme}://{Fn.select(0, Fn.split('.', name))}.cloudfront.localhost:{emulator.port}"
        return f"https://{self.stage.cdn_domain or name}"

    @property
    def https(self) -> cloudfront.ViewerProtocolPolicy:
        """Redirect to HTTPS, but on an emulator that speaks plain HTTP."""
        viewers = cloudfront.ViewerProtocolPolicy
        return viewers.ALLOW_ALL if self.stage.emulator.startswith("http:") else viewers.REDIRECT_TO_HTTPS

    def api_behavior(self, api: apigateway.RestApi) -> cloudfront.BehaviorOptions:
        """Pass requests to the API, with all headers but Host, which must be the gateway's."""
        stack = Stack.of(self)
        host = f"{api.rest_api_id}.execute-api.{stack.region}.{stack.url_suffix}"
        origin = origins.HttpOrigin(
            host,
            origin_path=f"/{self.stage.name}",
            protocol_policy=cloudfront.OriginProtocolPolicy.HTTPS_ONLY,
            origin_ssl_protocols=[cloudfront.OriginSslPolicy.TLS_V1_2],
            custom_headers={MARK_HEADER: stack_uuid(self)} if self.stage.firewall else None,
        )
        return cloudfront.BehaviorOptions(
            origin=origin,
            allowed_methods=cloudfront.AllowedMethods.ALLOW_ALL,
            cache_policy=policies.api_cache(self, self.stage),
            origin_request_policy=cloudfront.OriginRequestPolicy.ALL_VIEWER_EXCEPT_HOST_HEADER,
            response_headers_policy=cloudfront.ResponseHeadersPolicy(
                self, "ApiHeaders", security_headers_behavior=policies.security()
            ),
            viewer_protocol_policy=cloudfront.ViewerProtocolPolicy.HTTPS_ONLY,  # a redirect is too late for a token
            function_associations=[self.before("TellClient", TELL_CLIENT)] if self.stage.firewall else None,
        )

    def before(self, name: str, code: str) -> cloudfront.FunctionAssociation:
        """Run a function of CloudFront on each request, before the cache is asked."""
        function = cloudfront.Function(
            self,
            name,
            code=cloudfront.FunctionCode.from_inline(code),
            runtime=cloudfront.FunctionRuntime.JS_2_0,
        )
        return cloudfront.FunctionAssociation(function=function, event_type=cloudfront.FunctionEventType.VIEWER_REQUEST)

    def origin(self, bucket: s3.Bucket, *, tells_what_is_missing: bool = False) -> cloudfront.IOrigin:
        """The bucket as what the CDN alone may read; CDK's own name for the access is cut off in its middle.

        tells_what_is_missing: answer 404, not 403, for a missing object: S3 requires the permission to list for that.
        """
        levels = [cloudfront.AccessLevel.READ, *([cloudfront.AccessLevel.LIST] if tells_what_is_missing else [])]
        return origins.S3BucketOrigin.with_origin_access_control(
            bucket, origin_access_control=self.access, origin_access_levels=levels
        )

    def add_files(self, bucket: s3.Bucket) -> None:
        """Serve verified files."""
        self.distribution.add_behavior(
            f"/{PREFIX}/*",
            self.origin(bucket),
            cache_policy=cloudfront.CachePolicy.CACHING_OPTIMIZED,
            response_headers_policy=policies.file_headers(self, self.stage),
            viewer_protocol_policy=self.https,
        )

    def add_site(self, bucket: s3.Bucket, *may_connect: str) -> None:
        """Serve the site, whose pages may send requests to these addresses besides the CDN's own."""
        origin = self.origin(bucket, tells_what_is_missing=True)
        # No request reaches the root of the bucket, where S3 would list: every path begins with /docs.
        Annotations.of(self).acknowledge_warning("@aws-cdk/aws-cloudfront-origins:listBucketSecurityRisk")
        headers, add_index = policies.site_headers(self, may_connect), self.before("AddIndex", ADD_INDEX)
        for pattern in (f"/{SITE}", f"/{SITE}/*"):
            self.distribution.add_behavior(
                pattern,
                origin,
                cache_policy=cloudfront.CachePolicy.CACHING_OPTIMIZED,
                response_headers_policy=headers,
                viewer_protocol_policy=self.https,
                function_associations=[add_index],
            )

    def own_domain(self) -> dict[str, Any]:
        """The domain and its certificate, where the stage has one; else CloudFront chooses the TLS."""
        if not self.stage.cdn_domain:
            return {}
        certificate = acm.Certificate.from_certificate_arn(self, "Certificate", self.stage.cdn_certificate_arn)
        return {
            "domain_names": [self.stage.cdn_domain],
            "certificate": certificate,
            "minimum_protocol_version": cloudfront.SecurityPolicyProtocol.TLS_V1_2_2021,
        }

    def add_records(self) -> None:
        """Point the domain to the distribution, where the stage says in which zone."""
        if not self.stage.cdn_hosted_zone:
            return
        zone_id, zone_name = self.stage.cdn_hosted_zone
        zone = route53.HostedZone.from_hosted_zone_attributes(self, "Zone", hosted_zone_id=zone_id, zone_name=zone_name)
        target = route53.RecordTarget.from_alias(targets.CloudFrontTarget(self.distribution))
        route53.ARecord(self, "Ipv4", zone=zone, record_name=self.stage.cdn_domain, target=target)
        route53.AaaaRecord(self, "Ipv6", zone=zone, record_name=self.stage.cdn_domain, target=target)

    def access_log(self) -> dict[str, Any]:
        """A bucket for the access log, where the stage has one."""
        if not self.stage.cdn_access_log:
            return {}
        bucket = s3.Bucket(
            self,
            "AccessLog",
            block_public_access=s3.BlockPublicAccess.BLOCK_ALL,
            object_ownership=s3.ObjectOwnership.OBJECT_WRITER,  # CloudFront delivers by an access control list
            encryption=s3.BucketEncryption.S3_MANAGED,
            enforce_ssl=True,
            lifecycle_rules=[s3.LifecycleRule(expiration=LOG_KEPT_FOR)],
            removal_policy=RemovalPolicy.RETAIN_ON_UPDATE_OR_DELETE if self.stage.keep_data else RemovalPolicy.DESTROY,
        )
        reason = "It is the bucket of a log, which is deleted after a while."
        accept(
            bucket,
            S1=reason,
            S3BucketLoggingEnabled=reason,
            S3BucketReplicationEnabled=reason,
            S3BucketVersioningEnabled=reason,
            S3DefaultEncryptionKMS="CloudFront's delivery of logs takes S3's own key without a policy of the key.",
        )
        return {"enable_logging": True, "log_bucket": bucket, "log_includes_cookies": False}

    def accept_findings(self) -> None:
        """Accept cdk-nag's findings in the distribution."""
        reasons = {"CFR1": "The API is for every country."}
        if not self.stage.web_acl_arn:
            reasons["CFR2"] = "A web ACL is the stage's option: it is charged by the month, and made in us-east-1."
        if not self.stage.cdn_access_log:
            reasons["CFR3"] = "The access log is the stage's option; the gateway has one."
        if not self.stage.cdn_domain:
            reasons["CFR4"] = "CloudFront's own domain takes TLS 1.2 or later from all but very old clients."
        accept(self.distribution, **reasons)


def refuse_hidden(resources: Iterable[Resource], stage: Stage) -> None:
    """Raise WrongStage for a resource at a path that the CDN would answer from a bucket."""
    for path in (resource.path for resource in resources):
        if stage.cdn and path in (SITE, PREFIX):
            raise WrongStage(f"{stage.name}: the CDN has /{path} for itself: give the resource {path} another path")
