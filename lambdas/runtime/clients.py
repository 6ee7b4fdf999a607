"""The AWS clients of a function: made once, while Lambda starts it, and kept between invocations."""

from functools import cache
from typing import Any

from botocore import UNSIGNED
from botocore.config import Config
from botocore.exceptions import BotoCoreError, ClientError
from botocore.session import Session, get_session


@cache
def session() -> Session:
    """Return the session that all clients share. botocore alone starts faster than boto3, which adds S3 transfers."""
    return get_session()


def make_client(service: str, config: Config | None = None) -> Any:
    """Return a client of an AWS service.

    It has a fixed User-Agent, since botocore composes its own anew for each request: a tenth of the CPU of a read.
    """
    fixed = Config(user_agent=session().user_agent())
    return session().create_client(service, config=fixed.merge(config) if config else fixed)


def connect(client: Any) -> None:
    """Open the client's TLS connection to DynamoDB, before the first request needs it.

    DynamoDB refuses the unsigned request without doing anything, so that it needs no permission.
    """
    client.meta.events.register("choose-signer.dynamodb.DescribeEndpoints", lambda **_: UNSIGNED)
    try:
        client.describe_endpoints()
    except (BotoCoreError, ClientError):
        return
