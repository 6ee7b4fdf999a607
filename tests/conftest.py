"""What every test stands on: no AWS settings of the person who runs it, and none of their accounts."""

import os
import re
import secrets
from pathlib import Path
from typing import Any

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
}


def pytest_addoption(parser: pytest.Parser) -> None:
    """Where the end-to-end tests find a deployed stage; without it they start an emulator and deploy to it."""
    parser.addoption("--url", default="", help="the API of a deployed stage: https://.../prod")
    parser.addoption("--token", default="", help="with --url: a token with every scope (docs/security.md)")


@pytest.fixture
def example(resource: Any) -> dict[str, Any]:
    """A body that creates an item."""
    return fresh(resource)


def fresh(resource: Any) -> dict[str, Any]:
    """The declared example, with values of its own where no two items may hold the same."""
    example = dict(resource.example)
    for attribute in resource.model.schema.unique:
        example[attribute.name] = re.sub(r"\d+$", str(secrets.randbelow(10**12)), example[attribute.name])
    return example


@pytest.fixture
def path(resource: Any) -> str:
    """The path of the resource's collection."""
    return str(resource.path)


@pytest.fixture
def new(call: Any, path: str, resource: Any) -> Any:
    """Create items: new(stock=5) gives what the API answered."""

    def create(**fields: Any) -> Any:
        answer = call("POST", path, {**fresh(resource), **fields})
        assert answer.status == 201, answer.text
        return answer.json

    return create


pytest.register_assert_rewrite("tests.stories")
