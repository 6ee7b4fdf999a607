"""POST /contracts/{id}/end: end a contract."""

from lambdas.rest.change import change
from lambdas.rest.endpoint import endpoint
from lambdas.rest.request import Request
from lambdas.rest.response import Response
from tests.support.gallery.strict import Contract


@endpoint
def handler(request: Request) -> Response:
    """Write that it has ended into its text."""
    return change(request, Contract.text.set("It has ended."))
