"""A worker: a function that a schedule, the messages of a queue or the changes of items invoke. One row each."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal

from lambdas.rest.operation import Action, construct_id

TIMEOUT = 30  # seconds
Verb = Literal["created", "updated", "deleted"]


@dataclass(frozen=True)
class Schedule:
    """Times, in EventBridge Scheduler's words: rate(1 hour), or cron(minute hour day month weekday year)."""

    times: str
    zone: str = "UTC"  # of cron's times; an IANA name, Europe/Berlin: summer time is followed


@dataclass(frozen=True, kw_only=True)
class Queue:
    """A queue of its own; the stack's output <Worker>QueueUrl says where to send messages, in JSON."""

    batch: int = 10  # messages for one invocation at most


@dataclass(frozen=True, kw_only=True)
class Changes:
    """Changes of items, in order for each item; SNS filters the others out, free of charge."""

    of: tuple[str, ...] = ()  # paths of resources; none: of all
    verbs: tuple[Verb, ...] = ()  # none: all three
    batch: int = 10


@dataclass(frozen=True, kw_only=True)
class Worker:
    """One function that works by itself, with its role, its dead letters and its alarm."""

    module: str  # has the handler; its last part is the worker's name
    on: Schedule | Queue | Changes
    tables: Mapping[str, tuple[Action | Literal["Scan"], ...]] = field(default_factory=dict, hash=False)  # by path
    timeout: int = TIMEOUT  # seconds; for the whole batch
    memory: int = 512  # MB; CPU comes with it
    example: bool = False  # deployed only where the stage has examples

    if __debug__:

        def __post_init__(self) -> None:
            """Refuse a worker that could not be deployed."""
            from lambdas.events.checks import check_worker

            check_worker(self)

    @property
    def paths(self) -> set[str]:
        """The paths of the resources that it is about."""
        return {*self.tables, *(self.on.of if isinstance(self.on, Changes) else ())}

    @property
    def construct_id(self) -> str:
        """The name of its constructs."""
        return construct_id(self.module.rpartition(".")[2])
