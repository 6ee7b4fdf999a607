"""Every morning: cancel the orders that have nothing in them."""

from lambdas.events.work import scheduled
from lambdas.runtime.tables import table_of
from tests.support.gallery.orders import Order


@scheduled
def handler() -> None:
    """Cancel each open order without lines, of whoever it is."""
    orders = table_of(Order)
    for order in orders.iterate_scan(filter=Order.state == "open"):
        if not order.lines:
            orders.update(order.id, Order.state.set("cancelled"), condition=Order.state == "open")
