"""Time limits: of functions, and of the calls that they make. Stacks and clients read them here.

A function must answer before its own timeout ends it, and that must be shorter than API Gateway's. So a client gives up
in less time than its function has, and nothing begins that could end too late.
"""

from typing import Any, NamedTuple

REQUEST_TIMEOUT = 10  # seconds, of the functions that serve requests; API Gateway waits 29
PUBLISHER_TIMEOUT = 28  # of the function that publishes changes
VERIFIER_TIMEOUT = 28  # of the function that verifies uploads
MARGIN = 0.5  # seconds that a function keeps to answer


class CallPolicy(NamedTuple):
    """Limits of the calls of one service: seconds for one attempt to connect and to read, and the number of attempts.

    botocore's own read timeout is 60 seconds and its retry mode is `standard`: it repeats calls that were throttled,
    refused by a fault, or lost, after a random pause. The pauses double from 25 ms, after throttling from one second.
    """

    connect_timeout: float
    read_timeout: float
    attempts: int
    function_timeout: float  # of the function that makes the calls

    @property
    def longest_pause(self) -> float:
        """Seconds that botocore can wait before the last attempt."""
        return 2.0 ** (self.attempts - 2)


# DynamoDB answers in milliseconds: what takes a second is lost. Three attempts get past a lost connection and a short
# throttling, and leave time to answer.
DYNAMODB = CallPolicy(connect_timeout=1, read_timeout=2, attempts=3, function_timeout=REQUEST_TIMEOUT)
SNS = CallPolicy(connect_timeout=2, read_timeout=5, attempts=3, function_timeout=PUBLISHER_TIMEOUT)
SQS = CallPolicy(connect_timeout=2, read_timeout=5, attempts=3, function_timeout=PUBLISHER_TIMEOUT)
S3 = CallPolicy(connect_timeout=2, read_timeout=10, attempts=2, function_timeout=VERIFIER_TIMEOUT)
POLICIES = {"dynamodb": DYNAMODB, "s3": S3, "sns": SNS, "sqs": SQS}


def seconds_to_begin(context: Any, policy: CallPolicy) -> float:
    """Return for how long a function may begin calls, so that it can answer when the last one has ended.

    Lambda's context says how long the function may run; without one, as in a test, it is the whole of its timeout.
    """
    remaining = policy.function_timeout if context is None else context.get_remaining_time_in_millis() / 1000
    return remaining - policy.connect_timeout - policy.read_timeout - MARGIN
