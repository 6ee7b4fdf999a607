"""A deployed stack: the one at --url, else our own on an emulator that enforces IAM, started and stopped here."""

import shlex
import subprocess
import sys
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from urllib.parse import urljoin

import pytest
import requests
from botocore.credentials import Credentials
from requests.structures import CaseInsensitiveDict

from lambdas.rest.declarations import RESOURCES
from lambdas.rest.resource import Resource
from tests.support import people
from tests.support.answer import Answer
from tests.support.certificate import self_signed
from tests.support.conformance import conforms
from tests.support.emulator import started
from tests.support.forks import forked
from tests.support.gallery import BESIDE, DEPLOYED
from tests.support.gateway import written
from tests.support.referred import store_referred
from tests.support.relay import relay
from tests.support.roles import role_of as role_of, taken as taken
from tests.support.stories import fresh
from tests.support.uploads import DeployedStorage
from tools.dev import cdk, tokens
from tools.dev.emulator import Emulator
from tools.ops.recover import table_of
from tools.ops.stack import StackResource, stack_resources


@dataclass(frozen=True)
class Deployed:
    """A stack that answers."""

    url: str
    outputs: dict[str, str]
    emulator: Emulator | None = None
    clients: dict[str, Any] = field(default_factory=dict)  # by service: to make one takes longer than most calls

    def client(self, service: str) -> Any:
        """A client of the emulator's control plane, as its root user."""
        if self.emulator is None:
            pytest.skip("looks into the emulator; this run is against --url")
        if service not in self.clients:
            self.clients[service] = cdk.client(self.emulator, service)
        return self.clients[service]

    def resources(self) -> list[StackResource]:
        """The resources of the stack and of its nested stacks."""
        return [*stack_resources(self.client("cloudformation"), cdk.STACK)]


@pytest.fixture(scope="session")
def deployed(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Deployed]:
    """The stack under test: the project's resources, and one of the gallery with every kind of operation."""
    if url := request.config.getoption("url"):
        yield Deployed(url.rstrip("/"), {})
        return
    folder = tmp_path_factory.mktemp("emulator")
    certificate, key = self_signed(folder)
    settings = {"AUTH": "true", "USE_SSL": "1", "MINISTACK_SSL_CERT": str(certificate), "MINISTACK_SSL_KEY": str(key)}
    settings["AWS_CA_BUNDLE"] = str(certificate)  # or functions read 145 others besides, at each start
    with relay(certificate) as proxy:
        emulator = started(folder, settings | {"http_proxy": proxy})
        try:
            cdk.bootstrap(emulator)
            app = forked(folder / "app", (*DEPLOYED[len(RESOURCES) :], *BESIDE))
            outputs = cdk.deploy(emulator, folder / "outputs.json", shlex.join([sys.executable, str(app)]))
            stack, dynamodb = cdk.client(emulator, "cloudformation"), cdk.client(emulator, "dynamodb")
            for resource in RESOURCES:
                store_referred(dynamodb, resource, lambda one: table_of(stack, cdk.STACK, one.path))
            yield Deployed(outputs["ApiUrl"], outputs, emulator)
        finally:
            emulator.stop(within=1)  # its state is not needed, and open TLS connections hold it up
            discard(folder)


@pytest.fixture(scope="session")
def token(deployed: Deployed, request: pytest.FixtureRequest) -> str:
    """A token with every scope, of a machine."""
    if deployed.emulator is None:
        return str(request.config.getoption("token"))
    return tokens.machine_token(deployed.emulator, deployed.outputs)


@pytest.fixture(scope="session")
def signer(deployed: Deployed) -> Credentials | None:
    """Credentials of a person who signed in; None on a stage given by --url."""
    return people.credentials(deployed, people.signed_in(deployed)["id_token"]) if deployed.emulator else None


@pytest.fixture(scope="session")
def call_deployed(deployed: Deployed, token: str, signer: Credentials | None) -> Iterator[Callable[..., Answer]]:
    """Send a request with the authentication of its route; with headers={"Authorization": None}, without.

    Every answer is held to the published document.
    """
    with requests.Session() as session:
        session.trust_env = False  # no proxy, no .netrc
        session.headers["Authorization"] = f"Bearer {token}"
        session.verify = (deployed.emulator and deployed.emulator.certificate) or True

        def send(method: str, path: str, json: Any = None, *, text: str = "", headers: Any = None) -> Answer:
            body = written(json, text)
            sent = {"Content-Type": "application/json", **(headers or {})} if body is not None else headers
            url = urljoin(f"{deployed.url}/", path)
            asked = session.prepare_request(requests.Request(method, url, sent, data=body and body.encode()))
            if people.asks_for_a_signature(method, path) and "Authorization" not in (headers or {}):
                keys = signer or pytest.skip("signs with what the emulator's identity pool gives")
                asked.headers.update(people.signature(keys, method, str(asked.url), asked.body))
            given = session.send(asked, timeout=120)
            answer = Answer(given.status_code, CaseInsensitiveDict(given.headers), given.text)
            conforms(method, path, answer, DEPLOYED)
            return answer

        yield send


@pytest.fixture(scope="session")
def storage_deployed(deployed: Deployed) -> DeployedStorage:
    """The buckets of files and their CDN."""
    return DeployedStorage(deployed)


@pytest.fixture
def items(deployed: Deployed) -> Callable[[], list[Any]]:
    """Return all stored items."""
    database = deployed.client("dynamodb")
    tables = [one.physical_id for one in deployed.resources() if one.kind == "AWS::DynamoDB::GlobalTable"]
    pages = [database.get_paginator("scan").paginate(TableName=name, ConsistentRead=True) for name in tables]
    return lambda: sorted((item for each in pages for page in each for item in page["Items"]), key=str)


@pytest.fixture
def send(deployed: Deployed, resource: Resource) -> Callable[..., requests.Response]:
    """Send a batch that creates one item, signed with `keys` for it, or for another method or body; held to nothing."""
    deployed.client("iam")  # skips where the emulator is not ours

    def send(keys: Any = None, *, method: str = "POST", signed_body: Any = None, headers: Any = None) -> Any:
        body = written({"operations": [{"op": "create", "item": fresh(resource)}]}, "")
        url = f"{deployed.url}/{resource.path}/batch"
        proof = people.signature(keys, method, url, signed_body or body) if keys else {}
        sent = {"Content-Type": "application/json", **proof, **(headers or {})}
        trust = deployed.emulator and deployed.emulator.certificate
        return requests.post(url, body, headers=sent, verify=trust, timeout=30)

    return send


def discard(folder: Path) -> None:
    """Delete in the background: each process of a function had a copy of the layer, which takes minutes to delete."""
    subprocess.Popen(["rm", "-rf", str(folder)], start_new_session=True)
