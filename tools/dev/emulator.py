"""The AWS emulator, MiniStack, as a process of this machine: start, find, stop."""

import json
import os
import random
import signal
import socket
import ssl
import subprocess
import time
import urllib.request
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path

from tools.dev.install import EMULATOR, ROOT
from tools.dev.processes import command_of
from tools.problem import Problem

ACCOUNT = "000000000000"
REGION = "us-east-1"
# -P: the folder of the program has modules of ours, which are not to be found before those of the same names
COMMAND = (f"{EMULATOR}/bin/python", "-P", f"{ROOT}/tools/dev/start_emulator.py")
STARTS_WITHIN = 60  # seconds; about one on a machine that has nothing else to do
STOPS_WITHIN = 30  # seconds; it writes its state when it is asked to stop


@dataclass(frozen=True)
class Emulator:
    """An emulator on one port of 127.0.0.1, with all that it writes in one folder."""

    port: int
    folder: Path
    settings: dict[str, str] = field(default_factory=dict)  # more of MiniStack's own environment variables
    attached: bool = False  # ends with the process that starts it, however that ends

    @property
    def url(self) -> str:
        """The endpoint of all AWS services."""
        return f"{'https' if self.certificate else 'http'}://127.0.0.1:{self.port}"

    @property
    def certificate(self) -> str:
        """The file of the certificate to trust, if it serves TLS."""
        return self.settings.get("MINISTACK_SSL_CERT", "")

    @property
    def log(self) -> Path:
        """The file with its output."""
        return self.folder / "emulator.log"

    @property
    def note(self) -> Path:
        """The file with its process id and port."""
        return self.folder / "emulator.json"

    def start(self) -> bool:
        """Start it and wait until it answers; False if it runs already."""
        pid, port = self.noted()
        if is_emulator(pid):
            if port != self.port:
                raise Problem(f"This clone's emulator runs on port {port}: use PORT={port}, or `make stop` first.")
            if self.answers():
                return False
            self.stop()  # it hangs
        refuse_port_in_use(self.port)
        (self.folder / "tmp").mkdir(parents=True, exist_ok=True)
        self.forget_stream_positions()
        self.await_answer(self.launch())
        return True

    def forget_stream_positions(self) -> None:
        """Let the functions read the streams of tables from their beginning.

        The emulator keeps how far they have read, and not the records that they count: they would wait for as many new
        ones as there were, and never hear of those.
        """
        path = self.folder / "state" / "lambda.json"
        if path.exists():
            state = json.loads(path.read_text())
            state["payload"].pop("dynamodb_stream_positions", None)
            path.write_text(json.dumps(state))

    def launch(self) -> subprocess.Popen[bytes]:
        """Start the process in a session of its own, so that it outlives the command.

        One that is attached reads a pipe whose other end closes with this process, and nowhere else.
        """
        its_input = os.pipe()[0] if self.attached else os.open(os.devnull, os.O_RDONLY)
        with self.log.open("wb") as log:
            process = subprocess.Popen(
                COMMAND,
                cwd=self.folder,
                env=self.environment(),
                stdin=its_input,
                stdout=log,
                stderr=subprocess.STDOUT,
                start_new_session=True,
            )
        os.close(its_input)
        self.note.write_text(json.dumps({"pid": process.pid, "port": self.port}))
        return process

    def environment(self) -> dict[str, str]:
        """Return its variables: no AWS settings or proxies of the caller, since it calls itself; its own folder."""
        foreign = ("AWS_", "HTTP_PROXY", "HTTPS_PROXY", "ALL_PROXY")
        inherited = {name: value for name, value in os.environ.items() if not name.upper().startswith(foreign)}
        return {
            **inherited,
            "GATEWAY_PORT": str(self.port),
            "BIND_HOST": "127.0.0.1",
            "PERSIST_STATE": "1",
            "STATE_DIR": str(self.folder / "state"),
            "S3_PERSIST": "1",
            "S3_DATA_DIR": str(self.folder / "s3"),
            "TMPDIR": str(self.folder / "tmp"),
            "IOT_MTLS_ENABLED": "0",
            **self.settings,
        }

    def await_answer(self, process: subprocess.Popen[bytes]) -> None:
        """Return when it is ready. Raises Problem with the end of its log if it ends or does not answer."""
        end = time.monotonic() + STARTS_WITHIN
        while time.monotonic() < end and process.poll() is None:
            if self.answers():
                return
            time.sleep(0.1)
        self.stop()
        tail = self.log.read_text(errors="replace").strip()[-1500:]
        raise Problem(f"The emulator did not start; {self.log} ends:\n{tail}")

    def answers(self) -> bool:
        """Return True if it serves requests."""
        trust = ssl.create_default_context(cafile=self.certificate or None)
        try:
            with urllib.request.urlopen(f"{self.url}/_ministack/health", timeout=2, context=trust) as answer:  # noqa: S310 - 127.0.0.1
                return bool(answer.status == 200)
        except OSError:
            return False

    def stop(self, within: float = STOPS_WITHIN) -> bool:
        """Ask it to write its state and end, by the process id noted at the start; False if none runs."""
        pid, _ = self.noted()
        runs = is_emulator(pid)
        if runs:
            end_process(pid, within)
        if self.note.exists():
            self.note.write_text(json.dumps({"pid": 0, "port": self.noted()[1]}))  # the next start takes the same port
        return runs

    def noted(self) -> tuple[int, int]:
        """Return the process (zero if it was stopped) and the port of the last start; zeros if there was none."""
        if not self.note.exists():
            return 0, 0
        note = json.loads(self.note.read_text())
        return note["pid"], note["port"]


def is_emulator(pid: int) -> bool:
    """Return whether the process runs and is an emulator of this clone, not a later one with the same id."""
    if not pid:
        return False
    with suppress(ChildProcessError):
        os.waitpid(pid, os.WNOHANG)  # a child of ours that ended is gone only when it was waited for
    return " ".join(COMMAND) in command_of(pid)


def end_process(pid: int, within: float) -> None:
    """Terminate a process; kill it after so many seconds."""
    os.kill(pid, signal.SIGTERM)
    end = time.monotonic() + within
    while is_emulator(pid):
        if time.monotonic() > end:
            os.kill(pid, signal.SIGKILL)
        time.sleep(0.05)


def refuse_port_in_use(port: int) -> None:
    """Raise a Problem if anything listens there."""
    with socket.socket() as probe:
        if probe.connect_ex(("127.0.0.1", port)) == 0:
            raise Problem(f"Port {port} is in use by another program; choose one: make run PORT={port + 1}")


def free_port() -> int:
    """Return a free port, outside of the range of ephemeral ports."""
    while True:
        port = random.randrange(20_000, 32_000)  # noqa: S311 - no secret
        with socket.socket() as probe, suppress(OSError):
            probe.bind(("127.0.0.1", port))
            return port
