"""A fork of the project: other resources, some of which refer to others, an operation and a worker of its own, keys."""

import json
import shlex
import sys
from datetime import UTC, datetime
from urllib.parse import urljoin, urlsplit

import pytest
import requests

from tests.support import forks
from tests.support.contributing import add_shown
from tests.support.deployed import Deployed
from tests.support.gallery.customers import CUSTOMERS
from tests.support.gallery.notes import NOTES
from tests.support.gallery.parcels import PARCELS
from tests.support.gallery.rates import RATES
from tests.support.people import invited, signed_in
from tests.support.related.appointments import APPOINTMENTS
from tests.support.related.letters import LETTERS
from tests.support.related.patients import PATIENTS
from tests.support.uploads import DeployedStorage, described, png
from tests.support.waiting import until
from tools.dev import cdk, tokens
from tools.ops.target import Target

QUOTA = 120
AT = "2026-01-31T12:00:00.000000Z"
SETTINGS = f"""
from dataclasses import replace

STAGES["local"] = replace(STAGES["local"], daily_quota={QUOTA}, examples=False)
"""


def forked(folder):
    """A copy of what is deployed, with these settings and resources."""
    resources = [APPOINTMENTS, CUSTOMERS, LETTERS, NOTES, PARCELS, PATIENTS, RATES]
    app = forks.forked(folder, resources, own=False, name="fork")
    add_shown(folder)
    with (folder / "stacks" / "stages.py").open("a") as stages:
        stages.write(SETTINGS)
    return app


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    return tmp_path_factory.mktemp("fork")


@pytest.fixture(scope="module")
def deploy(deployed, folder):
    """Deploy the fork beside the project."""
    app, environment = shlex.join([sys.executable, str(forked(folder))]), cdk.emulated(deployed.emulator)
    stage = ["--context", "stage=local", "--context", f"emulator={deployed.emulator.url}"]
    words = ["--app", app, "--output", folder / "cdk.out", *stage, "--require-approval=never"]
    return lambda: cdk.cdk("deploy", *words, env=environment, log=folder / "deploy.log")


@pytest.fixture(scope="module")
def fork(deployed, deploy):
    """The fork, deployed."""
    emulator = deployed.emulator
    deploy()
    outputs = Target("fork-local", "", "", deployed.client).outputs() | {"SignInUrl": emulator.url}
    return Deployed(cdk.local_url(emulator, outputs["ApiUrl"]), outputs, emulator)


@pytest.fixture(scope="module")
def key(fork):
    return fork.client("apigateway").get_api_key(apiKey=fork.outputs["ApiKeyId"], includeValue=True)["value"]


@pytest.fixture(scope="module")
def caller(fork, key):
    """Make somebody who sends requests with a token and the stage's key."""

    def make(token):
        def send(method, path, json=None, **headers):
            sent = {"Authorization": f"Bearer {token}", "X-Api-Key": key, **headers}
            url = urljoin(f"{fork.url}/", path)
            return requests.request(method, url, json=json, headers=sent, verify=fork.emulator.certificate, timeout=30)

        return send

    return make


@pytest.fixture(scope="module")
def machine(fork, caller):
    return caller(tokens.machine_token(fork.emulator, fork.outputs))


@pytest.fixture(scope="module")
def ann(fork, caller):
    return caller(signed_in(fork, invited(fork))["access_token"])


@pytest.fixture(scope="module")
def ben(fork, caller):
    return caller(signed_in(fork, invited(fork))["access_token"])


def test_a_changed_handler_is_deployed_to_the_functions_of_every_nested_stack(fork, folder, deploy, ann):
    """The emulator would forget the attributes of what does not change (tools/dev/start_emulator.py)."""
    file = folder / "lambdas" / "crud" / "list.py"
    file.write_text(file.read_text().replace("request.parent), {}", 'request.parent), {"X-Changed": "yes"}'))

    deploy()

    stacks = {one.stack for one in Target("fork-local", "", "", fork.client).resources()}
    assert len(stacks) >= 4
    for path in ("customers", "notes", "parcels"):
        answer = ann("GET", path)
        assert (answer.status_code, answer.headers.get("X-Changed")) == (200, "yes")


def test_an_item_belongs_to_the_person_who_created_it_alone(machine, ann, ben):
    note = ann("POST", "notes", {"text": "Ann's secret"}).json()
    ben("POST", "notes", {"text": "Ben's own"})

    for other in (ben, machine):
        refused = [
            other("GET", f"notes/{note['id']}"),
            other("PUT", f"notes/{note['id']}", {"text": "mine now"}),
            other("PATCH", f"notes/{note['id']}", {"text": "mine now"}, **{"If-Match": '"7"'}),
            other("POST", f"notes/{note['id']}/stars", {"delta": 1}),
            other("DELETE", f"notes/{note['id']}"),
        ]
        assert [answer.status_code for answer in refused] == [404] * 5
        assert note["id"] not in other("GET", "notes").text

    assert ann("GET", f"notes/{note['id']}").json() == note
    assert [one["text"] for one in ann("GET", "notes").json()["items"]] == ["Ann's secret"]
    assert [one["text"] for one in ben("GET", "notes").json()["items"]] == ["Ben's own"]
    assert machine("GET", "notes").json()["items"] == []


def test_the_owner_of_an_item_alone_uploads_its_file_and_removes_it(fork, machine, ann, ben):
    note, own = (person("POST", "notes", {"text": "With a drawing"}).json() for person in (ann, ben))
    storage = DeployedStorage(fork, "fork-local")
    place, asked = f"notes/{note['id']}/drawing", described(png())
    mine, foreign = (
        who("POST", path, asked).json() for who, path in ((ann, place), (ben, f"notes/{own['id']}/drawing"))
    )

    refused = [other("POST", place, asked) for other in (ben, machine)]
    moved = storage.put(
        {**foreign, "url": foreign["url"].replace(*(urlsplit(one["url"]).path for one in (foreign, mine)))}, png()
    )
    assert storage.put(mine, png()) == 200
    storage.settle()
    refused += [other("DELETE", place) for other in (ben, machine)]

    assert ([answer.status_code for answer in refused], moved) == ([404] * 4, 403)
    assert ann("GET", f"notes/{note['id']}").json()["drawing"]["sha256"] == asked["sha256"]


def test_cursors_and_idempotency_keys_work_for_their_caller_only(ann, ben):
    headers = {"Idempotency-Key": "note-1"}
    first, other = ({"text": "the same"} for _ in range(2))

    made = [ann("POST", "notes", first, **headers), ben("POST", "notes", other, **headers)]
    again = ann("POST", "notes", first, **headers)
    stolen = ben("GET", f"notes?limit=1&cursor={ann('GET', 'notes?limit=1').json()['next']}")

    assert made[0].json()["owner"] != made[1].json()["owner"]
    assert again.json() == made[0].json()
    assert stolen.status_code == 400


def test_a_batch_does_not_change_items_of_others(ann, ben):
    note = ann("POST", "notes", {"text": "Ann's secret"}).json()
    operations = [{"op": "create", "item": {"text": "Ben's own batch"}}, {"op": "delete", "id": note["id"]}]

    together = ben("POST", "notes/batch", {"operations": operations})
    one_by_one = ben("POST", "notes/batch", {"operations": operations[1:], "atomic": False})

    assert together.json()["errors"][0]["status"] == 404
    assert one_by_one.json()["results"][0]["status"] == 404
    assert "Ben's own batch" not in ben("GET", "notes").text
    assert ann("GET", f"notes/{note['id']}").status_code == 200


def test_an_operation_of_its_own_holds_to_its_rule_and_serves_the_owner_alone(ann, ben):
    order = ann("POST", "orders", {"address": "1 Long Street"}).json()
    cancel, reason = f"orders/{order['id']}/cancel", {"reason": "It takes too long."}

    answers = [ben("POST", cancel, reason), ann("POST", cancel, {}), ann("POST", cancel, reason, **{"If-Match": '"7"'})]
    done, again = ann("POST", cancel, reason, **{"Idempotency-Key": "c"}), ann("POST", cancel, reason)

    assert [answer.status_code for answer in answers] == [404, 400, 412]
    assert (done.status_code, done.json()["state"], done.headers["ETag"]) == (200, "cancelled", '"2"')
    assert (again.status_code, again.json()["type"].rpartition("#")[2]) == (409, "not-open")
    assert ann("POST", cancel, reason, **{"Idempotency-Key": "c"}).json() == done.json()


def test_an_operation_that_is_left_out_is_a_405(ann):
    answers = [ann("POST", "rates", {}), ann("DELETE", "rates/1")]

    assert ann("GET", "rates").json()["items"] == []
    assert [(answer.status_code, answer.headers["Allow"]) for answer in answers] == [(405, "GET, HEAD, OPTIONS")] * 2


def test_references_are_held_to_and_listed_by_functions_with_no_more_than_their_permissions(machine):
    patient = machine("POST", "patients", {"name": "Ann"}).json()["id"]
    body = {"patient": patient, "at": AT}
    missing = machine("POST", "appointments", body | {"patient": "nobody"})
    first, second = (machine("POST", "appointments", body).json() for _ in range(2))
    place = f"appointments/{first['id']}"

    assert (missing.status_code, missing.json()["errors"][0]["pointer"]) == (409, "/patient")
    assert machine("PATCH", place, {"companion": "nobody"}).status_code == 409
    assert machine("PATCH", place, {"companion": patient}).status_code == 200
    assert machine("PUT", place, body).status_code == 200
    listed = machine("GET", f"patients/{patient}/appointments?limit=1").json()
    assert (len(listed["items"]), listed["next"] is None) == (1, False)
    assert machine("DELETE", f"patients/{patient}").status_code == 409
    for one in (first, second):
        assert machine("DELETE", f"appointments/{one['id']}").status_code == 204
    for _ in range(2):
        assert machine("POST", "letters", {"to": patient, "text": "Hello"}).status_code == 201
    assert machine("DELETE", f"patients/{patient}").status_code == 204
    assert machine("GET", "letters").json()["items"] == []


def test_the_list_of_referring_items_answers_options_and_405(machine):
    assert machine("OPTIONS", "patients/x/appointments").headers["Allow"] == "GET, HEAD, OPTIONS"
    assert machine("DELETE", "patients/x/appointments").status_code == 405


def test_a_worker_of_its_own_works_on_its_table(fork, ann):
    order = ann("POST", "orders", {"address": "1 Long Street"}).json()
    scheduler, dynamodb = fork.client("scheduler"), fork.client("dynamodb")
    (name,) = [one["Name"] for one in scheduler.list_schedules()["Schedules"] if "Close" in one["Name"]]
    target = scheduler.get_schedule(Name=name)["Target"]
    function = fork.client("lambda").get_function_configuration(FunctionName=target["Arn"])
    ((table,),) = json.loads(function["Environment"]["Variables"]["TABLES"]).values()

    scheduler.create_schedule(  # the same target, now: it is declared for the mornings
        Name="now",
        ScheduleExpression=f"at({datetime.now(UTC):%Y-%m-%dT%H:%M:%S})",
        FlexibleTimeWindow={"Mode": "OFF"},
        Target=target,
    )

    key = {"id": {"S": order["id"]}}
    until(lambda: dynamodb.get_item(TableName=table, Key=key)["Item"]["state"]["S"], lambda state: state == "cancelled")


def test_a_stage_with_api_keys_rejects_requests_without_one(ann):
    for wrong in (None, "", "guess" * 8):
        assert ann("GET", "notes", **{"X-Api-Key": wrong}).status_code == 403


def test_an_api_key_is_not_authentication(ann):
    assert ann("GET", "notes", Authorization=None).status_code == 401


def test_an_api_key_over_its_daily_quota_gets_a_429(ann):
    statuses = [ann("GET", "notes").status_code for _ in range(QUOTA)]

    assert statuses[-1] == 429
    assert set(statuses) == {200, 429}
