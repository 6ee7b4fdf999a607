"""Logs and metrics of a function: one line of JSON and a few metrics for a request, and no personal data."""

import os
import time
import traceback
from collections.abc import Callable, Iterable, Mapping
from functools import wraps
from typing import Any

from aws_lambda_powertools import Logger
from aws_lambda_powertools.metrics import EphemeralMetrics, MetricUnit
from botocore.exceptions import ClientError

from dynamodel import Unreadable

# Lambda keeps the level of a line only if its timestamp is RFC 3339.
# The service's name comes from POWERTOOLS_SERVICE_NAME, the trace id from Lambda.
logger = Logger(utc=True, use_rfc3339=True)

type Event = dict[str, Any]
type Handler = Callable[[Event, object], Event]


def instrumented(handler: Handler) -> Handler:
    """Log the status of a request, count errors, and return its id in a header.

    The id is API Gateway's: it is in the access log, in every line here, in problem documents and in the response.
    Lines name the route, and never the path, the query, a header, the caller or the body.
    """

    @wraps(handler)
    def observe(event: Event, context: object) -> Event:
        began = time.perf_counter()
        request_id = event["requestContext"]["requestId"]
        route = f"{event.get('httpMethod')} {event.get('resource')}"
        logger.structure_logs(request_id=request_id, route=route)  # in place of all keys of the request before
        response = handler(event, context)
        status: int = response["statusCode"]
        logger.info("answered", status=status, ms=round((time.perf_counter() - began) * 1000, 1))
        if status >= 400:
            function = {"function_name": os.environ.get("AWS_LAMBDA_FUNCTION_NAME", "none")}
            emit(function, {"Faults" if status >= 500 else "Refusals": 1})
            if status >= 500:  # by version as well: the alarm of a new version must not count those of the one before
                emit({**function, "version": os.environ.get("AWS_LAMBDA_FUNCTION_VERSION", "none")}, {"Faults": 1})
        response["headers"] = {**(response.get("headers") or {}), "X-Request-Id": request_id}
        return response

    return observe


def log_unexpected(error: Exception) -> None:
    """Log an unexpected exception by its type and place; its message may hold what a client sent, so it is left out."""
    code = error.response["Error"]["Code"] if isinstance(error, ClientError) else None
    logger.error("failed", error=type(error).__name__, code=code, at=traceback_frames(error), **unreadable(error))


def log_unreadable(errors: Iterable[Unreadable]) -> None:
    """Log the items that a list left out, a line for each."""
    for error in errors:
        logger.error("left out", error=type(error).__name__, **unreadable(error))


def unreadable(error: Exception) -> dict[str, Any]:
    """Return which stored item does not fit the model, and in which attribute; no values but those of its key."""
    return {"attribute": error.attribute, "key": error.key} if isinstance(error, Unreadable) else {}


def traceback_frames(error: Exception) -> list[str]:
    """Return the lines of the traceback, without values."""
    frames = traceback.extract_tb(error.__traceback__)
    return [f"{frame.filename.rpartition('lambdas/')[2]}:{frame.lineno} {frame.name}" for frame in frames]


def emit(dimensions: Mapping[str, str], counts: Mapping[str, float]) -> None:
    """Write metrics into the log, where CloudWatch finds them (EMF); each name with its dimensions is billed as one."""
    metrics = EphemeralMetrics(namespace=os.environ.get("POWERTOOLS_METRICS_NAMESPACE", "none"))
    for dimension, value in dimensions.items():
        metrics.add_dimension(dimension, value)
    for name, number in counts.items():
        metrics.add_metric(name, MetricUnit.Count, number)
    metrics.flush_metrics()
