"""GET /orders/{id}/total: add up the lines of an order."""

from decimal import Decimal

from lambdas.rest.endpoint import endpoint
from lambdas.rest.request import Request
from lambdas.rest.response import Response
from tests.support.gallery.orders import Order, Total


@endpoint
def handler(request: Request) -> Response:
    """Return the amount and the number of pieces."""
    lines = request.table_of(Order).get_one(request.id).lines
    amount = sum((line.price * line.number for line in lines), Decimal())
    return Response(200, Total(amount=amount, pieces=sum(line.number for line in lines)).to_json())
