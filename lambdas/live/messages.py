"""The messages that clients send."""

from dynamodel import Attr, Model, attr
from lambdas.live import address, position


class Subscribe(Model):
    """Subscribe to the changes of a collection or an item."""

    action: Attr[str] = attr(pattern="subscribe", examples=("subscribe",))
    to: Attr[str] = attr(
        pattern=address.PATTERN, examples=("/orders",), description="The path of a collection or of an item."
    )
    after: Attr[str | None] = attr(
        default=None, pattern=position.PATTERN, description="Last position that the client has; later changes follow."
    )


class Unsubscribe(Model):
    """End a subscription. Wait for `subscribed` first: messages of one connection may overtake each other."""

    action: Attr[str] = attr(pattern="unsubscribe", examples=("unsubscribe",))
    to: Attr[str] = attr(pattern=address.PATTERN, examples=("/orders",), description="Address of the subscription.")


class Ping(Model):
    """Keep the connection open: API Gateway closes one that is idle for ten minutes."""

    action: Attr[str] = attr(pattern="ping", examples=("ping",))
