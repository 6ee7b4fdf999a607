"""The messages that clients send."""

from dynamodel import Attr, Model, attr
from lambdas.live import address, position


class Subscribe(Model):
    """Ask for the changes of a collection or an item."""

    action: Attr[str] = attr(pattern="subscribe", examples=("subscribe",))
    to: Attr[str] = attr(
        pattern=address.PATTERN, examples=("/orders",), description="The path of a collection or of an item."
    )
    after: Attr[str | None] = attr(
        default=None, pattern=position.PATTERN, description="The last position that the client has: go on from there."
    )


class Unsubscribe(Model):
    """End a subscription. Wait for `subscribed` before: messages of one connection may overtake each other."""

    action: Attr[str] = attr(pattern="unsubscribe", examples=("unsubscribe",))
    to: Attr[str] = attr(pattern=address.PATTERN, examples=("/orders",), description="What was subscribed to.")


class Ping(Model):
    """Keep the connection open: API Gateway closes one that is idle for ten minutes."""

    action: Attr[str] = attr(pattern="ping", examples=("ping",))
