"""GET /orders/{id}/total: add up the lines of an order."""

from decimal import Decimal

from lambdas.rest.endpoint import endpoint
from lambdas.rest.request import Request
from lambdas.rest.response import Response
from tests.support.gallery.orders import Discount, Order, Total


@endpoint
def handler(request: Request) -> Response:
    """Return the amount, less a discount, and the number of pieces."""
    discount = request.query(Discount)
    lines = request.table_of(Order).get_one(request.id).lines
    amount = sum((line.price * line.number for line in lines), Decimal()) * (100 - discount.percent) / 100
    total = Total(amount=Decimal(int(amount)) if discount.whole else amount, pieces=sum(line.number for line in lines))
    return Response(200, total.to_json())
