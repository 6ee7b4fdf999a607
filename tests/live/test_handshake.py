"""Tickets and handshakes: what opens a connection, for how long, and what is counted."""

import json
from datetime import timedelta

import pytest

from lambdas.live import connect, disconnect, ticket
from lambdas.live.models import CONNECTION_LASTS, TICKET_LASTS
from lambdas.live.store import now
from tests.support.gallery.parcels import PARCELS


@pytest.fixture
def give(api, rows, monkeypatch):  # noqa: ARG001 - they say where the table and the connections are
    """Ask for a ticket with the claims of a token."""
    monkeypatch.setenv("LIVE", json.dumps({PARCELS.path: PARCELS.module}))

    def give(**claims):
        context = {"requestId": "r", "authorizer": {"claims": {"sub": "somebody", **claims}}}
        answer = ticket.handler({"requestContext": context, "httpMethod": "POST", "resource": "/live"}, None)
        assert answer["statusCode"] == 201, answer
        return json.loads(answer["body"])

    return give


def shake(connection, **parameters):
    event = {"requestContext": {"connectionId": connection}, "queryStringParameters": parameters or None}
    return connect.handler(event, None)["statusCode"]


def metrics(log):
    """The names of what was counted, in order."""
    found = [line["_aws"]["CloudWatchMetrics"][0]["Metrics"] for line in log() if "_aws" in line]
    return [one["Name"] for declared in found for one in declared]


def test_a_ticket_opens_one_connection_and_nothing_else_opens_any(give, rows, log):
    given = give(scope=f"{PARCELS.scope_prefix}/read")
    log()

    answers = [shake("c1", ticket=given["ticket"]), shake("c2", ticket=given["ticket"])]
    answers += [shake("c3", ticket="guess"), shake("c4")]

    assert answers == [200, 403, 403, 403]
    assert metrics(log) == ["Connected", *["HandshakesRefused"] * 3]
    assert len(rows("connection")) == 1
    assert (given["url"][:5], given["expires_in"]) == ("ws://", 60)


def test_a_connection_that_was_closed_is_forgotten(give, rows, log):
    shake("c1", ticket=give()["ticket"])
    log()

    assert disconnect.handler({"requestContext": {"connectionId": "c1"}}, None) == {"statusCode": 200}

    assert (rows("connection"), metrics(log)) == ([], ["Disconnected"])


@pytest.mark.parametrize("written", ["{:%s}", "{:%a %b %d %H:%M:%S UTC %Y}"])
def test_a_connection_ends_with_its_token(give, store, written):
    end = (now() + timedelta(minutes=7)).replace(microsecond=0)

    shake("c1", ticket=give(exp=written.format(end))["ticket"])

    assert store.connection("c1").ends == end


def test_without_a_token_a_connection_lasts_as_long_as_any(give, store):
    before = now()

    shake("c1", ticket=give()["ticket"])

    assert before < store.connection("c1").ends <= now() + TICKET_LASTS + CONNECTION_LASTS
