"""Request limits by route and by API key."""

from collections.abc import Mapping, Sequence

from aws_cdk import CfnOutput, Stack, aws_apigateway as apigateway

from lambdas.rest.resource import Resource
from lambdas.rest.routes import routes
from stacks.stage import Stage

KEY_SHARE = 0.5  # of the stage's requests per second: no key may use them all


def limits(resources: Sequence[Resource], stage: Stage) -> Mapping[str, apigateway.MethodDeploymentOptions]:
    """Return the limits of routes that may use only a part of the stage's request rate."""
    return {
        f"{route.full_path(resource)}/{method}": apigateway.MethodDeploymentOptions(
            throttling_rate_limit=stage.requests_per_second * route.rate_share,
            throttling_burst_limit=int(stage.burst * route.rate_share),
        )
        for resource in resources
        for route in routes(resource)
        for method in route.methods
        if route.rate_share < 1
    }


def add_usage_plan(api: apigateway.RestApi, stage: Stage) -> None:
    """Add a daily quota for API keys, and one key; more keys are added by hand (docs/security.md)."""
    plan = api.add_usage_plan(
        "UsagePlan",
        api_stages=[apigateway.UsagePlanPerApiStage(api=api, stage=api.deployment_stage)],
        quota=apigateway.QuotaSettings(limit=stage.daily_quota, period=apigateway.Period.DAY),
        throttle=apigateway.ThrottleSettings(
            rate_limit=stage.requests_per_second * KEY_SHARE, burst_limit=int(stage.burst * KEY_SHARE)
        ),
    )
    key = api.add_api_key("Key")
    plan.add_api_key(key)
    CfnOutput(Stack.of(api), "ApiKeyId", value=key.key_id)
    CfnOutput(Stack.of(api), "UsagePlanId", value=plan.usage_plan_id)
