"""Plain HTTP in front of TLS: the emulator fetches the keys of a token's pool from itself, and only over plain HTTP."""

import ssl
import urllib.error
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

from tests.support.serving import serving


@contextmanager
def relay(certificate: Path) -> Iterator[str]:
    """A proxy from plain HTTP to TLS; yields its URL."""
    trust = ssl.create_default_context(cafile=str(certificate))
    opener = urllib.request.build_opener(urllib.request.ProxyHandler({}), urllib.request.HTTPSHandler(context=trust))

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            try:
                with opener.open(self.path.replace("http://", "https://", 1), timeout=5) as answer:
                    status, body = answer.status, answer.read()
            except urllib.error.HTTPError as error:
                status, body = error.code, error.read()
            self.send_response(status)
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *_: object) -> None:
            """Log nothing."""

    with serving(ThreadingHTTPServer(("127.0.0.1", 0), Handler)) as server:
        yield f"http://127.0.0.1:{server.server_port}"
