"""An emulator, and a proxy before it that fails."""

import os
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from lambdas.runtime.observability import logger
from tests.faults.proxy import Proxy
from tests.faults.resources.pages import PAGES
from tests.faults.resources.titles import TITLES
from tests.faults.service import Service, serving
from tests.support.emulator import started


@pytest.fixture
def thorough(request: pytest.FixtureRequest) -> bool:
    """True if everything is run, False for the part that CI has time for."""
    return bool(request.config.getoption("thorough"))


@pytest.fixture
def seed(request: pytest.FixtureRequest) -> int:
    """The number that decides by chance."""
    return int(request.config.getoption("seed"))


@pytest.fixture
def report(capsys: pytest.CaptureFixture[str]) -> Callable[[str], None]:
    """Tell the person who runs the tests."""

    def tell(line: str) -> None:
        with capsys.disabled():
            print(f"\n{line}", end="")

    return tell


@pytest.fixture(scope="session")
def emulator(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """The URL of an emulator of our own."""
    emulator = started(tmp_path_factory.mktemp("emulator"), {"PERSIST_STATE": "0"})
    yield emulator.url
    emulator.stop()


@pytest.fixture
def proxy(emulator: str) -> Iterator[Proxy]:
    """A proxy before the emulator, which does not fail yet."""
    with Proxy(emulator).running() as proxy:
        yield proxy


@pytest.fixture(params=[PAGES, TITLES], ids=lambda resource: resource.path)
def service(request: pytest.FixtureRequest, emulator: str, proxy: Proxy) -> Iterator[Service]:
    """The functions of a resource, behind the proxy."""
    handler, silence = logger.registered_handler, Path(os.devnull).open("w")  # noqa: SIM115 - closed below
    before = handler.setStream(silence)
    with serving(request.param, emulator, proxy.url) as service, silence:
        yield service
        handler.setStream(before or sys.stdout)
