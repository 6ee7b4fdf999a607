"""The files of the project itself, and the message, in place of a traceback, about an error in them."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from traceback import walk_tb

from dynamodel import DeclarationError

ROOT = Path(__file__).resolve().parents[2]
YOURS = ("lambdas/resources/", "lambdas/operations/", "lambdas/workers/", "stacks/stages.py")


class Wrong(SystemExit):
    """The end of a command: its message says which file is wrong, in which line, and what is."""


@contextmanager
def explained() -> Iterator[None]:
    """End the command with one message if a declaration is wrong, or a file of the project's own cannot be read."""
    try:
        yield
    except Exception as wrong:
        place = _place(wrong)
        if not place and not isinstance(wrong, DeclarationError):
            raise  # a fault of the machinery, whose traceback says where
        raise Wrong(f"\n{place}{_message(wrong)}") from None


def _place(wrong: Exception) -> str:
    """Return the innermost line of the project's own files that an exception went through."""
    lines = [(frame.f_code.co_filename, line) for frame, line in walk_tb(wrong.__traceback__)]
    if isinstance(wrong, SyntaxError):
        lines.append((wrong.filename or "", wrong.lineno or 0))
    for file, line in reversed(lines):
        name = file.removeprefix(f"{ROOT}/")
        if name.startswith(YOURS):
            return f"{name}, line {line}: "
    return ""


def _message(wrong: Exception) -> str:
    if isinstance(wrong, SyntaxError):
        return wrong.msg
    if isinstance(wrong, LookupError):
        return f"{type(wrong).__name__}: {wrong}"
    if isinstance(wrong, ImportError) and "circular import" in str(wrong):
        return f"{str(wrong).partition(' (')[0]}: resources cannot refer to each other in a circle"
    return str(wrong)
