"""The change of an item by a rule: one conditional write, and the problem if a condition does not hold."""

from typing import Any

from dynamodel import Change, Condition, ConditionFailed, LimitReached
from lambdas.rest.conditional import meets_precondition, precondition
from lambdas.rest.idempotency import run_idempotent
from lambdas.rest.problems import Problem, ProblemType
from lambdas.rest.request import Request
from lambdas.rest.response import Response, found


def change(
    request: Request, *changes: Change, rule: Condition | None = None, otherwise: ProblemType | None = None
) -> Response:
    """Change the item that the path names and return it; once for each Idempotency-Key.

    If-Match and If-None-Match are checked first (RFC 9110, section 13.2.1), the rule and the bounds of attributes then;
    all in the write itself. If-Match may be left out, unless `precondition-required` is a problem of the operation.

    Args:
        request: the request; its function needs UpdateItem, and GetItem and PutItem if it is idempotent.
        *changes: for example `Order.status.set("cancelled")`.
        rule: must hold for the item before the change.
        otherwise: the type of problem if the rule does not hold; by default precondition-failed.
    """

    def answer(items: list[Any]) -> Response:
        return found(items[0])

    condition = precondition(request, required="precondition-required" in request.route.kinds)
    if rule is not None:
        condition = rule if condition is None else condition & rule
    keyed = "idempotency-key" in request.headers  # the stored answer needs the result before the write is done
    try:
        write = request.table.update.write(request.id, *changes, condition=condition, read_first=keyed)
        return run_idempotent(request, [write], answer)
    except ConditionFailed as failed:
        if failed.item is None or not meets_precondition(request, failed.item):
            raise ConditionFailed(failed.item) from None
        if otherwise and not isinstance(failed, LimitReached):
            raise Problem(otherwise) from None
        raise
