"""Emulators of the tests' own."""

from pathlib import Path

from tools.dev.emulator import Emulator, free_port
from tools.problem import Problem


def started(folder: Path, settings: dict[str, str] | None = None) -> Emulator:
    """Start one that ends with this process, on another port if something takes the first before it does."""
    emulator = Emulator(free_port(), folder, settings or {}, attached=True)
    try:
        emulator.start()
    except Problem as problem:
        if "in use" not in str(problem):
            raise
        return started(folder, settings)
    return emulator
