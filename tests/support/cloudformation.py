"""CloudFormation's side of a custom resource."""

import json
from collections.abc import Callable
from http.server import BaseHTTPRequestHandler, HTTPServer
from types import SimpleNamespace
from typing import Any

from tests.support.serving import serving


def invoke(handler: Callable[[Any, Any], None], kind: str, properties: dict[str, Any], **more: Any) -> dict[str, Any]:
    """Call the function of a custom resource (Create, Update, Delete), and return the report that it sends."""
    reports = []

    class Receiver(BaseHTTPRequestHandler):
        def do_PUT(self) -> None:
            reports.append(json.loads(self.rfile.read(int(self.headers["Content-Length"]))))
            self.send_response(200)
            self.end_headers()

        def log_message(self, *_: object) -> None:
            """Log nothing."""

    with serving(HTTPServer(("127.0.0.1", 0), Receiver)) as server:
        names = {"RequestId": "1", "LogicalResourceId": "It", "StackId": "stack"}
        address = {"ResponseURL": f"http://127.0.0.1:{server.server_port}/"}
        event = {**names, **address, "RequestType": kind, "ResourceProperties": properties, **more}
        handler(event, SimpleNamespace(aws_request_id="physical"))
    (report,) = reports
    return dict(report)
