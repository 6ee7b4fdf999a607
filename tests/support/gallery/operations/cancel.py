"""POST /orders/{id}/cancel: cancel an order that was not sent yet."""

from lambdas.rest.change import change
from lambdas.rest.endpoint import endpoint
from lambdas.rest.request import Request
from lambdas.rest.response import Response
from tests.support.gallery.orders import NOT_OPEN, Cancellation, Order


@endpoint
def handler(request: Request) -> Response:
    """Cancel the order for a reason, once."""
    reason = Cancellation.parse(request.json).reason
    changes = Order.state.set("cancelled"), Order.reason.set(reason)
    return change(request, *changes, rule=Order.state == "open", otherwise=NOT_OPEN)
