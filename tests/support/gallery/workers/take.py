"""For each message of the warehouse: note that an order was sent."""

from lambdas.events.work import each_message
from lambdas.runtime.tables import table_of
from tests.support.gallery.orders import Order


@each_message
def handler(message: dict[str, str]) -> None:
    """Set the state of the order; a message that comes again changes nothing more."""
    table_of(Order).update(message["order"], Order.state.set("sent"))
