"""ping: keep a connection open, which API Gateway closes after ten idle minutes."""

from lambdas.live import frames
from lambdas.live.message import Message, message
from lambdas.live.messages import Ping


@message
def handler(message: Message) -> None:
    """Answer pong."""
    Ping.parse(message.json)
    message.send(frames.PONG)
