"""An emulator for one measurement."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory

from tests.support.emulator import started
from tools.dev.emulator import Emulator


@contextmanager
def emulated() -> Iterator[Emulator]:
    """Run an emulator in a folder of its own, while the caller uses it."""
    with TemporaryDirectory() as folder:
        emulator = started(Path(folder))
        try:
            yield emulator
        finally:
            emulator.stop(within=1)
