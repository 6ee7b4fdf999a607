"""A simulation of CloudWatch: whether an alarm of a template is in alarm for given data."""

import math
from typing import Any

type Samples = list[float] | None  # what a metric was given in one period; None: nothing
type Data = dict[str, list[Samples]]  # "MetricName" or "MetricName/dimension's value": its periods, the newest last

STATISTICS = {
    "Sum": sum,
    "Maximum": max,
    "p99": lambda samples: sorted(samples)[math.ceil(0.99 * len(samples)) - 1],
}
FUNCTIONS = {
    "IF": lambda condition, then, otherwise: then if condition else otherwise,
    "FILL": lambda value, filler: filler if value is None else value,
}


def is_in_alarm(alarm: dict[str, Any], data: Data) -> bool:
    """Return whether an AWS::CloudWatch::Alarm with these properties goes off."""
    assert alarm["ComparisonOperator"] == "GreaterThanThreshold"
    assert alarm["TreatMissingData"] == "notBreaching"
    periods = alarm["EvaluationPeriods"]
    values = [value_of(alarm, data, age) for age in range(periods)]
    breaching = [value is not None and value > alarm["Threshold"] for value in values]
    return sum(breaching) >= alarm.get("DatapointsToAlarm", periods)


def value_of(alarm: dict[str, Any], data: Data, age: int) -> float | None:
    """Return the value that the alarm compares with its threshold, so many periods ago."""
    if "Metrics" not in alarm:
        return statistic(alarm, alarm.get("Statistic") or alarm["ExtendedStatistic"], data, age)
    named = {one["Id"]: one for one in alarm["Metrics"]}
    values = {
        name: statistic(one["MetricStat"]["Metric"], one["MetricStat"]["Stat"], data, age)
        for name, one in named.items()
        if "MetricStat" in one
    }
    (expression,) = [one["Expression"] for one in named.values() if one.get("ReturnData", True)]
    try:
        return eval(expression, {"__builtins__": {}}, {**FUNCTIONS, **values})  # the template's own expression
    except (TypeError, ZeroDivisionError):  # a metric without data leaves the expression without data
        return None


def statistic(metric: dict[str, Any], name: str, data: Data, age: int) -> float | None:
    """The statistic of one metric in one period; None if there is no data."""
    for key, periods in data.items():
        metric_name, _, dimension = key.partition("/")
        values = [one["Value"] for one in metric["Dimensions"]]
        if metric_name == metric["MetricName"] and (not dimension or dimension in str(values)):
            samples = periods[-1 - age] if age < len(periods) else None
            return STATISTICS[name](samples) if samples else None
    return None


def metrics_of(alarm: dict[str, Any]) -> list[dict[str, Any]]:
    """The metrics that an alarm reads."""
    if "Metrics" not in alarm:
        return [alarm]
    return [one["MetricStat"]["Metric"] for one in alarm["Metrics"] if "MetricStat" in one]
