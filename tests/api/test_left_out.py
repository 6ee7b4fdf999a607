"""A resource that leaves operations out serves the others."""

import pytest

from lambdas.runtime.environment import Environment
from lambdas.runtime.tables import table
from tests.support.gallery.rates import RATES, Rate

pytestmark = [pytest.mark.resources(RATES), pytest.mark.usefixtures("gateway")]


def test_what_another_system_stored_is_read_and_listed(call, path):
    rate = table(Rate, Environment.read()).create(Rate.parse(RATES.example))

    assert call("GET", f"{path}/{rate.id}").json == rate.to_json()
    assert call("GET", path).json["items"] == [rate.to_json()]
