"""POST /{resource}/batch: create, update and delete up to 100 items, atomically or one by one."""

import json
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

from dynamodel import Condition, DynamodelError, Invalid, Pending, TransactionFailed, Violation
from lambdas.rest import problems as problem
from lambdas.rest.conditional import check_collection, check_if_match_given, matching
from lambdas.rest.endpoint import endpoint
from lambdas.rest.idempotency import STATE_ERRORS, run_idempotent
from lambdas.rest.limits import BATCH_FIELDS, MAX_BATCH_OPERATIONS, MAX_RESULTS_BYTES, MAX_STORED_BYTES
from lambdas.rest.problems import Problem
from lambdas.rest.request import Request
from lambdas.rest.response import Response, created, found
from lambdas.runtime.observability import log_unexpected


@dataclass(frozen=True)
class Step:
    """One operation, ready to be written, and its answer, made of the result of the write."""

    write: Pending[Any]
    answer: Callable[[Any], Response]


@endpoint
def handler(request: Request) -> Response:
    """Apply all operations or none (`atomic`, the default), or each by itself."""
    check_collection(request)
    operations = parse_operations(request.json)
    if request.json.get("atomic", True):
        return run_atomic(request, operations)
    if "idempotency-key" in request.headers:
        raise Problem("invalid-header", "Only an atomic batch accepts an Idempotency-Key.")
    answers = [run_one(request, index, operation) for index, operation in enumerate(operations)]
    return results(answers, MAX_RESULTS_BYTES)


def run_atomic(request: Request, operations: Sequence[Any]) -> Response:
    """Do all operations or none; if none, state the cause of each that failed."""
    steps = prepare_all(request, operations)

    def answer(items: list[Any]) -> Response:
        answers = [step.answer(item) for step, item in zip(steps, items, strict=True)]
        return results(answers, MAX_STORED_BYTES // 2 if "idempotency-key" in request.headers else MAX_RESULTS_BYTES)

    try:
        return run_idempotent(request, [step.write for step in steps], answer)
    except TransactionFailed as failure:
        causes = failure.reasons
    except STATE_ERRORS as cause:  # of a batch of one, which is no transaction
        causes = (cause,)
    failed = [(index, cause) for index, cause in enumerate(causes) if cause]
    raise Problem("batch-failed", **problem.error_list(failed, error_entry))


def run_one(request: Request, index: int, operation: Any) -> Response:
    """Do one operation by itself and answer it."""
    try:
        step = prepare(request, index, operation)
        return step.answer(step.write.send())
    except Exception as error:  # noqa: BLE001 - each operation has its own answer, whatever happens to another
        refused = problem.problem_from(error)
        if refused.status >= 500:
            log_unexpected(error)
        return Response(refused.status, refused.summary, refused.headers)


def prepare_all(request: Request, operations: Sequence[Any]) -> list[Step]:
    """Prepare every operation. Raises Invalid with what is wrong in any of them."""
    steps: list[Step] = []
    violations: list[Violation] = []
    for index, operation in enumerate(operations):
        try:
            steps.append(prepare(request, index, operation))
        except Invalid as invalid:
            violations += invalid.violations
    if violations:
        raise Invalid(violations)
    return steps


def prepare(request: Request, index: int, operation: Any) -> Step:
    """Check one operation and prepare its write. Raises Invalid, with the path of the field in the body."""
    with error_path("operations", index):
        return KINDS[kind_of(operation)](request, operation)


def create(request: Request, operation: Mapping[str, Any]) -> Step:
    """Read {"op": "create", "item": {...}}."""
    with error_path("item"):
        item = request.model.parse(operation["item"])
    return Step(request.table.create.write(item), lambda new: created(new, request.resource.segment(new)))


def update(request: Request, operation: Mapping[str, Any]) -> Step:
    """Read {"op": "update", "id": ..., "patch": {...}, "if_match": ...}."""
    with error_path("patch"):
        changes = request.model.parse_patch(operation["patch"])
    key, condition = target(request, operation)
    write = request.table.update.write(key, *changes, condition=condition)
    return Step(write, lambda new: found(new) if new else Response(204))


def delete(request: Request, operation: Mapping[str, Any]) -> Step:
    """Read {"op": "delete", "id": ..., "if_match": ...}."""
    key, condition = target(request, operation)
    return Step(request.table.delete.write(key, condition=condition), lambda _: Response(204))


KINDS: dict[str, Callable[[Request, Mapping[str, Any]], Step]] = {"create": create, "update": update, "delete": delete}


def target(request: Request, operation: Mapping[str, Any]) -> tuple[str, Condition | None]:
    """Return the id of the item that an operation changes, and the condition of its if_match."""
    request.model.schema.key(operation["id"])
    expected = operation.get("if_match")
    if expected is None:
        check_if_match_given(request)
    return operation["id"], None if expected is None else matching(request, expected)


def kind_of(operation: Any) -> str:
    """Check that an operation has the fields of its kind, and return the kind. Raises Invalid."""
    if not isinstance(operation, dict) or operation.get("op") not in [*KINDS]:
        raise Invalid([Violation(("op",), f"must be one of {', '.join(KINDS)}", operation)])
    kind: str = operation["op"]
    if violations := [Violation((name,), message) for name, message in wrong_fields(kind, operation)]:
        raise Invalid(violations)
    return kind


def wrong_fields(kind: str, operation: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
    """Yield the names of the fields that are missing, unknown or of a wrong type, and what is wrong with each."""
    required, optional = BATCH_FIELDS[kind]
    for name in sorted(required - operation.keys()):
        yield name, "is required"
    for name in sorted(operation.keys() - {"op"} - required - optional):
        yield name, f"is not a field of {kind}"
    for name, value in operation.items():
        if name in ("item", "patch") and not isinstance(value, dict):
            yield name, "must be an object"
        if name in ("id", "if_match") and not isinstance(value, str):
            yield name, "must be text"


def parse_operations(body: Mapping[str, Any]) -> list[Any]:
    """Return the operations of the body. Raises Invalid for what is wrong with the body itself."""
    operations = body.get("operations")
    unknown = sorted(body.keys() - {"atomic", "operations"})
    violations = [Violation((name,), "is not a field of a batch") for name in unknown]
    if not isinstance(body.get("atomic", True), bool):
        violations.append(Violation(("atomic",), "must be true or false"))
    if not isinstance(operations, list) or not 1 <= len(operations) <= MAX_BATCH_OPERATIONS:
        violations.append(Violation(("operations",), f"must be a list of 1 to {MAX_BATCH_OPERATIONS} operations"))
    if violations or not isinstance(operations, list):
        raise Invalid(violations)
    return operations


@contextmanager
def error_path(*steps: str | int) -> Iterator[None]:
    """Prefix the paths of the violations found inside."""
    try:
        yield
    except Invalid as invalid:
        found = invalid.violations
        raise Invalid([Violation((*steps, *one.steps), one.message, one.value) for one in found]) from None


def error_entry(failed: tuple[int, DynamodelError]) -> dict[str, Any]:
    """Return the problem of an operation that could not be done, with a pointer to it."""
    index, cause = failed
    return {"pointer": f"/operations/{index}", **problem.problem_from(cause).summary}


def results(answers: Sequence[Response], limit: int) -> Response:
    """Return the response that holds the answers to all operations, without the bodies that exceed the limit.

    The limit is in bytes, as Lambda sends a response: as JSON text in JSON text.
    """
    parts, omitted = [answer.summary for answer in answers], 0
    for part in parts:
        limit -= len(json.dumps(json.dumps(part)))
        if limit < 0 and part.pop("body", None) is not None:
            omitted += 1
    return Response(200, {"results": parts, **({"omitted": omitted} if omitted else {})})
