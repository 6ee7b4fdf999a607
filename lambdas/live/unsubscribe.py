"""unsubscribe: stop sending a connection the changes of a collection or an item."""

from lambdas.live.message import Message, message
from lambdas.live.messages import Unsubscribe


@message
def handler(message: Message) -> None:
    """Delete the subscription; nothing is answered, and frames that are under way still arrive."""
    request = Unsubscribe.parse(message.json)
    message.store.unsubscribe(message.connection, message.address(request.to))
