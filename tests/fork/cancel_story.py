"""The operation that appointments have besides those of every resource."""

import pytest

from lambdas.resources.appointments import APPOINTMENTS

pytestmark = pytest.mark.resources(APPOINTMENTS)


def test_an_appointment_is_cancelled_once(call, href):
    assert call("POST", f"{href}/cancel").json["state"] == "cancelled"
    assert call("POST", f"{href}/cancel").status == 409
