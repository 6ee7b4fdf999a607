"""Operations and how they run: a plan yields requests and is sent replies, blocking or awaited.

A plan is a generator. It yields a Request and gets its reply, or a tuple of them (sent at once) and gets all replies,
or a Pause and gets nothing; a refused request is raised where it was yielded. What it returns is the result.
"""

import random
import time
from collections.abc import Awaitable, Callable, Generator, Iterator
from contextlib import contextmanager
from contextvars import ContextVar, copy_context
from functools import partial, update_wrapper
from typing import TYPE_CHECKING, Any, Concatenate, Literal, NamedTuple, overload

from botocore import xform_name

from .errors import OutOfTime

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient

ATTEMPTS = 10
CONNECTIONS = 10  # of a boto3 client, by default
_LONGEST_PAUSE = 2.0  # seconds


type Client = DynamoDBClient  # `boto3.client("dynamodb")`


class Request(NamedTuple):
    """One call of DynamoDB's API: `PutItem` with its parameters, as boto3 takes them."""

    client: Client
    operation: str
    parameters: dict[str, Any]

    def send(self) -> Any:
        """Send it and return boto3's reply."""
        return getattr(self.client, xform_name(self.operation))(**self.parameters)


class Pause(NamedTuple):
    """Wait before the next request."""

    seconds: float


type Step = Request | tuple[Request, ...] | Pause
type Plan[R] = Generator[Step, Any, R]


def backoff(attempt: int) -> Pause:
    """Pause with full jitter: a random time up to a bound that doubles with each attempt.

    https://aws.amazon.com/blogs/architecture/exponential-backoff-and-jitter/
    """
    return Pause(random.uniform(0, min(_LONGEST_PAUSE, 0.025 * 2**attempt)))  # noqa: S311  # jitter is no secret


# Give an operation the name, documentation and signature of the method that plans it: document(operation, method).
document: Callable[[Any, Any], Any] = partial(update_wrapper, assigned=("__name__", "__doc__"), updated=())


_last_start: ContextVar[float] = ContextVar("last_start", default=float("inf"))  # by the monotonic clock


@contextmanager
def time_limit(seconds: float) -> Iterator[None]:
    """Let operations inside begin requests for so many seconds; after that they raise OutOfTime.

    A request that has begun is not ended: leave room for the longest one that the client's timeouts allow. It holds for
    the thread or the asyncio task that enters it, and for what that starts.
    """
    token = _last_start.set(min(_last_start.get(), time.monotonic() + seconds))
    try:
        yield
    finally:
        _last_start.reset(token)


def time_left() -> float:
    """Return the seconds in which requests may still begin; infinity without a limit."""
    return _last_start.get() - time.monotonic()


def refuse_late_retry(pause: float, **_: object) -> Literal[False] | None:
    """Refuse a retry of botocore's that could begin too late, as a handler of its event `needs-retry`.

    Args:
        pause: seconds that botocore waits at most before the retry.
    """
    return False if time_left() < pause else None


class Operation[**P, R]:
    """An operation: call it, await `run_async(...)`, or look at the first `request(...)` it would send."""

    def __init__(self, plan: Callable[P, Plan[R]]) -> None:
        self.plan = plan
        document(self, plan)

    def __get__(self, instance: object, owner: type | None = None) -> "Operation[P, R]":
        """Return itself. That there is such a method tells `help` and editors that this is a routine."""
        return self

    def __call__(self, *args: P.args, **kwargs: P.kwargs) -> R:
        """Run it: send its requests and return its result."""
        return run(self.plan(*args, **kwargs))

    async def run_async(self, *args: P.args, **kwargs: P.kwargs) -> R:
        """Run it without blocking the event loop; boto3's calls run in threads."""
        return await _drive(self.plan(*args, **kwargs), _perform_async)

    def request(self, *args: P.args, **kwargs: P.kwargs) -> Request:
        """Return the first request, without sending it."""
        step = next(self.plan(*args, **kwargs), None)
        first = step if isinstance(step, Request | Pause | None) else step[0]
        if not isinstance(first, Request):
            raise TypeError("this operation sends nothing")
        return first


class operation[S, **P, R]:  # noqa: N801  # used as a decorator
    """Make a method that returns a plan an Operation of its object."""

    def __init__(self, plan: Callable[Concatenate[S, P], Plan[R]]) -> None:
        self.plan = plan
        document(self, plan)

    @overload
    def __get__(self, instance: None, owner: type) -> "operation[S, P, R]": ...
    @overload
    def __get__(self, instance: S, owner: type) -> Operation[P, R]: ...
    def __get__(self, instance: S | None, owner: type) -> "Operation[P, R] | operation[S, P, R]":
        """Bind to the object."""
        return self if instance is None else Operation(self.plan.__get__(instance, owner))


def run[R](plan: Plan[R]) -> R:
    """Run a plan to its end, blocking: send its requests and return its result."""
    try:  # blocking `perform` never suspends, so one send() runs to completion
        _drive(plan, _perform).send(None)
    except StopIteration as stop:
        return stop.value  # type: ignore[no-any-return]  # StopIteration is not generic
    raise RuntimeError("a blocking operation has suspended")


async def _drive[R](plan: Plan[R], perform: Callable[[Step], Awaitable[Any]]) -> R:
    try:
        step = next(plan)
        while True:
            try:
                if time_left() < (step.seconds if isinstance(step, Pause) else 0):
                    raise OutOfTime
                reply = await perform(step)
            except Exception as error:  # noqa: BLE001  # the plan decides
                step = plan.throw(error)
            else:
                step = plan.send(reply)
    except StopIteration as stop:
        return stop.value  # type: ignore[no-any-return]  # StopIteration is not generic


async def _perform(step: Step) -> Any:
    if isinstance(step, Pause):
        return time.sleep(step.seconds)
    if isinstance(step, Request):
        return step.send()
    if len(step) == 1:
        return [step[0].send()]
    from concurrent.futures import ThreadPoolExecutor

    with ThreadPoolExecutor(min(len(step), CONNECTIONS)) as threads:
        contexts = [copy_context() for _ in step]  # a thread has none of its own; the time limit is in it
        return list(threads.map(lambda context, request: context.run(request.send), contexts, step))


async def _perform_async(step: Step) -> Any:
    import asyncio

    if isinstance(step, Pause):
        return await asyncio.sleep(step.seconds)
    if isinstance(step, Request):
        return await asyncio.to_thread(step.send)
    return await asyncio.gather(*(asyncio.to_thread(request.send) for request in step))
