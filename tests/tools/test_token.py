"""Tokens of the local stage, and the curl lines that use them."""

import pytest

from lambdas.rest.routes import routes
from tests.support.gallery import EXAMPLES
from tests.tools.test_commands import run
from tools.__main__ import usage
from tools.dev.emulator import free_port
from tools.problem import Problem


@pytest.mark.parametrize("resource", EXAMPLES, ids=lambda resource: resource.path)
def test_the_printed_lines_authenticate_only_where_a_route_requires_it(monkeypatch, resource):
    monkeypatch.setattr("lambdas.rest.declarations.RESOURCES", (resource,))

    lines = [line for line in usage("http://127.0.0.1:1/api").splitlines() if "curl" in line]

    rows = [route for route in routes(resource) if route.name in ("create", "list")]
    assert len(lines) == len(rows)
    for route, line in zip(sorted(rows, key=lambda route: route.name), lines, strict=True):
        assert ('-H "Authorization: Bearer $(make -s token)"' in line) == bool(route.scope(resource))
        assert ("--aws-sigv4" in line) == (route.access == "iam")


def test_without_a_resource_it_is_said_where_to_declare_one(monkeypatch):
    monkeypatch.setattr("lambdas.rest.declarations.RESOURCES", ())

    with pytest.raises(Problem, match="write a module in lambdas/resources"):
        usage("http://127.0.0.1:1/api")


def test_a_token_of_a_stage_that_does_not_run_is_refused_in_one_message():
    code, said = run("-m", "tools", "token", f"--port={free_port()}")

    assert (code, said) == (1, "\nThe emulator is not running: `make run` first.\n")
