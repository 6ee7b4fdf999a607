"""Settings of every test: no AWS configuration and no account of the person who runs it."""

import gc
import os
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]

for name in [name for name in os.environ if name.startswith(("AWS_", "CDK_"))]:
    del os.environ[name]  # before anything imports boto3; a test may be run with whatever a shell has set

# The Node of `make`, where it installed one: the CDK needs it.
os.environ["PATH"] = os.pathsep.join([str(ROOT / ".local" / "bin"), os.environ.get("PATH", os.defpath)])
os.environ |= {
    "AWS_ACCESS_KEY_ID": "test",
    "AWS_SECRET_ACCESS_KEY": "test",
    "AWS_DEFAULT_REGION": "us-east-1",
    "AWS_CONFIG_FILE": os.devnull,
    "AWS_SHARED_CREDENTIALS_FILE": os.devnull,
    "AWS_EC2_METADATA_DISABLED": "true",
    "AWS_ACCOUNT_ID_ENDPOINT_MODE": "disabled",  # botocore 1.44's account endpoints leave moto's mock
    "CDK_VALIDATION": "false",  # its rules for AWS take half of a synthesis; `make check` holds to them
}


def pytest_addoption(parser: pytest.Parser) -> None:
    """Say where the end-to-end tests find a deployed stage; without it they start an emulator and deploy to it."""
    parser.addoption("--url", default="", help="the API of a deployed stage: https://.../prod")
    parser.addoption("--thorough", action="store_true", help="more of each kind: every fault, 1,000 histories, ...")
    parser.addoption("--seed", type=int, default=1, help="tests/faults: which histories, and which faults")
    parser.addoption("--token", default="", help="with --url: a token with every scope (docs/security.md)")


def pytest_configure(config: pytest.Config) -> None:
    """Declare the markers."""
    config.addinivalue_line(
        "markers", "checkers: needs what `make check` installs, or long: it, `make clients` and `make browser` run it"
    )
    config.addinivalue_line("markers", "thorough: takes long; run with --thorough only")
    config.addinivalue_line("markers", "timed: measures time, or takes as long as a hundred: no mutant is tried on it")


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Deselect slow tests."""
    if not config.getoption("thorough"):
        items[:] = [item for item in items if item.get_closest_marker("thorough") is None]


def pytest_collection_finish() -> None:
    """Let the garbage collector pass over what was imported and collected, which stays, and seldom look at the rest."""
    gc.collect()
    gc.freeze()
    gc.set_threshold(10_000, 10, 1_000)


pytest.register_assert_rewrite("tests.support")
pytest_plugins = [
    f"tests.support.{name}"
    for name in ("stories", "cases", "handlers", "mocked", "deployed", "templates", "parallel", "cancelled", "clients")
]
