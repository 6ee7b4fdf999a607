"""Processes of this machine: from /proc where there is one, since a small machine has no `ps`; else from `ps`."""

import subprocess
from contextlib import suppress
from pathlib import Path

PROC = Path("/proc")


def command_of(pid: int) -> str:
    """Return the command line of a process; empty if there is none with that id."""
    if not (PROC / "self").exists():
        command = ["ps", "-ww", "-p", str(pid), "-o", "command="]
        return subprocess.run(command, capture_output=True, text=True, check=False).stdout.strip()
    with suppress(OSError):
        return (PROC / str(pid) / "cmdline").read_bytes().replace(b"\0", b" ").decode(errors="replace").strip()
    return ""
