"""All processes of this machine."""

import subprocess
from collections.abc import Iterator
from contextlib import suppress

from tools.dev.processes import PROC, command_of


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
