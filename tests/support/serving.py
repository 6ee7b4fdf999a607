"""Servers of a test, in a thread of this process."""

from collections.abc import Iterator
from contextlib import contextmanager
from socketserver import BaseServer
from threading import Thread

POLL = 0.01  # seconds until a server sees that it is to end; by default half a second, which each test would wait


@contextmanager
def serving[S: BaseServer](server: S) -> Iterator[S]:
    """Serve while the caller uses it, and close it."""
    with server:
        Thread(target=server.serve_forever, args=(POLL,), daemon=True).start()
        try:
            yield server
        finally:
            server.shutdown()
