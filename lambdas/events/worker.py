"""A worker: a function that a schedule, the messages of a queue or the changes of items set to work. One row each."""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Literal, get_args

from dynamodel import DeclarationError
from lambdas.rest.operation import ACTIONS, MODULE, Action, construct_id

RATE = re.compile(r"rate\([1-9]\d* (minute|hour|day)s?\)|cron\(\S+( \S+){5}\)")
CRON = (  # the least and the most of each field, and the words it may have instead
    (0, 59, r"\*"),
    (0, 23, r"\*"),
    (1, 31, r"\*|\?|L|LW|\d+W"),
    (1, 12, r"\*|JAN|FEB|MAR|APR|MAY|JUN|JUL|AUG|SEP|OCT|NOV|DEC"),
    (1, 7, r"\*|\?|SUN|MON|TUE|WED|THU|FRI|SAT|L|\w+L|\w+#[1-5]"),
    (1970, 2199, r"\*"),
)
TIMEOUT = 30  # seconds
Verb = Literal["created", "updated", "deleted"]
VERBS = {*get_args(Verb)}


@dataclass(frozen=True)
class Schedule:
    """Times, in EventBridge Scheduler's words: rate(1 hour), or cron(minute hour day month weekday year)."""

    times: str
    zone: str = "UTC"  # of cron's times; an IANA name, Europe/Berlin: summer time is followed

    @property
    def possible(self) -> bool:
        """True if the times are written as they must be, and each field of cron is in its range."""
        if not RATE.fullmatch(str(self.times)):
            return False
        if self.times.startswith("rate("):
            return True
        fields = self.times.removeprefix("cron(")[:-1].split(" ")
        one_day = (fields[2] == "?") != (fields[4] == "?")  # the day is of the month or of the week
        return one_day and all(_fits(field, *allowed) for field, allowed in zip(fields, CRON, strict=True))


def _within(value: object, least: int, most: int) -> bool:
    return type(value) is int and least <= value <= most


def _fits(field: str, least: int, most: int, words: str) -> bool:
    """Return whether a field of cron has values of its range only: 5, 1-5, 1,3, */15."""
    for part in field.split(","):
        span, slash, step = part.partition("/")
        if slash and not (step.isdecimal() and int(step) > 0):
            return False
        for end in span.split("-"):
            if not (end.isdecimal() and least <= int(end) <= most) and not re.fullmatch(words, end, re.IGNORECASE):
                return False
    return True


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

    def __post_init__(self) -> None:
        """Refuse a worker that could not be deployed."""
        if wrong := [*self._problems()]:
            raise DeclarationError(f"The worker of {self.module} needs {'; '.join(wrong)}.")

    def _problems(self) -> Iterator[str]:
        if not MODULE.fullmatch(self.module):
            yield "the name of a module, as lambdas.workers.remind"
        if not isinstance(self.on, Schedule | Queue | Changes):
            yield "on=Schedule(...), Queue() or Changes()"
        if isinstance(self.on, Schedule) and not self.on.possible:
            yield "times as rate(1 hour) or cron(0 6 * * ? *), each in its range, and a ? for one of the days"
        if not isinstance(self.on, Schedule) and not _within(getattr(self.on, "batch", 1), 1, 10):
            yield "a batch of 1 to 10 messages"
        if isinstance(self.on, Changes) and not (isinstance(self.on.of, tuple) and {*self.on.verbs} <= VERBS):
            yield 'of=("orders",), a tuple of paths, and verbs of created, updated, deleted'
        if unknown := {action for actions in self.tables.values() for action in actions} - {*ACTIONS, "Scan"}:
            yield f"actions of {', '.join((*ACTIONS, 'Scan'))}, not {', '.join(sorted(unknown))}"
        if not _within(self.timeout, 1, 900):
            yield "a timeout of 1 to 900 seconds"
        if not _within(self.memory, 128, 10_240):
            yield "a memory of 128 to 10,240 MB"

    @property
    def paths(self) -> set[str]:
        """The paths of the resources that it is about."""
        return {*self.tables, *(self.on.of if isinstance(self.on, Changes) else ())}

    @property
    def construct_id(self) -> str:
        """The name of its constructs."""
        return construct_id(self.module.rpartition(".")[2])
