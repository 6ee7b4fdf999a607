"""Tokens of the local stage, and the curl lines that use them."""

from tests.tools.test_commands import run
from tools.__main__ import usage
from tools.dev.emulator import free_port


def test_the_printed_lines_send_a_token_where_a_route_asks_for_one_and_only_there():
    create, listing = (line for line in usage("http://127.0.0.1:1/api").splitlines() if "curl" in line)

    assert '-H "Authorization: Bearer $(make -s token)"' in create
    assert "Authorization" not in listing


def test_a_token_of_a_stage_that_does_not_run_is_refused_in_one_message():
    code, said = run("-m", "tools", "token", f"--port={free_port()}")

    assert (code, said) == (1, "\nThe emulator does not run: `make run` first.\n")
