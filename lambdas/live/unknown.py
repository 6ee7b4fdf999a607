"""$default: a message with an unknown action."""

from lambdas.live.message import Message, message
from lambdas.rest.problems import Problem, shortened

ACTIONS = ["subscribe", "unsubscribe", "ping"]


@message
def handler(message: Message) -> None:
    """Answer with the known actions."""
    raise Problem("invalid", f"Unknown action {shortened(repr(message.json.get('action')))}.", possible=ACTIONS)
