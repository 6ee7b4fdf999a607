"""Loaded by schemathesis: each request goes with what its route asks for, a token or a signature."""

import os
from urllib.parse import urlsplit

import schemathesis
from botocore.credentials import Credentials
from requests import PreparedRequest
from requests.auth import AuthBase

from tests.e2e import people

BASE = urlsplit(os.environ["FUZZ_URL"]).path
KEYS = Credentials(os.environ["FUZZ_KEY"], os.environ["FUZZ_SECRET"], os.environ["FUZZ_SESSION"])


class Proof(AuthBase):
    """A token of a machine, or the signature of a person."""

    def __call__(self, request: PreparedRequest) -> PreparedRequest:
        method, url = str(request.method), str(request.url)
        path = urlsplit(url).path.removeprefix(f"{BASE}/")
        if people.asks_for_a_signature(method, path):
            request.headers.update(people.signature(KEYS, method, url, request.body))
        else:
            request.headers["Authorization"] = f"Bearer {os.environ['FUZZ_TOKEN']}"
        return request


schemathesis.auth.set_from_requests(Proof())
