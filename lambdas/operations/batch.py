"""POST /{resource}/batch: up to 100 creates, updates and deletes, all or none of them, or one by one."""

from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, replace
from typing import Any

from dynamodel import (
    Condition,
    ConditionFailed,
    DynamodelError,
    Invalid,
    NotFound,
    NotUnique,
    Pending,
    TransactionFailed,
    Violation,
)
from lambdas.rest import problems as problem
from lambdas.rest.conditional import check_if_match_given, matching
from lambdas.rest.endpoint import endpoint
from lambdas.rest.idempotency import run_idempotent
from lambdas.rest.limits import BATCH_FIELDS, MAX_BATCH_OPERATIONS
from lambdas.rest.problems import Problem
from lambdas.rest.request import Request
from lambdas.rest.response import Response, created, found


@dataclass(frozen=True)
class Step:
    """One operation, ready to be written, and what answers it."""

    write: Pending[Any]
    answer: Callable[[Any], Response]


@endpoint
def handler(request: Request) -> Response:
    """Do the operations, all or none of them, or one by one."""
    operations = listed(request.json)
    return together(request, operations) if request.json.get("atomic", True) else one_by_one(request, operations)


def together(request: Request, operations: list[Any]) -> Response:
    """Do all or none; if none, say of each operation what is in its way."""
    steps = [*every(request, operations)]
    try:
        return run_idempotent(
            request,
            [step.write for step in steps],
            lambda done: results(step.answer(one) for step, one in zip(steps, done, strict=True)),
        )
    except TransactionFailed as failure:
        raise Problem("batch-failed", errors=[*reasons(failure.reasons)]) from None
    except (ConditionFailed, NotFound, NotUnique) as reason:  # of a batch of one, which is no transaction
        raise Problem("batch-failed", errors=[*reasons([reason])]) from None


def one_by_one(request: Request, operations: list[Any]) -> Response:
    """Do each operation for itself, and answer each, whether it succeeds or not."""
    if "idempotency-key" in request.headers:
        raise Problem("invalid-header", "Only an atomic batch takes an Idempotency-Key.")
    return results(alone(request, place, operation) for place, operation in enumerate(operations))


def alone(request: Request, place: int, operation: Any) -> Response:
    """Do one operation and answer it."""
    try:
        step = ready(request, place, operation)
        return step.answer(step.write.send())
    except (DynamodelError, Problem) as error:
        refused = problem.problem_from(error)
        return Response(refused.status, refused.summary, refused.headers)


def every(request: Request, operations: list[Any]) -> Iterator[Step]:
    """Each operation, ready to be written. Raises Invalid with what is wrong in any of them."""
    wrong: list[Violation] = []
    for place, operation in enumerate(operations):
        try:
            yield ready(request, place, operation)
        except Invalid as invalid:
            wrong += invalid.violations
    if wrong:
        raise Invalid(wrong)


def ready(request: Request, place: int, operation: Any) -> Step:
    """Check one operation and make it ready. Raises Invalid, with the way to the field in the body."""
    with within("operations", place):
        return KINDS[shape(operation)](request, operation)


def create(request: Request, operation: Mapping[str, Any]) -> Step:
    """Read {"op": "create", "item": {...}}."""
    with within("item"):
        item = request.model.parse(operation["item"])
    return Step(request.table.create.write(item), lambda new: created(new, getattr(new, request.resource.key)))


def update(request: Request, operation: Mapping[str, Any]) -> Step:
    """Read {"op": "update", "id": ..., "patch": {...}, "if_match": ...}."""
    with within("patch"):
        changes = request.model.parse_patch(operation["patch"])
    key, condition = place_of(request, operation)
    write = request.table.update.write(key, *changes, condition=condition)
    return Step(write, lambda new: found(new) if new else Response(204))


def delete(request: Request, operation: Mapping[str, Any]) -> Step:
    """Read {"op": "delete", "id": ..., "if_match": ...}."""
    key, condition = place_of(request, operation)
    return Step(request.table.delete.write(key, condition=condition), lambda _: Response(204))


KINDS: dict[str, Callable[[Request, Mapping[str, Any]], Step]] = {"create": create, "update": update, "delete": delete}


def place_of(request: Request, operation: Mapping[str, Any]) -> tuple[str, Condition | None]:
    """The item that an operation is about, and the version of it that it expects."""
    request.model.schema.key(operation["id"])
    expected = operation.get("if_match")
    if expected is None:
        check_if_match_given(request)
    return operation["id"], None if expected is None else matching(request, expected)


def shape(operation: Any) -> str:
    """Check that an operation has the fields of its kind, and give the kind. Raises Invalid."""
    if not isinstance(operation, dict) or operation.get("op") not in [*KINDS]:
        raise Invalid([Violation(("op",), f"must be one of {', '.join(KINDS)}", operation)])
    must, may = BATCH_FIELDS[operation["op"]]
    given = operation.keys() - {"op"}
    wrong = [Violation((name,), "is required") for name in sorted(must - given)]
    wrong += [Violation((name,), f"is not a field of {operation['op']}") for name in sorted(given - must - may)]
    documents = given & {"item", "patch"}
    wrong += [Violation((name,), "must be an object") for name in documents if not isinstance(operation[name], dict)]
    texts = given & {"id", "if_match"}
    wrong += [Violation((name,), "must be text") for name in texts if not isinstance(operation[name], str)]
    if wrong:
        raise Invalid(wrong)
    return str(operation["op"])


def listed(body: dict[str, Any]) -> list[Any]:
    """The operations of the body. Raises Invalid for what is wrong with the body itself."""
    operations = body.get("operations")
    unknown = sorted(body.keys() - {"atomic", "operations"})
    wrong = [Violation((name,), "is not a field of a batch") for name in unknown]
    if not isinstance(body.get("atomic", True), bool):
        wrong.append(Violation(("atomic",), "must be true or false"))
    if not isinstance(operations, list) or not 1 <= len(operations) <= MAX_BATCH_OPERATIONS:
        wrong.append(Violation(("operations",), f"must be a list of 1 to {MAX_BATCH_OPERATIONS} operations"))
    if wrong or not isinstance(operations, list):
        raise Invalid(wrong)
    return operations


@contextmanager
def within(*steps: str | int) -> Iterator[None]:
    """Lengthen the way to what is found wrong inside."""
    try:
        yield
    except Invalid as invalid:
        raise Invalid([replace(each, steps=(*steps, *each.steps)) for each in invalid.violations]) from None


def reasons(found: Iterable[DynamodelError | None]) -> Iterator[dict[str, Any]]:
    """What is in the way of each operation that could not be done."""
    for place, reason in enumerate(found):
        if reason:
            yield {"pointer": f"/operations/{place}", **problem.problem_from(reason).summary}


def results(answers: Any) -> Response:
    """One answer made of many."""
    return Response(200, {"results": [answer.summary for answer in answers]})
