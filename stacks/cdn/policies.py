"""Policies of the CDN: cache key and lifetimes, and the headers that it adds."""

from collections.abc import Sequence

from aws_cdk import Duration, aws_cloudfront as cloudfront
from constructs import Construct

from lambdas.files.serving import TAG_HEADER
from lambdas.rest.resource import MAX_SHARED_AGE
from stacks.stage import Stage

YEAR = Duration.days(365)
VARY = ("Accept", "Authorization", "Origin")  # the request headers that an answer of the API depends on
FILE_CONTENT = "default-src 'none'; sandbox; frame-ancestors 'none'"


def api_cache(scope: Construct, stage: Stage) -> cloudfront.CachePolicy:
    """The key is all that an answer depends on; without an s-maxage of its own, no answer is kept.

    A parameter that no route has counts too: its answer is a 400. A request with a cookie or a token never meets the
    answer to one without.
    """
    key = ("X-Api-Key",) if stage.daily_quota else ()
    return cloudfront.CachePolicy(
        scope,
        "ApiCache",
        comment="Answers of the API, as long as their s-maxage says.",
        min_ttl=Duration.seconds(0),
        default_ttl=Duration.seconds(0),
        max_ttl=Duration.seconds(MAX_SHARED_AGE),
        query_string_behavior=cloudfront.CacheQueryStringBehavior.all(),
        header_behavior=cloudfront.CacheHeaderBehavior.allow_list(*VARY, *key),
        cookie_behavior=cloudfront.CacheCookieBehavior.all(),
        enable_accept_encoding_brotli=True,
        enable_accept_encoding_gzip=True,
    )


def security(content: str | None = None) -> cloudfront.ResponseSecurityHeadersBehavior:
    """The security headers of every answer, and a content security policy where one is given."""
    policy = (
        cloudfront.ResponseHeadersContentSecurityPolicy(content_security_policy=content, override=True)
        if content
        else None
    )
    return cloudfront.ResponseSecurityHeadersBehavior(
        content_security_policy=policy,
        content_type_options=cloudfront.ResponseHeadersContentTypeOptions(override=True),
        frame_options=cloudfront.ResponseHeadersFrameOptions(
            frame_option=cloudfront.HeadersFrameOption.DENY, override=True
        ),
        referrer_policy=cloudfront.ResponseHeadersReferrerPolicy(
            referrer_policy=cloudfront.HeadersReferrerPolicy.STRICT_ORIGIN, override=True
        ),
        strict_transport_security=cloudfront.ResponseHeadersStrictTransportSecurity(
            access_control_max_age=YEAR, include_subdomains=True, override=True
        ),
    )


def file_headers(scope: Construct, stage: Stage) -> cloudfront.ResponseHeadersPolicy:
    """The headers that make an uploaded file harmless, whatever it is: no type is guessed, and nothing in it runs."""
    return cloudfront.ResponseHeadersPolicy(
        scope,
        "FileHeaders",
        security_headers_behavior=security(FILE_CONTENT),
        cors_behavior=cloudfront.ResponseHeadersCorsBehavior(
            access_control_allow_credentials=False,
            access_control_allow_headers=["*"],
            access_control_allow_methods=["GET", "HEAD"],
            access_control_allow_origins=[*stage.cors_origins],
            origin_override=True,
        ),
        custom_headers_behavior=cloudfront.ResponseCustomHeadersBehavior(
            custom_headers=[
                cloudfront.ResponseCustomHeader(
                    header="Cross-Origin-Resource-Policy", value="cross-origin", override=True
                )
            ]
        ),
        remove_headers=[TAG_HEADER, "x-amz-version-id"],
    )


def site_headers(scope: Construct, may_connect: Sequence[str]) -> cloudfront.ResponseHeadersPolicy:
    """The headers of the site's pages, which may send requests to these addresses besides their own.

    What else they may load, each page says itself, wherever it is served (site/theme/base.html).
    """
    content = " ".join(["frame-ancestors 'none'; connect-src 'self'", *may_connect])
    return cloudfront.ResponseHeadersPolicy(
        scope,
        "SiteHeaders",
        security_headers_behavior=security(content),
        remove_headers=["x-amz-version-id", "x-amz-server-side-encryption"],
    )
