"""CloudWatch metrics that alarms and dashboard share; each dimension names a thing of this stack."""

from collections.abc import Iterable

from aws_cdk import Duration, aws_cloudwatch as cloudwatch, aws_dynamodb as dynamodb

FIVE_MINUTES = Duration.minutes(5)
# What the modelling package calls, and what CloudWatch has the throttles of: an index's count with its table's.
OPERATIONS = (
    "GetItem",
    "Query",
    "BatchGetItem",
    "TransactGetItems",
    "PutItem",
    "UpdateItem",
    "DeleteItem",
    "BatchWriteItem",
    "TransactWriteItems",
)


def total(metrics: Iterable[cloudwatch.IMetric], label: str) -> cloudwatch.MathExpression:
    """Add metrics up. One without data counts as zero: without FILL it would leave the whole sum without data."""
    named = {f"m{number}": metric for number, metric in enumerate(metrics)}
    terms = " + ".join(f"FILL({name}, 0)" for name in named)
    return cloudwatch.MathExpression(expression=terms, using_metrics=named, label=label, period=FIVE_MINUTES)


def throttles(table: dynamodb.ITableV2) -> cloudwatch.MathExpression:
    """Requests that DynamoDB refused, of the table and its indexes."""
    each = (metric(table, "ThrottledRequests", Operation=operation) for operation in OPERATIONS)
    return total(each, "throttled requests")


def metric(table: dynamodb.ITableV2, name: str, **dimensions: str) -> cloudwatch.Metric:
    """A metric of a table, or of one of its indexes or operations."""
    return cloudwatch.Metric(
        namespace="AWS/DynamoDB",
        metric_name=name,
        dimensions_map={"TableName": table.table_name, **dimensions},
        statistic="Sum",
        period=FIVE_MINUTES,
    )


def emitted(service: str, name: str, label: str | None = None, **dimensions: str) -> cloudwatch.Metric:
    """A count that the functions write into their log (lambdas/runtime/observability.py)."""
    return cloudwatch.Metric(
        namespace=service,
        metric_name=name,
        dimensions_map={"service": service, **dimensions},
        statistic="Sum",
        period=FIVE_MINUTES,
        label=label,
    )
