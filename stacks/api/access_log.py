"""One line of JSON for each request that reaches the gateway, also for those that no function sees."""

import json
from typing import Any

from aws_cdk import RemovalPolicy, aws_apigateway as apigateway, aws_logs as logs
from constructs import Construct

from stacks.functions.function import LOG_KEY
from stacks.nag import accept
from stacks.stage import Stage

# `request_id` is the one in the functions' log and in the answer's header. There is no address, no caller and no path
# here, but the route: what a person is known by stays out of the log.
FIELDS = {
    "request_id": "$context.requestId",
    "trace_id": "$context.xrayTraceId",
    "time": "$context.requestTime",
    "method": "$context.httpMethod",
    "route": "$context.resourcePath",
    "status": "$context.status",
    "ms": "$context.responseLatency",
    "function_ms": "$context.integration.latency",
    "bytes": "$context.responseLength",
    "refused_by_gateway": "$context.error.responseType",
    "function_error": "$context.integration.error",
    "waf": "$context.wafResponseCode",
}


def access_log(scope: Construct, stage: Stage) -> dict[str, Any]:
    """Return the options of a gateway stage; none where the stage has no access log."""
    if not stage.access_log:
        return {}
    group = logs.LogGroup(scope, "AccessLog", retention=stage.log_retention, removal_policy=RemovalPolicy.DESTROY)
    accept(group, CloudWatchLogGroupEncrypted=LOG_KEY)
    return {
        "access_log_destination": apigateway.LogGroupLogDestination(group),
        "access_log_format": apigateway.AccessLogFormat.custom(json.dumps(FIELDS)),
    }
