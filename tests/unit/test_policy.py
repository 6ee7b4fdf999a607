"""The time limits: a call gives up before its function ends, and a function before the gateway gives up."""

import pytest

from lambdas.runtime.clients import make_client, session
from lambdas.runtime.policy import POLICIES

GATEWAY_TIMEOUT = 29  # seconds that API Gateway waits for a function


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


def test_a_client_goes_by_the_proxy_that_the_environment_names(monkeypatch):
    monkeypatch.setenv("HTTPS_PROXY", "http://proxy.example.com:8080")
    behind = make_client("sqs").meta.config.proxies
    monkeypatch.delenv("HTTPS_PROXY")

    assert (behind, make_client("sqs").meta.config.proxies) == (None, {})  # None: botocore reads the environment


@pytest.mark.parametrize(("key", "asked"), [("AKIAEXAMPLE", 1), ("", 2)])
def test_credentials_come_from_the_environment_and_from_elsewhere_where_it_has_none(monkeypatch, key, asked):
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", key)
    session.cache_clear()

    resolver = session().get_component("credential_provider")

    session.cache_clear()
    assert resolver.providers[0].METHOD == "env"
    assert min(len(resolver.providers), 2) == asked
