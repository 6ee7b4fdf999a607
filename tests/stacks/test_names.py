"""Names: of any path, a resource has constructs of its own, and a table that commands find."""

from dataclasses import replace

from aws_cdk import App

from lambdas.events.change import kebab
from stacks.names import TAKEN, resource_id, table_id
from stacks.service import Service
from tests.support import stages
from tests.support.assemblies import CONTEXT
from tests.support.gallery.notes import NOTES
from tests.support.gallery.parcels import PARCELS
from tests.support.gallery.rates import RATES

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
    resources = (NOTES, PARCELS, *(replace(RATES, path=path, scopes="all") for path in sorted(PATHS)))

    parts = {one.node.id for one in made(FULL, resources).node.children}

    assert parts == TAKEN | {resource_id(one.path) for one in resources}


def test_scopes_may_be_named_like_any_part_of_the_user_pool():
    resources = [replace(RATES, path=path) for path in ("browser", "domain", "machine", "resource")]

    pool = made(stages.named("dev"), resources).node.find_child("Identity").node.find_child("Users")

    assert len(pool.node.children) == len(resources) + 4


def test_names_that_are_deployed_stay():
    assert (table_id("order-items"), table_id("parcels")) == ("OrderItemsTable", "ParcelsTable")
    assert table_id("events") == "EventsResourceTable"
