"""The handlers of workers, as Lambda calls them."""

import json
import secrets
from importlib import import_module

import pytest

from lambdas.events.work import each_message, scheduled
from lambdas.rest.declarations import WORKERS
from lambdas.runtime.tables import table_of
from tests.support.gallery.customers import Customer
from tests.support.gallery.orders import ORDERS, Order, Part
from tests.support.gallery.workers import close, take, tell


@pytest.fixture
def orders(dynamodb, monkeypatch):
    """The table of orders, as a worker has it."""
    name = f"table-{secrets.token_hex(4)}"
    package, _, module = ORDERS.module.rpartition(".")
    monkeypatch.setenv("TABLES", json.dumps({package: {name: module}}))
    dynamodb.create_table(**Order.schema.create_table(name))
    return table_of(Order)


def ordered(orders, customer, **fields):
    return orders.owned_by(customer).create(Order(address="1 Long Street", **fields))


def batch(*bodies, group=""):
    attributes = {"MessageGroupId": group} if group else {}
    return {
        "Records": [
            {"messageId": f"m{number}", "body": json.dumps(body), "attributes": attributes}
            for number, body in enumerate(bodies)
        ]
    }


def failures(answer):
    return [one["itemIdentifier"] for one in answer["batchItemFailures"]]


def test_a_scheduled_worker_does_its_work_on_the_items_of_everybody(orders):
    empty = [ordered(orders, customer) for customer in ("ann", "ben")]
    full = ordered(orders, "ann", lines=[Part(name="Pen", price=1, number=1)])

    close.handler({}, None)

    assert [orders.get(order.id).state for order in (*empty, full)] == ["cancelled", "cancelled", "open"]


def test_a_message_that_fails_comes_again_and_the_others_do_not(orders, log):
    order = ordered(orders, "ann")

    answer = take.handler(batch({"order": "nothing"}, {"order": order.id}), None)

    assert failures(answer) == ["m0"]
    assert orders.get(order.id).state == "sent"
    assert [line["error"] for line in log()] == ["NotFound"]


def test_changes_of_an_item_wait_for_the_one_that_failed(log):
    changes = batch({"no": "key"}, {"key": {"id": "1"}}, group="one item")
    changes["Records"] += batch({"key": {"id": "2"}}, group="another")["Records"]

    answer = tell.handler(changes, None)

    assert failures(answer) == ["m0", "m1"]
    assert [line.get("order") for line in log()] == [None, "2"]


def test_a_message_that_is_not_json_fails():
    answer = each_message(lambda _: None)({"Records": [{"messageId": "m", "body": "text"}]}, None)

    assert failures(answer) == ["m"]


def test_a_scheduled_worker_that_fails_reports_to_lambda_and_to_the_log_without_values(log):
    @scheduled
    def handler():
        raise ValueError("a secret")

    with pytest.raises(ValueError, match="a secret"):
        handler({}, None)

    (line,) = log()
    assert (line["message"], line["error"]) == ("failed", "ValueError")
    assert "secret" not in json.dumps(line)


@pytest.mark.usefixtures("orders")
def test_a_table_that_is_not_declared_is_named():
    with pytest.raises(LookupError, match="declares no table of Customer"):
        table_of(Customer)


EXAMPLES = {  # of those that a project has kept: what each takes, and what it logs
    "log_changes": (batch({"type": "order.created", "id": "1"}), "received"),
    "log_messages": (batch({"text": "hello"}), "message"),
    "log_hours": ({}, "started"),
}
KEPT = [one for one in WORKERS if one.module.rpartition(".")[2] in EXAMPLES]


@pytest.mark.parametrize("worker", KEPT, ids=lambda one: one.construct_id)
def test_the_examples_take_what_they_are_for(worker, log):
    event, message = EXAMPLES[worker.module.rpartition(".")[2]]

    import_module(worker.module).handler(event, None)

    assert [line["message"] for line in log()] == [message]
