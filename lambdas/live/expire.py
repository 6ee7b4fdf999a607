"""Close the connections whose token has ended, once a minute. Nothing is sent to them from that second on."""

from concurrent.futures import ThreadPoolExecutor

from lambdas.events.work import scheduled
from lambdas.live import connections
from lambdas.live.models import Ending
from lambdas.live.store import Store
from lambdas.runtime.environment import Environment
from lambdas.runtime.observability import emit


@scheduled
def handler() -> None:
    """Close and forget them; whatever fails is done a minute later."""
    store = Store(Environment.read())
    with ThreadPoolExecutor(connections.WORKERS) as pool:
        ends = [pool.submit(end, store, ended) for ended in store.ended()]
    closed = [one.result() for one in ends]  # `pool.map` would leave out those that wait when one fails
    if closed:
        emit({}, {"ConnectionsClosed": len(closed)})


def end(store: Store, ended: Ending) -> None:
    """Close one connection and delete its rows, the end last: what is left out now is found again."""
    connections.close(ended.connection)
    store.forget(ended.connection)
    store.drop(ended)
