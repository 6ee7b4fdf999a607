"""`make breaking` reports what breaks clients, and nothing else."""

import copy
import json
from dataclasses import replace

import pytest

from stacks.contract import breaking, live
from stacks.contract.breaking import breaks, breaks_live
from stacks.contract.document import document, info
from tests.support.gallery.parcels import PARCELS


@pytest.fixture(scope="module")
def old():
    return document([PARCELS])


@pytest.fixture
def new(old):
    return copy.deepcopy(old)


def schema(document, name):
    return document["components"]["schemas"][name]["properties"]


def post(document):
    return document["paths"]["/parcels"]["post"]


BREAKING = {
    "a path that is gone": (lambda new: new["paths"].pop("/parcels/{id}"), "GET /parcels/{id} is gone"),
    "a method that is gone": (lambda new: new["paths"]["/parcels/{id}"].pop("patch"), "PATCH /parcels/{id} is gone"),
    "a parameter that is gone": (
        lambda new: new["paths"]["/parcels"]["get"]["parameters"].pop(0),
        "GET /parcels: no longer accepts limit in the query",
    ),
    "a parameter that must be sent": (
        lambda new: post(new)["parameters"][0].update(required=True),
        "POST /parcels: requires Idempotency-Key",
    ),
    "a success that is gone": (lambda new: post(new)["responses"].pop("201"), "POST /parcels: no longer answers 201"),
    "a header that is gone": (
        lambda new: post(new)["responses"]["201"]["headers"].pop("Location"),
        "POST /parcels: 201: may lack the header Location",
    ),
    "a media type that is gone": (
        lambda new: new["paths"]["/parcels/{id}"]["patch"]["requestBody"]["content"].pop("application/json"),
        "PATCH /parcels/{id}: is no longer application/json",
    ),
    "a field that must be sent": (
        lambda new: new["components"]["schemas"]["ParcelCreate"]["required"].append("scans"),
        "POST /parcels: /scans is required",
    ),
    "a field that is no longer accepted": (
        lambda new: schema(new, "ParcelCreate").pop("scans"),
        "POST /parcels: /scans is gone",
    ),
    "a field that is no longer returned": (
        lambda new: schema(new, "Parcel").pop("scans"),
        "POST /parcels: 201: /scans is gone",
    ),
    "a field that may be missing": (
        lambda new: new["components"]["schemas"]["Parcel"]["required"].remove("scans"),
        "POST /parcels: 201: /scans may be missing",
    ),
    "a narrower limit": (
        lambda new: schema(new, "ParcelCreate")["name"].update(maxLength=100),
        "POST /parcels: /name: maxLength changed from 200 to 100",
    ),
    "a new limit": (
        lambda new: schema(new, "ParcelCreate")["name"].update(pattern="^A"),
        'POST /parcels: /name: pattern changed from none to "^A"',
    ),
    "a choice that is no longer accepted": (
        lambda new: schema(new, "ParcelCreate")["status"].update(enum=["waiting"]),
        'POST /parcels: /status: enum changed from ["delivered", "moving", "waiting"] to ["waiting"]',
    ),
    "a choice that is newly returned": (
        lambda new: schema(new, "Parcel")["status"]["enum"].append("lost"),
        (
            'POST /parcels: 201: /status: enum changed from ["delivered", "moving", "waiting"] '
            'to ["delivered", "moving", "waiting", "lost"]'
        ),
    ),
    "a type that is newly returned": (
        lambda new: schema(new, "Parcel")["scans"].update(type=["integer", "null"]),
        'POST /parcels: 201: /scans: type changed from "integer" to ["integer", "null"]',
    ),
    "authentication that was not required": (
        lambda new: new["paths"]["/parcels"]["get"].update(security=[{"oauth2": ["parcels/read"]}]),
        "GET /parcels: requires other authentication",
    ),
    "a name that generated clients have": (
        lambda new: post(new).update(operationId="make"),
        "POST /parcels: is named make, and was createParcels",
    ),
}
HARMLESS = {
    "nothing": dict,
    "a new path": lambda new: new["paths"].update({"/new": new["paths"]["/health"]}),
    "a new parameter": lambda new: post(new)["parameters"].append({"name": "x", "in": "query", "schema": {}}),
    "a new field that may be sent": lambda new: schema(new, "ParcelCreate").update(x={"type": "string"}),
    "a new field that is given": lambda new: schema(new, "Parcel").update(x={"type": "string"}),
    "a wider limit": lambda new: schema(new, "ParcelCreate")["name"].update(maxLength=300),
    "a narrower limit of what is given": lambda new: schema(new, "Parcel")["name"].update(maxLength=100),
    "a choice that is newly taken": lambda new: schema(new, "ParcelCreate")["status"]["enum"].append("lost"),
    "a field that need not be sent": lambda new: new["components"]["schemas"]["ParcelCreate"]["required"].remove(
        "code"
    ),
    "a problem that is gone": lambda new: post(new)["responses"].pop("422"),
    "a route that asks for less": lambda new: post(new).update(security=[]),
}


@pytest.mark.parametrize(("change", "told"), BREAKING.values(), ids=BREAKING)
def test_a_breaking_change_is_reported(old, new, change, told):
    change(new)

    assert told in [*breaks(old, new)]


@pytest.mark.parametrize("change", HARMLESS.values(), ids=HARMLESS)
def test_a_compatible_change_is_not_reported(old, new, change):
    change(new)

    assert [*breaks(old, new)] == []


@pytest.fixture
def documents(tmp_path, monkeypatch, old):
    """The documents of now, of a fork that has released nothing."""
    paths = [tmp_path / "openapi.json", tmp_path / "asyncapi.json"]
    paths[0].write_text(json.dumps(old))
    monkeypatch.setattr(breaking, "DOCUMENTS", dict(zip(paths, (breaks, breaks_live), strict=True)))
    return paths


@pytest.mark.usefixtures("documents")
def test_before_the_first_release_nothing_can_break_and_the_command_is_named(capsys):
    assert breaking.main() == 0

    assert "make release" in capsys.readouterr().out


def test_after_a_release_what_breaks_its_clients_fails(documents, new, capsys):
    breaking.release()
    post(new)["responses"].pop("201")
    documents[0].write_text(json.dumps(new))

    assert breaking.main() == 1

    assert "no longer answers 201" in capsys.readouterr().out


def require_more(messages):
    messages["Subscribe"]["required"].append("after")


def send_less(messages):
    messages["Change"]["required"].remove("position")


def send_another_type(messages):
    messages["Pong"]["properties"]["type"] = {"const": "gnop"}


def accept_more(messages):
    messages["Subscribe"]["properties"]["limit"] = {"type": "integer"}


def send_more(messages):
    messages["Change"]["properties"]["more"] = {"type": "string"}


@pytest.mark.parametrize(
    ("change", "expected"),
    [
        (require_more, ["subscribe: /after is required"]),
        (send_less, ["change: /position may be missing"]),
        (send_another_type, ['pong: /type: enum changed from ["pong"] to ["gnop"]']),
        (accept_more, []),
        (send_more, []),
    ],
)
def test_a_breaking_change_of_live_messages_is_reported(change, expected):
    before = live.asyncapi((replace(PARCELS, live=True),), info())
    after = copy.deepcopy(before)
    change(after["components"]["schemas"])

    assert [*breaks_live(before, after)] == expected


def test_a_message_that_is_gone_breaks_clients():
    before = live.asyncapi((replace(PARCELS, live=True),), info())
    after = copy.deepcopy(before)
    del after["components"]["messages"]["resync"]

    assert [*breaks_live(before, after)] == ["resync is gone"]
