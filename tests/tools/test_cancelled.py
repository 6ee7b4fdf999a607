"""A run of tests that is ended from outside, as CI cancels one: its emulator ends with it."""

import signal
import subprocess
import sys

import pytest

from tests.support.processes import processes
from tests.support.waiting import until
from tools.dev.emulator import Emulator
from tools.dev.install import ROOT

TEST = """
import time
from pathlib import Path

import pytest
from tools.dev.emulator import Emulator, free_port


@pytest.fixture
def emulator():
    emulator = Emulator(free_port(), Path({folder!r}), attached=True)
    emulator.start()
    yield
    emulator.stop(within=1)
    Path({folder!r}, "stopped").touch()


def test_with_an_emulator(emulator):
    Path({folder!r}, "runs").touch()
    time.sleep(600)
"""


@pytest.fixture
def folder(tmp_path):
    """The folder of the other run's emulator."""
    return tmp_path / "emulator"


@pytest.fixture
def other_run(tmp_path, folder):
    """Another run of tests, in the middle of one that uses an emulator."""
    (tmp_path / "test_other.py").write_text(TEST.format(folder=str(folder)))
    command = [sys.executable, "-m", "pytest", "-p", "tests.support.cancelled", tmp_path]
    with (tmp_path / "log").open("w") as log:
        run = subprocess.Popen(command, cwd=ROOT, stdout=log, stderr=log)
    until((folder / "runs").exists, bool)
    yield run
    run.kill()
    run.wait()


@pytest.mark.emulator
@pytest.mark.parametrize("by", [signal.SIGTERM, signal.SIGKILL], ids=lambda by: by.name)
def test_nothing_is_left_of_a_run_that_was_ended(other_run, folder, tmp_path, by):
    emulator, _ = Emulator(0, folder).noted()

    other_run.send_signal(by)
    other_run.wait(30)

    until(lambda: [one for one in processes() if one[0] == emulator or str(tmp_path) in one[2]], lambda left: not left)
    assert (folder / "stopped").exists() or by == signal.SIGKILL
