"""subscribe: send a connection the changes of a collection or an item, from a position on."""

from lambdas.live import frames
from lambdas.live.delivery import Lost, replay
from lambdas.live.events import channel_name
from lambdas.live.message import Message, message
from lambdas.live.messages import Subscribe
from lambdas.live.models import MAX_SUBSCRIPTIONS, Channel
from lambdas.live.position import Position
from lambdas.live.store import Store, subscription_key
from lambdas.rest.problems import Problem


@message
def handler(message: Message) -> None:
    """Register the subscription first, then send what the log has: what changes meanwhile comes one way or the other.

    Until all was sent, the subscription has a position, and a broadcast of a new change begins there.
    """
    request = Subscribe.parse(message.json)
    store, row, to = message.store, message.connection, message.address(request.to)
    if len(row.to | {request.to}) > MAX_SUBSCRIPTIONS:
        raise Problem("invalid", f"A connection may have at most {MAX_SUBSCRIPTIONS} subscriptions.")
    name = channel_name(to.path, row.reads[to.path])
    channel = store.open(name)
    resumed = resume(store, channel, request.after)
    start = resumed or channel.at(channel.head)
    message.send((frames.subscribed if resumed else frames.resync)(request.to, start))
    store.subscribe(row, to, start)
    channel = store.open(name)  # as it is now that every delivery that begins later sees the subscription
    try:
        entries = [one for one in replay(store, channel, start, channel.at(channel.head)) if to.item in ("", one.item)]
        for frame in frames.changes(request.to, entries):
            message.send(frame)
    except Lost:  # just now
        message.send(frames.resync(request.to, channel.at(channel.head)))
    store.caught_up(subscription_key(row, to))


def resume(store: Store, channel: Channel, after: str | None) -> Position | None:
    """Return the position to resume at: the client's, or the current one if it has none; None if changes are lost."""
    head = channel.at(channel.head)
    if after is None:
        return head
    position = Position.parse(after)
    try:
        next(replay(store, channel, position, head), None)
    except Lost:
        return None
    return position
