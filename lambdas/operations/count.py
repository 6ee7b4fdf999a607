"""POST /{resource}/{id}/{counter}: count up or down, never past the counter's bounds."""

from dynamodel import Attr, Model, attr
from lambdas.rest.endpoint import endpoint
from lambdas.rest.request import Request
from lambdas.rest.response import Response, found


class Count(Model):
    """The body."""

    delta: Attr[int] = attr(ge=-1_000_000_000, le=1_000_000_000, examples=(-3,))


@endpoint
def handler(request: Request) -> Response:
    """Add to the counter in one conditional write."""
    delta = Count.parse(request.json).delta
    return found(request.table.update(request.id, request.counter.add(delta)))
