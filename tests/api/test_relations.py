"""Resources that refer to others: over their handlers, and in documents."""

import json
import secrets

import pytest

from dynamodel import Attr, Index, Model, ShardedIndex, key, reference, uuid7, version
from lambdas.rest.relations import listed_below, related_actions
from lambdas.rest.resource import Resource
from stacks.contract.document import document
from tests.support.gallery.notes import Note
from tests.support.gateway import Gateway
from tests.support.related.appointments import APPOINTMENTS
from tests.support.related.letters import LETTERS
from tests.support.related.patients import PATIENTS

EVERY = (APPOINTMENTS, LETTERS, PATIENTS)
AT = "2026-01-31T12:00:00.000000Z"


@pytest.fixture
def send(dynamodb, monkeypatch):
    """Send a request to the handlers of the resource that its path begins with; send.tables has their tables."""
    tables = {one: f"{one.path}-{secrets.token_hex(4)}" for one in EVERY}
    for one, name in tables.items():
        dynamodb.create_table(**one.model.schema.create_table(name))
    gateways = {one.path: Gateway(one, [other for other in EVERY if other is not one]) for one in EVERY}

    def send(method, path, body=None, headers=None):
        gateway = gateways[path.partition("?")[0].split("/")[2 if path.count("/") > 1 else 0]]
        route, _ = gateway.matched(method, path.partition("?")[0])
        related = {one.module: tables[one] for one, *_ in related_actions(route, gateway.resource, EVERY)}
        monkeypatch.setenv("RESOURCE", gateway.resource.module)
        monkeypatch.setenv("TABLE_NAME", tables[gateway.resource])
        monkeypatch.setenv("CURSOR_KEY", "a secret of ours")
        monkeypatch.setenv("RELATED", json.dumps(related) if related else "")
        return gateway.send(method, path, body, headers=headers)

    send.tables = tables
    yield send
    for gateway in gateways.values():
        gateway.close()


@pytest.fixture
def patient(send):
    return send("POST", "patients", {"name": "Ann"}).json["id"]


@pytest.fixture
def appointment(send, patient):
    return send("POST", "appointments", {"patient": patient, "at": AT}).json


def test_an_item_that_refers_to_a_missing_one_is_a_409_that_names_the_field(send, appointment):
    place = f"appointments/{appointment['id']}"
    wrong = {"patient": "nobody", "at": AT}

    for answer in (
        send("POST", "appointments", wrong),
        send("POST", "appointments", wrong, {"Idempotency-Key": "k"}),
        send("PUT", place, wrong),
        send("PATCH", place, {"patient": "nobody"}),
    ):
        assert (answer.status, answer.json["type"].rpartition("#")[2]) == (409, "missing-reference")
        assert answer.json["errors"] == [{"pointer": "/patient", "detail": "refers to an item that does not exist"}]
    assert send("PATCH", place, {"companion": "nobody"}).json["errors"][0]["pointer"] == "/companion"
    assert send("GET", "appointments").json["items"] == [appointment]


def test_an_item_that_others_refer_to_is_not_deleted(send, patient, appointment):
    refused = send("DELETE", f"patients/{patient}")

    assert (refused.status, refused.json["type"].rpartition("#")[2]) == (409, "in-use")
    assert "Appointment.patient" in refused.json["detail"]
    assert send("GET", f"patients/{patient}").status == 200
    assert send("DELETE", f"appointments/{appointment['id']}").status == 204
    assert send("DELETE", f"patients/{patient}").status == 204


def test_a_cascade_deletes_the_items_that_refer_to_the_deleted_one(send, patient):
    for _ in range(3):
        assert send("POST", "letters", {"to": patient, "text": "Hello"}).status == 201

    assert send("DELETE", f"patients/{patient}", headers={"If-Match": '"7"'}).status == 412
    assert len(send("GET", "letters").json["items"]) == 3
    assert send("DELETE", f"patients/{patient}").status == 204
    assert send("GET", "letters").json["items"] == []


def test_the_items_that_refer_to_another_are_listed_below_it(send, patient, appointment):
    other = send("POST", "patients", {"name": "Ben"}).json["id"]
    later = {"patient": patient, "at": "2026-02-01T12:00:00.000000Z"}
    second = send("POST", "appointments", later).json
    send("POST", "appointments", {**later, "patient": other})
    place = f"patients/{patient}/appointments"

    assert send("GET", place).json["items"] == [appointment, second]
    assert send("GET", f"{place}?at[gt]={AT}&fields=at").json["items"] == [{"at": later["at"]}]
    page = send("GET", f"{place}?limit=1&sort=-at")
    assert page.json["items"] == [second]
    assert send("GET", f"{place}{page.headers['Link'].partition('>')[0][1:]}").json["items"] == [appointment]
    assert send("GET", "patients/nobody/appointments").json["items"] == []
    assert send("GET", f"{place}?patient={other}").status == 400


def test_a_batch_refers_and_deletes_under_the_same_rules(send, patient):
    item = {"patient": patient, "at": AT}
    many = [{"op": "create", "item": item}] * 3
    refused = send(
        "POST", "appointments/batch", {"operations": [*many, {"op": "create", "item": {**item, "patient": "x"}}]}
    )
    assert [one["pointer"] for one in refused.json["errors"]] == ["/operations/3"]
    assert send("POST", "appointments/batch", {"operations": many}).status == 200

    for atomic in (True, False):
        answer = send("POST", "patients/batch", {"atomic": atomic, "operations": [{"op": "delete", "id": patient}]})
        cause = answer.json["errors"][0] if atomic else answer.json["results"][0]["body"]
        assert cause["status"] == 409
    assert send("GET", f"patients/{patient}").status == 200


def test_the_document_has_the_list_below_and_the_problems_of_references():
    paths = document(EVERY)["paths"]

    below = paths["/patients/{id}/appointments"]["get"]
    assert below["operationId"] == "listAppointmentsPatient"
    assert {"at[gt]", "limit"} <= {one["name"] for one in below["parameters"]}
    assert "patient" not in {one["name"] for one in below["parameters"]}
    assert below["security"] == [{"oauth2": ["appointments/read"]}]
    assert paths["/patients/{id}/letters"]["get"]["security"] == []
    assert "missing-reference" in json.dumps(paths["/appointments"]["post"]["responses"]["409"])
    assert "in-use" in json.dumps(paths["/patients/{id}"]["delete"]["responses"]["409"])
    assert "in-use" not in json.dumps(paths["/letters/{id}"]["delete"]["responses"])


def test_permissions_on_related_tables_follow_from_the_references():
    create, remove = APPOINTMENTS.named["create"], PATIENTS.named["delete"]

    assert [*related_actions(create, APPOINTMENTS, EVERY)] == [(PATIENTS, ["dynamodb:ConditionCheckItem"], [])]
    allowed = {one.path: {*on_table, *on_index} for one, on_table, on_index in related_actions(remove, PATIENTS, EVERY)}
    assert allowed["appointments"] == {"dynamodb:ConditionCheckItem", "dynamodb:Query"}
    assert allowed["patients"] == {"dynamodb:ConditionCheckItem"}
    assert allowed["letters"] - allowed["appointments"] == {
        "dynamodb:GetItem", "dynamodb:DeleteItem", "dynamodb:UpdateItem",
    }  # fmt: skip
    assert [*related_actions(PATIENTS.named["patch"], PATIENTS, EVERY)] == []
    assert [one.attribute.name for one in listed_below(APPOINTMENTS)] == ["patient"]


def test_a_cascade_to_items_that_others_refer_to_is_refused():
    class Reminder(Model):
        """A note to a letter of which there may be others."""

        id: Attr[str] = key(default_factory=uuid7)
        letter: Attr[str] = reference(LETTERS.model, examples=("x",))
        version: Attr[int] = version()

        newest = ShardedIndex(sort=id)
        by_letter = Index(letter)

    LETTERS.model.schema.referrers.clear()  # other tests know of no reminders
    reminders = Resource(path="reminders", model=Reminder)

    with pytest.raises(TypeError, match="letters cannot be deleted with patients: reminders refer to them"):
        list(related_actions(PATIENTS.named["delete"], PATIENTS, (*EVERY, reminders)))


def test_a_reference_to_items_that_have_owners_is_refused():
    class Remark(Model):
        """A remark on somebody's note."""

        id: Attr[str] = key(default_factory=uuid7)
        note: Attr[str] = reference(Note, examples=("x",))
        version: Attr[int] = version()

        newest = ShardedIndex(sort=id)
        by_note = Index(note)

    Note.schema.referrers.clear()

    with pytest.raises(TypeError, match="no reference to owned items"):
        Resource(path="remarks", model=Remark)
