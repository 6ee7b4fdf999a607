"""The way of one request through our own files: how many calls it takes, and how often it changes the file."""

import sys
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from types import FrameType
from typing import Any

import pytest

from tests.conftest import ROOT

OURS = (f"{ROOT / 'lambdas'}/", f"{ROOT / 'dynamodel'}/")


@dataclass
class Trace:
    """The calls of functions in our files, in order; a generator that is resumed counts again."""

    files: list[str] = field(default_factory=list)

    def note(self, frame: FrameType, event: str, _: object) -> None:
        """Note a call, as `sys.setprofile` reports it."""
        if event == "call" and frame.f_code.co_filename.startswith(OURS):
            self.files.append(str(Path(frame.f_code.co_filename).relative_to(ROOT)))

    @property
    def calls(self) -> int:
        return len(self.files)

    @property
    def switches(self) -> int:
        """The calls whose file is not that of the call before."""
        return sum(before != after for before, after in zip(self.files, self.files[1:], strict=False))


def traced(send: Callable[[], Any]) -> Trace:
    """Send a request twice, and trace it the second time: warm, as most requests are."""
    send()
    trace = Trace()
    sys.setprofile(trace.note)
    try:
        send()
    finally:
        sys.setprofile(None)
    return trace
