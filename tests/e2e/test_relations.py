"""Resources that refer to each other, deployed with the permissions that follow: on an emulator that enforces IAM."""

import shlex
import sys
from urllib.parse import urljoin

import pytest
import requests

from tests.support.deployed import Deployed
from tests.support.forks import forked
from tests.support.related.appointments import APPOINTMENTS
from tests.support.related.letters import LETTERS
from tests.support.related.patients import PATIENTS
from tools.dev import cdk, tokens
from tools.ops.target import Target

AT = "2026-01-31T12:00:00.000000Z"


@pytest.fixture(scope="module")
def send(deployed, tmp_path_factory):
    """Send a request to the fork, with a token that may do everything."""
    emulator, folder = deployed.emulator, tmp_path_factory.mktemp("related")
    app = forked(folder / "app", (APPOINTMENTS, LETTERS, PATIENTS), own=False, name="related")
    words = [
        "--app",
        shlex.join([sys.executable, str(app)]),
        "--output",
        folder / "cdk.out",
        "--context",
        "stage=local",
    ]
    cdk.cdk("deploy", *words, "--require-approval=never", env=cdk.emulated(emulator), log=folder / "deploy.log")
    outputs = cdk.local_outputs(emulator, Target("related-local", "", "", deployed.client).outputs())
    stage = Deployed(outputs["ApiUrl"], outputs, emulator)
    token = tokens.machine_token(emulator, outputs)

    def send(method, path, json=None):
        headers, url = {"Authorization": f"Bearer {token}"}, urljoin(f"{stage.url.rstrip('/')}/", path)
        return requests.request(method, url, json=json, headers=headers, verify=emulator.certificate, timeout=60)

    return send


def test_references_are_held_to_and_listed_by_functions_with_no_more_than_their_permissions(send):
    patient = send("POST", "patients", {"name": "Ann"}).json()["id"]
    body = {"patient": patient, "at": AT}
    missing = send("POST", "appointments", body | {"patient": "nobody"})
    first, second = (send("POST", "appointments", body).json() for _ in range(2))
    place = f"appointments/{first['id']}"

    assert (missing.status_code, missing.json()["errors"][0]["pointer"]) == (409, "/patient")
    assert send("PATCH", place, {"companion": "nobody"}).status_code == 409
    assert send("PATCH", place, {"companion": patient}).status_code == 200
    assert send("PUT", place, body).status_code == 200
    listed = send("GET", f"patients/{patient}/appointments?limit=1").json()
    assert (len(listed["items"]), listed["next"] is None) == (1, False)
    assert send("DELETE", f"patients/{patient}").status_code == 409
    for one in (first, second):
        assert send("DELETE", f"appointments/{one['id']}").status_code == 204
    for _ in range(2):
        assert send("POST", "letters", {"to": patient, "text": "Hello"}).status_code == 201
    assert send("DELETE", f"patients/{patient}").status_code == 204
    assert send("GET", "letters").json()["items"] == []


def test_the_methods_of_a_list_below_an_item_are_told(send):
    assert send("OPTIONS", "patients/x/appointments").headers["Allow"] == "GET, HEAD, OPTIONS"
    assert send("DELETE", "patients/x/appointments").status_code == 405
