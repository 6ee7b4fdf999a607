"""POST /appointments/{id}/cancel: cancel an appointment, once."""

from lambdas.resources.appointments import CANCELLED, Appointment
from lambdas.rest.change import change
from lambdas.rest.endpoint import endpoint
from lambdas.rest.request import Request
from lambdas.rest.response import Response


@endpoint
def handler(request: Request) -> Response:
    """Cancel the appointment."""
    changes = Appointment.state.set("cancelled")
    return change(request, changes, rule=Appointment.state == "booked", otherwise=CANCELLED)
