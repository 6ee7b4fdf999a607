"""The AWS clients of a function: made once, while Lambda starts it, and kept between invocations."""

import os
from functools import cache, partial
from typing import Any, Literal

from botocore import UNSIGNED
from botocore.config import Config
from botocore.credentials import CredentialResolver, EnvProvider
from botocore.exceptions import BotoCoreError, ClientError
from botocore.session import Session, get_session

from dynamodel import refuse_late_retry
from lambdas.runtime.policy import POLICIES


@cache
def session() -> Session:
    """Return the session that all clients share. botocore alone starts faster than boto3, which adds S3 transfers.

    Credentials in the environment, as Lambda sets them, come first in any case. So where they are, no other source is
    made ready, which takes a twentieth of a start; where they are not (SnapStart), botocore looks everywhere.
    """
    made = get_session()
    if os.environ.get(EnvProvider.ACCESS_KEY):
        made.register_component("credential_provider", CredentialResolver([EnvProvider()]))
    return made


def make_client(service: Literal["dynamodb", "s3", "sns", "sqs"], options: Config | None = None) -> Any:
    """Return a client of an AWS service, which keeps to the service's policy and to the deadline of the request.

    Its User-Agent is fixed, since botocore composes one anew for each request: a tenth of the CPU of a read. Parameters
    are not validated again: dynamodel and AWS do. To look for a proxy, botocore loads a twentieth of a start; where the
    environment names none, there is none.
    """
    policy = POLICIES[service]
    config = Config(
        user_agent=session().user_agent(),
        parameter_validation=False,
        proxies=None if any(name.lower().endswith("_proxy") for name in os.environ) else {},
        connect_timeout=policy.connect_timeout,
        read_timeout=policy.read_timeout,
        retries={"mode": "standard", "total_max_attempts": policy.attempts},
    ).merge(options or Config())
    client = session().create_client(service, config=config)
    events: Any = client.meta.events  # typed as if handlers returned nothing
    events.register_first(f"needs-retry.{service}", partial(refuse_late_retry, policy.longest_pause))
    return client


def connect(client: Any) -> None:
    """Open the client's TLS connection to DynamoDB, before the first request needs it.

    DynamoDB refuses the unsigned request without doing anything, so that it needs no permission.
    """
    client.meta.events.register("choose-signer.dynamodb.DescribeEndpoints", lambda **_: UNSIGNED)
    try:
        client.describe_endpoints()
    except (BotoCoreError, ClientError):
        return
