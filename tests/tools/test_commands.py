"""The commands, as users type them: an error is one message, without a traceback."""

import os
import socket
import ssl
import subprocess
import sys

import pytest

from stacks.stage import default
from stacks.stages import STAGES
from tests.support.certificate import self_signed
from tests.support.emulator import started
from tools.__main__ import main
from tools.dev.cdk import client
from tools.dev.emulator import Emulator, free_port
from tools.dev.install import ROOT


def run(*words, **environment):
    """The exit code of a process and all that it printed."""
    command = [sys.executable, *words]
    done = subprocess.run(
        command, cwd=ROOT, env=os.environ | environment, capture_output=True, text=True, timeout=120, check=False
    )
    return done.returncode, done.stdout + done.stderr


@pytest.fixture
def command(capsys, monkeypatch):
    """The same of a command, in this process: a process of its own takes as long as fifty of them."""
    monkeypatch.chdir(ROOT)

    def command(*words):
        code = main([*words])
        printed = capsys.readouterr()
        return code, printed.out + printed.err

    return command


@pytest.fixture
def emulator(tmp_path):
    """An emulator with a folder of its own, stopped in the end."""
    emulator = Emulator(port=free_port(), folder=tmp_path / "a folder", attached=True)
    yield emulator
    emulator.stop(within=1)


@pytest.mark.parametrize("port", ["0", "80", "65536", "http", "-1", "4566; true"])
def test_an_invalid_port_is_refused(command, port):
    assert command("run", f"--port={port}") == (1, f"\nPORT={port} is not a port: use a number from 1024 to 65535.\n")


def test_a_process_says_what_a_command_says_and_ends_with_its_code():
    assert run("-m", "tools", "run", "--port=0") == (1, "\nPORT=0 is not a port: use a number from 1024 to 65535.\n")


def test_a_port_in_use_is_refused_and_another_one_named(emulator):
    with socket.create_server(("127.0.0.1", emulator.port)), pytest.raises(Exception, match="in use") as refused:
        emulator.start()

    assert f"PORT={emulator.port + 1}" in str(refused.value)
    assert not emulator.note.exists()


@pytest.mark.emulator
def test_an_emulator_that_cannot_start_is_reported_with_the_end_of_its_log(tmp_path):
    emulator = Emulator(port=free_port(), folder=tmp_path, settings={"PYTHONHOME": "/nowhere"})

    with pytest.raises(Exception, match="did not start") as refused:
        emulator.start()

    assert "encodings" in str(refused.value)
    assert emulator.noted()[0] == 0


def test_data_survives_a_stop_and_a_start(emulator):
    emulator.start()
    client(emulator, "sns").create_topic(Name="kept")

    assert emulator.stop()
    assert not emulator.answers()
    assert emulator.start()

    (topic,) = client(emulator, "sns").list_topics()["Topics"]
    assert topic["TopicArn"].endswith(":kept")


def test_an_emulator_that_runs_is_found_again(emulator):
    assert emulator.start()
    assert not emulator.start()

    assert (emulator.stop(), emulator.stop()) == (True, False)


def test_it_listens_on_this_machine_only(emulator):
    emulator.start()

    with pytest.raises(OSError, match=r"refused|assign"):
        socket.create_connection(("127.0.0.2", emulator.port), timeout=1)


@pytest.mark.emulator
def test_with_tls_too_it_takes_its_own_port_alone(tmp_path):
    certificate, key = self_signed(tmp_path)
    tls = {"USE_SSL": "1", "MINISTACK_SSL_CERT": str(certificate), "MINISTACK_SSL_KEY": str(key)}
    trust = ssl.create_default_context(cafile=str(certificate))

    emulator = started(tmp_path, tls)

    with pytest.raises(OSError, match=r"refused|certificate"), socket.create_connection(("127.0.0.1", 443)) as socket_:
        trust.wrap_socket(socket_, server_hostname="127.0.0.1").close()
    assert emulator.stop(within=1)


@pytest.mark.parametrize("stage", ["", "local", "nowhere"])
def test_deploy_requires_a_stage_in_aws(command, stage):
    code, said = command("deploy", f"--stage={stage}")

    in_aws = " or ".join(f"STAGE={one}" for one in STAGES if one != "local")
    assert (code, f"use {in_aws}" in said) == (1, True)


@pytest.mark.parametrize("name", ["redrive", "recover", "url", "synth"])
def test_commands_name_the_stages_alike(command, name):
    code, said = command(name, "--stage=nowhere", "--resource=things", "--at=2026-01-02T03:04:05Z")

    stages = " or ".join(f"STAGE={one}" for one in STAGES)
    assert (code, said) == (1, f"\nSTAGE=nowhere is not a stage of this command: use {stages} (stacks/stages.py).\n")


def test_deploy_without_credentials_says_to_log_in(command, monkeypatch):
    for name, value in {"AWS_ACCESS_KEY_ID": "", "AWS_SECRET_ACCESS_KEY": "", "AWS_PROFILE": "nobody"}.items():
        monkeypatch.setenv(name, value)

    code, said = command("deploy", f"--stage={default()}")

    assert (code, "Log in first" in said) == (1, True)


def test_an_unknown_stage_is_named_with_those_there_are():
    code, said = run("app.py", CDK_CONTEXT_JSON='{"stage": "nowhere"}')

    assert code == 1
    stages = " or ".join(f"stage={one}" for one in STAGES)
    assert said.splitlines()[-1] == f"stage=nowhere is not a stage: use {stages} (stacks/stages.py)."


@pytest.mark.parametrize("name", ["logs", "watch"])
def test_commands_that_need_the_emulator_say_to_start_it(command, name):
    assert command(name, f"--port={free_port()}") == (1, "\nThe emulator is not running: `make run` first.\n")
