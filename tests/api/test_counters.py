"""Counters of every resource that has one: counted up and down in one write, never beyond their bounds."""

import pytest

from tests.api.test_crud import NOWHERE
from tests.support.gallery import EVERY
from tests.support.values import counters

pytestmark = pytest.mark.resources(*(resource for resource in EVERY if counters(resource)))


@pytest.fixture
def counter(resource):
    return counters(resource)[0]


@pytest.fixture
def rules(resource, counter):
    """The bounds; a counter needs some room between them for a story."""
    rules = resource.model.schema.attributes[counter].rules
    if rules.le is not None and rules.le < (rules.ge or 0) + 3:
        pytest.skip(f"{counter} counts to {rules.le} only")
    return rules


@pytest.fixture
def least(rules):
    """The lowest value, or one to begin with where there is no bound."""
    return rules.ge or 0


@pytest.fixture
def address(path, new, counter, least, resource):
    """The counter of an item, at 3 above its bound."""
    return f"{path}/{new(**{counter: least + 3})[resource.key]}/{counter}"


def test_a_counter_is_counted_up_and_down(call, address, counter, least):
    assert call("POST", address, {"delta": -3}).json[counter] == least
    answer = call("POST", address, {"delta": 2})

    assert (answer.status, answer.json[counter], answer.headers["ETag"]) == (200, least + 2, '"3"')


def test_a_counter_never_goes_below_its_bound(call, address, counter, least, rules):
    if rules.ge is None:
        pytest.skip(f"{counter} has no lower bound")

    answer = call("POST", address, {"delta": -4})

    assert (answer.status, answer.json["type"].rpartition("/")[2].rpartition("#")[2]) == (409, "out-of-bounds")
    assert call("POST", address, {"delta": -3}).json[counter] == least


def test_a_counter_never_goes_above_its_bound(call, address, counter, least, rules):
    if rules.le is None or rules.le - least > 10**9:
        pytest.skip(f"no count reaches the upper bound of {counter}")

    assert call("POST", address, {"delta": rules.le - least - 2}).status == 409


@pytest.mark.parametrize(
    "body", [{}, {"delta": "3"}, {"delta": 1.5}, {"delta": True}, {"delta": 1, "by": 2}, {"delta": 10**12}]
)
def test_an_invalid_delta_is_a_400(call, address, body):
    assert call("POST", address, body).status == 400


def test_an_item_that_is_not_there_cannot_be_counted(call, path, counter):
    assert call("POST", f"{path}/{NOWHERE}/{counter}", {"delta": 1}).status == 404
