"""The rows of connections in the live table, which holds many more: every change of the last hour."""

from lambdas.live.models import ENDINGS, ONLY, Connection, Ending, Row, Subscription
from lambdas.live.store import seconds

PAGE = 1000  # rows that are read in one request: as many as fit


def left(live_rows):
    """The rows of connections that are open, or were."""
    rows = live_rows(Row).iterate_scan(consistent=True, limit=PAGE)
    return [row for row in rows if isinstance(row, (Connection, Subscription, Ending))]


def ending(live_rows, since):
    """The open connections whose token ends then or later, without a look at all that the table holds."""
    found = live_rows(Ending).iterate(Ending.hash == ENDINGS, Ending.sort >= seconds(since), consistent=True)
    rows = [live_rows(Connection).get((f"connection {one.connection}", ONLY), consistent=True) for one in found]
    return [row for row in rows if row]
