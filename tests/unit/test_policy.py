"""The time limits: a call gives up before its function ends, and a function before the gateway gives up."""

import pytest

from lambdas.runtime.clients import make_client
from lambdas.runtime.policy import GATEWAY_TIMEOUT, POLICIES


@pytest.mark.parametrize("service", POLICIES)
def test_all_attempts_of_a_call_end_before_its_function_does(service):
    policy = POLICIES[service]

    attempts_and_timeouts = policy.attempts * (policy.connect_timeout + policy.read_timeout)
    assert attempts_and_timeouts < policy.function_timeout < GATEWAY_TIMEOUT


@pytest.mark.parametrize("service", POLICIES)
def test_clients_keep_to_the_policy(service):
    config, policy = make_client(service).meta.config, POLICIES[service]

    assert (config.connect_timeout, config.read_timeout) == (policy.connect_timeout, policy.read_timeout)
    assert (config.retries["mode"], config.retries["total_max_attempts"]) == ("standard", policy.attempts)
