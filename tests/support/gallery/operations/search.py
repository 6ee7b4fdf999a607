"""POST /orders/search: find orders by their states."""

from lambdas.rest.endpoint import endpoint
from lambdas.rest.request import Request
from lambdas.rest.response import Response, listed
from tests.support.gallery.orders import Order, Search


@endpoint
def handler(request: Request) -> Response:
    """Return a page of the orders in one of the states."""
    search = Search.parse(request.json)
    wanted = Order.state.is_in(search.states)
    page = request.table_of(Order).query(index=Order.newest, filter=wanted, cursor=search.cursor, limit=20)
    return listed(page)
