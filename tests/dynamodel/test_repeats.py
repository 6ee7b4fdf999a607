"""Writes whose answer is lost, so that the SDK sends them again: each is done once, and its result is true."""

import json
from types import SimpleNamespace

import pytest

from dynamodel import (
    AlreadyExists,
    Attr,
    ConditionFailed,
    LimitReached,
    Model,
    NotFound,
    OutcomeUnknown,
    TransactionFailed,
    attr,
    key,
    transact,
    uuid7,
)
from dynamodel.repeats import TOKENS, new_token

from .shop import Counter, product


class Draft(Model, undeclared="refuse"):
    """A text without a version."""

    id: Attr[str] = key(default_factory=uuid7)
    text: Attr[str] = attr(default="")
    count: Attr[int] = attr(default=0, le=10)


LOST = {"__type": "com.amazonaws.dynamodb.v20120810#RequestTimeoutException", "message": "lost"}


@pytest.fixture
def lose(client):
    """Replace answers to a call when it was done: lose("UpdateItem"); `meanwhile` happens before it is sent again."""
    registered = []

    def lose(
        operation,
        times=1,
        meanwhile=lambda: None,
    ):
        left = [times]

        def replace(response_dict, **_):
            if left[0]:
                left[0] -= 1
                response_dict["status_code"], response_dict["body"] = 500, json.dumps(LOST).encode()
                meanwhile()

        registered.append((f"before-parse.dynamodb.{operation}", replace))
        client.meta.events.register(*registered[-1])

    yield lose
    for event, handler in registered:
        client.meta.events.unregister(event, handler)


@pytest.fixture
def drafts(make):
    return make(Draft)


def test_an_addition_is_made_once_and_its_result_returned(drafts, lose):
    created = drafts.create(Draft(count=3))
    lose("UpdateItem")

    assert drafts.update(created.id, Draft.count.add(2)).count == 5
    assert drafts.get(created.id).count == 5


def test_what_another_writes_before_the_repeat_is_kept(drafts, lose):
    created = drafts.create(Draft())
    lose("UpdateItem", meanwhile=lambda: drafts.update(created.id, Draft.text.set("theirs")))

    assert drafts.update(created.id, Draft.text.set("mine")).text == "theirs"
    assert drafts.get(created.id).text == "theirs"


def test_a_condition_that_the_first_copy_made_false_has_not_failed(make, lose):
    counters = make(Counter)
    counters.create(Counter(id="a"))
    lose("UpdateItem")

    assert counters.update("a", Counter.count.set(7), condition=Counter.version == 1).version == 2


def test_a_repeated_create_does_not_find_its_own_item_in_the_way(drafts, lose):
    lose("PutItem")

    created = drafts.create(Draft(text="new"))

    assert drafts.get(created.id).text == "new"


def test_a_saved_item_is_saved_once(make, lose):
    counters = make(Counter)
    item = counters.create(Counter(id="a"))
    item.count = 4
    lose("PutItem")

    assert counters.put(item).version == 2
    assert counters.get("a").version == 2


def test_an_item_that_was_deleted_is_not_missed(drafts, lose):
    created = drafts.create(Draft())
    lose("DeleteItem")

    assert drafts.delete(created.id) is None
    with pytest.raises(NotFound):
        drafts.delete(created.id)


def test_a_new_item_at_the_key_of_a_deleted_one_is_not_deleted_by_the_repeat(drafts, lose):
    created = drafts.create(Draft(text="old"))
    lose("DeleteItem", meanwhile=lambda: drafts.create(Draft(id=created.id, text="new")))

    with pytest.raises(OutcomeUnknown):
        drafts.delete(created.id)

    assert drafts.get(created.id).text == "new"


def test_a_change_of_an_item_that_is_gone_before_the_repeat_may_have_been_made(drafts, lose):
    created = drafts.create(Draft())
    lose("UpdateItem", meanwhile=lambda: drafts.delete(created.id))

    with pytest.raises(OutcomeUnknown):
        drafts.update(created.id, Draft.text.set("mine"))


def test_a_write_followed_by_more_writes_than_tokens_is_not_repeated(drafts, lose):
    created = drafts.create(Draft())

    def theirs():
        for _ in TOKENS:
            drafts.update(created.id, Draft.text.set("theirs"))

    lose("UpdateItem", meanwhile=theirs)

    with pytest.raises(OutcomeUnknown):
        drafts.update(created.id, Draft.count.add(1))

    assert drafts.get(created.id).count == 1


def test_a_limit_that_others_reached_before_the_repeat_leaves_the_outcome_unknown(drafts, lose):
    created = drafts.create(Draft(count=9))

    def theirs():
        drafts.delete(created.id)
        drafts.create(Draft(id=created.id, count=10))

    lose("UpdateItem", meanwhile=theirs)

    with pytest.raises(OutcomeUnknown):
        drafts.update(created.id, Draft.count.add(1))


@pytest.mark.parametrize(
    ("operation", "write", "error"),
    [
        ("UpdateItem", lambda drafts: drafts.update("a", Draft.count.add(9)), LimitReached),
        ("PutItem", lambda drafts: drafts.create(Draft(id="a")), AlreadyExists),
    ],
    ids=["limit", "key"],
)
def test_a_temporary_refusal_after_a_lost_answer_leaves_the_outcome_unknown(drafts, lose, operation, write, error):
    drafts.create(Draft(id="a", count=9))

    with pytest.raises(error):
        write(drafts)
    lose(operation)
    with pytest.raises(OutcomeUnknown):
        write(drafts)


def test_a_condition_that_never_held_has_failed_after_a_lost_answer_too(make, lose):
    counters = make(Counter)
    counters.create(Counter(id="a"))
    wrong = counters.update.write("a", Counter.count.set(7), condition=Counter.version == 2)
    lose("UpdateItem")
    lose("TransactWriteItems")

    with pytest.raises(ConditionFailed):
        wrong.send()
    with pytest.raises(TransactionFailed):
        transact(wrong, counters.create.write(Counter(id="b")))


def test_an_item_is_written_although_the_clock_of_those_before_was_ahead(drafts, client):
    ahead = new_token(after=new_token()[:1] + b"\xff" * 9)
    tokens = {name: {"B": ahead} for name in TOKENS}
    client.put_item(TableName=drafts.name, Item={"id": {"S": "a"}, "count": {"N": "1"}, "text": {"S": ""}} | tokens)

    assert drafts.update("a", Draft.count.add(1)).count == 2
    assert drafts.get("a").count == 2


def test_a_write_all_of_whose_answers_are_lost_has_an_unknown_outcome(drafts, lose):
    created = drafts.create(Draft())
    lose("UpdateItem", times=10)

    with pytest.raises(OutcomeUnknown):
        drafts.update(created.id, Draft.count.add(1))

    assert drafts.get(created.id).count == 1


UNDER_WAY = {"Error": {"Code": "TransactionInProgressException"}, "ResponseMetadata": {}}
THROTTLED = {
    "Error": {"Code": "TransactionCanceledException"},
    "CancellationReasons": [{"Code": "ThrottlingError"}, {"Code": "None"}],
    "ResponseMetadata": {"RetryAttempts": 1},
}
TAKEN = {
    "Error": {"Code": "TransactionCanceledException"},
    "CancellationReasons": [{"Code": "None"}, {"Code": "ConditionalCheckFailed"}],
    "ResponseMetadata": {"RetryAttempts": 1},
}


@pytest.fixture
def answer_first(client):
    """Answer the first transaction without doing it; gives the tokens of all that are sent."""
    tokens, handlers = [], []

    def answer_first(answer):
        def answered(params, **_):
            tokens.append(json.loads(params["body"])["ClientRequestToken"])
            return (SimpleNamespace(status_code=400), answer) if len(tokens) == 1 else None

        handlers.append(answered)
        client.meta.events.register("before-call.dynamodb.TransactWriteItems", answered)
        return tokens

    yield answer_first
    for handler in handlers:
        client.meta.events.unregister("before-call.dynamodb.TransactWriteItems", handler)


@pytest.mark.parametrize("answer", [UNDER_WAY, THROTTLED], ids=["under way", "throttled after a lost answer"])
def test_a_transaction_that_may_be_done_already_is_asked_about_by_the_token_it_has(products, answer_first, answer):
    tokens = answer_first(answer)

    transact(products.create.write(product()))

    assert len(tokens) == 2
    assert len({*tokens}) == 1


def test_a_taken_value_after_a_lost_answer_leaves_the_outcome_unknown(products, answer_first):
    answer_first(TAKEN)

    with pytest.raises(OutcomeUnknown):
        products.create(product())


def test_an_item_created_in_a_transaction_is_not_stored_again_after_it_was_deleted(drafts, lose):
    new = Draft(text="new")
    lose("TransactWriteItems", meanwhile=lambda: drafts.delete(new.id))

    assert drafts.create.write(new).send(as_transaction=True).text == "new"

    assert drafts.get(new.id) is None


def test_no_extra_request_is_sent_unless_an_answer_is_lost(drafts, calls):
    created = drafts.create(Draft())
    drafts.update(created.id, Draft.count.add(1))
    drafts.replace(created.id, Draft(text="other"))
    drafts.delete(created.id)

    assert calls == ["PutItem", "UpdateItem", "UpdateItem", "DeleteItem"]


def test_an_item_from_before_there_were_tokens_gets_them_with_its_next_write(drafts, client, lose):
    client.put_item(TableName=drafts.name, Item={"id": {"S": "a"}, "count": {"N": "1"}, "text": {"S": "old"}})
    lose("UpdateItem")

    assert drafts.update("a", Draft.count.add(1)).count == 2
    assert {*TOKENS} <= client.get_item(TableName=drafts.name, Key={"id": {"S": "a"}})["Item"].keys()


def test_tokens_are_no_part_of_the_item_that_is_read(drafts):
    created = drafts.create(Draft(text="new"))

    assert drafts.get(created.id).to_json() == {"id": created.id, "text": "new", "count": 0}
