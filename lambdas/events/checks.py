"""Wrong declarations of workers, refused where they are written; functions run without these checks."""

import re
from collections.abc import Iterator
from zoneinfo import available_timezones

from lambdas.events.worker import Schedule, Worker
from lambdas.rest.checks import MODULE, refuse
from lambdas.rest.options import check_options

RATE = re.compile(r"rate\([1-9]\d* (minute|hour|day)s?\)|cron\(\S+( \S+){5}\)")
CRON = (  # the least and the most of each field, and the words it may have instead
    (0, 59, r"\*"),
    (0, 23, r"\*"),
    (1, 31, r"\*|\?|L|LW|\d+W"),
    (1, 12, r"\*|JAN|FEB|MAR|APR|MAY|JUN|JUL|AUG|SEP|OCT|NOV|DEC"),
    (1, 7, r"\*|\?|SUN|MON|TUE|WED|THU|FRI|SAT|L|\w+L|\w+#[1-5]"),
    (1970, 2199, r"\*"),
)


def check_worker(worker: Worker) -> None:
    """Refuse a worker that could not be deployed."""
    check_options(worker)
    check_options(worker.on)
    refuse(f"The worker of {worker.module}", _of_worker(worker))


def _of_worker(worker: Worker) -> Iterator[str]:
    if not MODULE.fullmatch(worker.module):
        yield "the name of a module, as lambdas.workers.remind"
    if isinstance(worker.on, Schedule) and not _possible(worker.on.times):
        yield "times as rate(1 hour) or cron(0 6 * * ? *), each in its range, and a ? for one of the days"
    if isinstance(worker.on, Schedule) and not _is_zone(worker.on.zone):
        yield f"an IANA time zone, as Europe/Berlin, not {worker.on.zone}"
    if not isinstance(worker.on, Schedule) and not 1 <= worker.on.batch <= 10:
        yield "a batch of 1 to 10 messages"
    if not 1 <= worker.timeout <= 900:
        yield "a timeout of 1 to 900 seconds"
    if not 128 <= worker.memory <= 10_240:
        yield "a memory of 128 to 10,240 MB"


def _is_zone(name: str) -> bool:
    """Return whether this machine knows the time zone, if it has a list of them."""
    return name == "UTC" or name in (available_timezones() or {name})


def _possible(times: str) -> bool:
    """True if the times are written as they must be, and each field of cron is in its range."""
    if not RATE.fullmatch(times):
        return False
    if times.startswith("rate("):
        return True
    fields = times.removeprefix("cron(")[:-1].split(" ")
    one_day = (fields[2] == "?") != (fields[4] == "?")  # the day is of the month or of the week
    return one_day and all(_fits(field, *allowed) for field, allowed in zip(fields, CRON, strict=True))


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
