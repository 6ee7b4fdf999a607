"""Items that belong to their caller: attacks by another authenticated caller."""

import os

import pytest

from dynamodel import Attr, Index, InvalidCursor, Model, ShardedIndex, Table, attr, key, owner, uuid7, version
from lambdas.rest.resource import Resource
from tests.api.test_crud import NOWHERE
from tests.support.gallery.notes import NOTES

ANN, BEN = "5f8b1c2d-0000-4000-8000-00000000000a", "5f8b1c2d-0000-4000-8000-00000000000b"
POOL = "cognito-idp.us-east-1.amazonaws.com/us-east-1_AbCdEfGhI"


def with_token(sub):
    return {"authorizer": {"claims": {"sub": sub}}}


def with_signature(sub):
    return {
        "identity": {
            "caller": "AROAEXAMPLEEXAMPLE999:CognitoIdentityCredentials",
            "cognitoAuthenticationProvider": f"{POOL},{POOL}:CognitoSignIn:{sub}",
        }
    }


def caller_of(gateway, proof):
    """Send as somebody: ann("GET", "notes")."""

    def send(*request, **options):
        before, gateway.proof = gateway.proof, proof
        try:
            return gateway.send(*request, **options)
        finally:
            gateway.proof = before

    return send


pytestmark = pytest.mark.resources(NOTES)


@pytest.fixture
def ann(gateway):
    return caller_of(gateway, with_token(ANN))


@pytest.fixture
def ben(gateway):
    return caller_of(gateway, with_token(BEN))


@pytest.fixture
def note(ann):
    """A note of Ann's."""
    return ann("POST", "notes", {"text": "Ann's secret", "color": "red", "stars": 3}).json


@pytest.fixture
def stored(gateway, dynamodb):  # noqa: ARG001 - the gateway makes the table
    """All that is in the table."""
    return lambda: sorted(dynamodb.scan(TableName=os.environ["TABLE_NAME"])["Items"], key=str)


def told(answer):
    """Return an answer without the name of its request."""
    document = answer.json if answer.text else None
    return answer.status, document and {name: value for name, value in document.items() if name != "instance"}


ATTACKS = {
    "read": ("GET", "", None, {}),
    "read some": ("GET", "?fields=text", None, {}),
    "read the owner": ("GET", "?fields=owner", None, {}),
    "look": ("HEAD", "", None, {}),
    "ask whether it is the first": ("GET", "", None, {"If-None-Match": '"1"'}),
    "ask whether it is there": ("GET", "", None, {"If-None-Match": "*"}),
    "replace": ("PUT", "", {"text": "mine now"}, {}),
    "replace the first": ("PUT", "", {"text": "mine now"}, {"If-Match": '"1"'}),
    "replace another": ("PUT", "", {"text": "mine now"}, {"If-Match": '"7"'}),
    "create in its place": ("PUT", "", {"text": "mine now"}, {"If-None-Match": "*"}),
    "patch": ("PATCH", "", {"text": "mine now"}, {}),
    "patch nothing": ("PATCH", "", {}, {}),
    "patch the first": ("PATCH", "", {"text": "mine now"}, {"If-Match": '"1"'}),
    "patch another": ("PATCH", "", {"text": "mine now"}, {"If-Match": '"7"'}),
    "delete": ("DELETE", "", None, {}),
    "delete the first": ("DELETE", "", None, {"If-Match": '"1"'}),
    "delete another": ("DELETE", "", None, {"If-Match": '"7"'}),
    "count": ("POST", "/stars", {"delta": 1}, {}),
    "count past the bounds": ("POST", "/stars", {"delta": 100}, {}),
}


@pytest.mark.parametrize("attack", ATTACKS)
def test_an_item_of_another_owner_is_answered_like_a_missing_one_and_does_not_change(ben, note, stored, attack):
    method, rest, body, headers = ATTACKS[attack]
    before = stored()

    others, nowhere = (ben(method, f"notes/{given}{rest}", body, headers=headers) for given in (note["id"], NOWHERE))

    assert others.status == 404
    assert told(others) == told(nowhere)
    assert others.headers == nowhere.headers
    assert stored() == before


@pytest.mark.parametrize("attack", ATTACKS)
def test_an_attack_takes_one_call_like_any_other_request(gateway, ben, note, attack):
    method, rest, body, headers = ATTACKS[attack]

    ben(method, f"notes/{note['id']}{rest}", body, headers=headers)

    assert len(gateway.calls) == 1


@pytest.mark.parametrize("proof", [with_token, with_signature])
def test_the_owner_reads_and_changes_their_items_by_token_and_by_signature(gateway, note, proof):
    ann = caller_of(gateway, proof(ANN))

    assert ann("GET", f"notes/{note['id']}").json == note
    assert ann("PATCH", f"notes/{note['id']}", {"text": "new"}).json["text"] == "new"
    assert ann("POST", f"notes/{note['id']}/stars", {"delta": 1}).json["stars"] == 4
    assert ann("PUT", f"notes/{note['id']}", {"text": "newer"}).json["owner"] == ANN
    assert [one["text"] for one in ann("GET", "notes").json["items"]] == ["newer"]
    assert ann("DELETE", f"notes/{note['id']}").status == 204


def test_an_item_belongs_to_its_creator(note):
    assert note["owner"] == ANN


@pytest.mark.parametrize("given", [BEN, ANN, "", None, "anonymous"])
@pytest.mark.parametrize(("method", "rest"), [("POST", ""), ("PUT", "/{id}"), ("PATCH", "/{id}")])
def test_no_client_can_set_the_owner(ann, note, stored, given, method, rest):
    before = stored()

    answer = ann(method, f"notes{rest.format(**note)}", {"text": "text", "owner": given})

    assert (answer.status, [error["pointer"] for error in answer.json["errors"]]) == (400, ["/owner"])
    assert stored() == before


@pytest.mark.parametrize(
    "query",
    ["", "?sort=id", "?sort=-id", "?sort=color", "?color[gte]=a", "?color[lte]=z", "?id[gte]=0", "?fields=text"],
)
def test_a_list_has_only_the_callers_items(ann, ben, note, query):
    ben("POST", "notes", {"text": "Ben's own", "color": "red"})

    assert [one["text"] for one in ann("GET", f"notes{query}").json["items"]] == [note["text"]]
    assert [one["text"] for one in ben("GET", f"notes{query}").json["items"]] == ["Ben's own"]


@pytest.mark.parametrize("query", [f"owner={ANN}", f"owner[gte]={ANN}", "sort=owner", f"newest={ANN}"])
def test_a_list_cannot_be_filtered_by_another_owner(ben, note, query):
    answer = ben("GET", f"notes?{query}")

    assert answer.status == 400
    assert note["id"] not in answer.text


def test_a_cursor_works_for_its_caller_only(ann, ben, note):
    for each in (ann, ben):
        each("POST", "notes", {"text": "more"}), each("POST", "notes", {"text": "and more"})
    cursor = ann("GET", "notes?limit=1").json["next"]

    assert ann("GET", f"notes?limit=1&cursor={cursor}").status == 200
    stolen = ben("GET", f"notes?limit=1&cursor={cursor}")

    assert stolen.status == 400
    assert note["id"] not in stolen.text


def test_pages_of_one_caller_are_not_shortened_by_items_of_others(ann, ben):
    for number in range(6):
        (ann if number % 2 else ben)("POST", "notes", {"text": f"{number}"})

    page = ann("GET", "notes?limit=3").json

    assert [one["text"] for one in page["items"]] == ["5", "3", "1"]
    assert page["next"] is None


OPERATIONS = {
    "update": lambda note: {"op": "update", "id": note["id"], "patch": {"text": "mine now"}},
    "update the first": lambda note: {"op": "update", "id": note["id"], "patch": {"text": "mine"}, "if_match": '"1"'},
    "update another": lambda note: {"op": "update", "id": note["id"], "patch": {"text": "mine"}, "if_match": '"7"'},
    "delete": lambda note: {"op": "delete", "id": note["id"]},
    "delete the first": lambda note: {"op": "delete", "id": note["id"], "if_match": '"1"'},
    "delete another": lambda note: {"op": "delete", "id": note["id"], "if_match": '"7"'},
}


@pytest.mark.parametrize("kind", OPERATIONS)
def test_a_batch_one_by_one_does_not_find_items_of_others(ben, note, stored, kind):
    before = stored()
    body = {"atomic": False, "operations": [OPERATIONS[kind](note), OPERATIONS[kind]({"id": NOWHERE})]}

    others, nowhere = ben("POST", "notes/batch", body).json["results"]

    assert others["status"] == 404
    assert others == nowhere
    assert stored() == before


@pytest.mark.parametrize("kind", OPERATIONS)
def test_an_atomic_batch_on_an_item_of_another_owner_writes_nothing(ben, note, stored, kind):
    before = stored()
    operations = [{"op": "create", "item": {"text": "Ben's own"}}, OPERATIONS[kind](note)]

    answer = ben("POST", "notes/batch", {"operations": operations})

    assert [(error["pointer"], error["status"]) for error in answer.json["errors"]] == [("/operations/1", 404)]
    assert "secret" not in answer.text
    assert stored() == before


def test_a_batch_creates_items_of_the_caller(ann, ben):
    ben("POST", "notes/batch", {"operations": [{"op": "create", "item": {"text": "Ben's own"}}]})

    assert ann("GET", "notes").json["items"] == []
    assert [one["owner"] for one in ben("GET", "notes").json["items"]] == [BEN]


def test_a_batch_cannot_set_the_owner(ben, stored):
    operations = [{"op": "create", "item": {"text": "text", "owner": ANN}}]

    answer = ben("POST", "notes/batch", {"operations": operations})

    assert [error["pointer"] for error in answer.json["errors"]] == ["/operations/0/item/owner"]
    assert stored() == []


def test_the_same_key_of_two_callers_is_two_keys(ann, ben):
    headers = {"Idempotency-Key": "order-1"}

    first = ann("POST", "notes", {"text": "Ann's secret"}, headers=headers)
    other = ben("POST", "notes", {"text": "Ben's own"}, headers=headers)
    again = ann("POST", "notes", {"text": "Ann's secret"}, headers=headers)

    assert (first.status, other.status) == (201, 201)
    assert other.json["text"] == "Ben's own"
    assert (again.headers["Idempotency-Replayed"], again.json) == ("true", first.json)


def test_a_guessed_key_and_payload_replays_no_response_of_another_caller(ann, ben):
    headers, body = {"Idempotency-Key": "order-1"}, {"text": "the same"}
    made = ann("POST", "notes", body, headers=headers).json

    answer = ben("POST", "notes", body, headers=headers)

    assert "Idempotency-Replayed" not in answer.headers
    assert answer.json["id"] != made["id"]
    assert answer.json["owner"] == BEN


def test_records_beside_the_items_are_not_items(ann, ben, stored):
    ann("POST", "notes", {"text": "Ann's secret"}, headers={"Idempotency-Key": "order-1"})
    (record,) = (one["id"]["S"] for one in stored() if one["id"]["S"].startswith("$"))

    for caller in (ann, ben):
        assert caller("GET", f"notes/{record.replace('#', '%23')}").status == 404
        assert caller("DELETE", f"notes/{record.replace('#', '%23')}").status == 404


def declared(base, **options):
    return lambda: Resource(path="attacked", model=base, **options)


class Mine(Model):
    """The least that an owned resource is."""

    id: Attr[str] = key(default_factory=uuid7)
    owner: Attr[str] = owner()
    version: Attr[int] = version()
    newest = Index(owner, sort=id)


class WithUnique(Mine):
    """A refusal would tell what others have."""

    code: Attr[str] = attr(unique=True)


class WithIndex(Mine):
    """An index of everybody's."""

    code: Attr[str] = attr()
    by_code = Index(code, sort=Mine.id)


class WithShards(Mine):
    """A list of everybody's."""

    everything = ShardedIndex(sort=Mine.id)


@pytest.mark.parametrize(
    ("declare", "reason"),
    [
        (declared(WithUnique), "no unique attributes"),
        (declared(WithIndex), "no index without its owner"),
        (declared(WithShards), "no index without its owner"),
        (declared(Mine, client_ids=True), "no client_ids"),
        (declared(Mine, access={"list": "public"}), "no public routes"),
    ],
)
def test_a_declaration_that_would_disclose_items_of_others_is_refused(declare, reason):
    with pytest.raises(TypeError, match=reason):
        declare()


def test_a_cursor_is_signed_with_the_secret_of_the_service(ann, note, dynamodb):  # noqa: ARG001 - a first page
    ann("POST", "notes", {"text": "another"})
    cursor = ann("GET", "notes?limit=1").json["next"]
    guessed = Table(NOTES.model, dynamodb, os.environ["TABLE_NAME"]).owned_by(ANN)

    with pytest.raises(InvalidCursor):
        guessed.query(limit=1, cursor=cursor, index=NOTES.list_indexes[0].index, descending=True)
    assert ann("GET", f"notes?limit=1&cursor={cursor}").status == 200
