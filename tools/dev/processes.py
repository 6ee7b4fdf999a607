"""Processes of this machine: from /proc where there is one, since a small machine has no `ps`; else from `ps`."""

import subprocess
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

PROC = Path("/proc")


def command_of(pid: int) -> str:
    """Return the command line of a process; empty if there is none with that id."""
    if not (PROC / "self").exists():
        asked = ["ps", "-ww", "-p", str(pid), "-o", "command="]
        return subprocess.run(asked, capture_output=True, text=True, check=False).stdout.strip()
    with suppress(OSError):
        return (PROC / str(pid) / "cmdline").read_bytes().replace(b"\0", b" ").decode(errors="replace").strip()
    return ""


def processes() -> Iterator[tuple[int, int, str]]:
    """Yield the id, the parent's id and the command line of each process."""
    if not (PROC / "self").exists():
        asked = ["ps", "-A", "-ww", "-o", "pid=,ppid=,command="]
        for line in subprocess.run(asked, capture_output=True, text=True, check=True).stdout.splitlines():
            pid, parent, command = line.split(maxsplit=2)
            yield int(pid), int(parent), command
        return
    for folder in PROC.glob("[0-9]*"):
        with suppress(OSError):  # it has ended meanwhile
            parent = (folder / "stat").read_text().rpartition(")")[2].split()[1]
            yield int(folder.name), int(parent), command_of(int(folder.name))
