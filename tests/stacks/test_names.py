"""Names: of any path, a resource has constructs of its own, and a table that commands find."""

from contextlib import nullcontext
from dataclasses import replace

import pytest
from aws_cdk import App, Stack, aws_sqs as sqs
from constructs import Construct

from dynamodel import DeclarationError
from lambdas.events.change import kebab
from lambdas.rest.crud import GET
from stacks.functions.room import check_room
from stacks.names import TAKEN, resource_id, table_id
from stacks.service import Service
from tests.support import stages
from tests.support.assemblies import CONTEXT
from tests.support.gallery.notes import NOTES
from tests.support.gallery.parcels import PARCELS
from tests.support.gallery.rates import RATES
from tests.support.templates import few

PATHS = {*map(kebab, TAKEN)} - {"files", "live"}  # which the CDN and the gateway have for themselves
FULL = replace(
    stages.named("prod"),
    region="eu-central-1",
    own_key=True,
    cdn=True,
    daily_quota=100,
    domain="api.example.com",
    certificate_arn="arn:aws:acm:eu-central-1:111122223333:certificate/1",
)


def made(stage, resources):
    """The stack of a stage; nothing is written."""
    return Service(App(context=CONTEXT), "service", stage=stage, resources=resources, workers=())


def test_a_resource_may_be_named_like_any_part_of_the_stack():
    resources = (
        few(NOTES),
        few(PARCELS),
        *(replace(RATES, path=path, operations=(GET,)) for path in ("api", "site", "domain")),
    )

    parts = {one.node.id for one in made(FULL, resources).node.children}

    assert parts == TAKEN | {resource_id(one.path) for one in resources}
    assert not {*map(resource_id, PATHS)} & TAKEN


def test_scopes_may_be_named_like_any_part_of_the_user_pool():
    resources = [replace(RATES, path=path) for path in ("browser", "domain", "machine", "resource")]

    pool = made(stages.named("dev"), resources).node.find_child("Identity").node.find_child("Users")

    assert len(pool.node.children) == len(resources) + 4


def test_names_that_are_deployed_stay():
    assert (table_id("order-items"), table_id("parcels")) == ("OrderItemsTable", "ParcelsTable")
    assert table_id("events") == "EventsResourceTable"


@pytest.mark.parametrize(
    ("length", "told"), [(34, ""), (80, r"would have 4,\d\d\d bytes.*40 names.*n, which must be \d+ char")]
)
def test_an_environment_that_lambda_would_refuse_is_refused_with_what_is_to_be_shortened(length, told):
    stack = Stack(App(), "n" * length)
    queues = [sqs.CfnQueue(stack, f"Queue{number:02}") for number in range(40)]
    variables = {"TABLES": stack.to_json_string({queue.ref: "module" for queue in queues})}

    with pytest.raises(DeclarationError, match=told) if told else nullcontext():
        check_room(Construct(stack, "Publisher"), variables)
