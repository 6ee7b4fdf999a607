"""Serve a built site on this machine, with the headers that a stage's CDN sends."""

import json
import sys
import webbrowser
from collections.abc import Mapping
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from lambdas.files.serving import SITE
from tools.site.build import CONFIG

HOST = "localhost"  # a secure context to browsers, and what a local stage's callback_urls name
PORT = 3000  # likewise
FIRST_PAGE = "browse.html"


def headers(settings: Mapping[str, str]) -> dict[str, str]:
    """The headers of every file: a page may connect to its own API and sign-in page alone."""
    urls = [urlsplit(value) for name, value in settings.items() if name.endswith("Url") and value]
    origins = " ".join(["'self'", *sorted({f"{url.scheme}://{url.netloc}" for url in urls})])
    return {
        "Content-Security-Policy": f"frame-ancestors 'none'; connect-src {origins}",
        "X-Content-Type-Options": "nosniff",
        "Referrer-Policy": "strict-origin",
        "Cache-Control": "no-cache",
    }


class Handler(SimpleHTTPRequestHandler):
    """A handler of files that sends the given headers and stays silent."""

    def __init__(self, *args: object, more: Mapping[str, str], directory: str) -> None:
        """Keep the headers; the base class answers at once."""
        self.more = more
        super().__init__(*args, directory=directory)  # type: ignore[arg-type] # socketserver's own three

    def end_headers(self) -> None:
        """Send them after those of the file."""
        for name, value in self.more.items():
            self.send_header(name, value)
        super().end_headers()

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002 - the base class's name
        """Print nothing."""


class Server(ThreadingHTTPServer):
    """A server that ignores broken connections."""

    def handle_error(self, request: Any, client_address: Any) -> None:
        """Print errors other than broken connections."""
        if not isinstance(sys.exception(), ConnectionError):
            super().handle_error(request, client_address)


def server(out: Path, port: int = 0) -> ThreadingHTTPServer:
    """A server of the site that was built in `out`, on a port of this machine; 0 chooses a free one."""
    settings = json.loads((out / SITE / CONFIG).read_text())
    return Server((HOST, port), partial(Handler, more=headers(settings), directory=str(out)))


def open_site(out: Path) -> None:
    """Serve the site until interrupted, and open it in the person's browser, if there is one."""
    try:
        running = server(out, PORT)
    except OSError:
        running = server(out)
        print(f"Port {PORT} is in use: sign in on the page by pasting a token (make token).")
    open_page(f"http://{HOST}:{running.server_port}/{SITE}/")
    print("Stop with Ctrl-C.", flush=True)
    running.serve_forever()


def open_page(site: str) -> None:
    """Print the address of the first page of a site, and open it in the person's browser, if there is one."""
    print(f"{site}{FIRST_PAGE}", flush=True)
    webbrowser.open(f"{site}{FIRST_PAGE}")
