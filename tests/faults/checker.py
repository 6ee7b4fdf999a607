"""The checker of a history: responses to clients, against every state of each item.

An item is a register whose states have an order, that of its table's stream. Of each write the judge knows when its
client began to ask and when it was answered, so of each state between which moments it may have been the current one.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from itertools import accumulate, pairwise
from math import inf
from typing import Any

from lambdas.runtime.policy import REQUEST_TIMEOUT

type Change = tuple[Any, Any]  # an item before and after a write, as the API shows it; None is no item


@dataclass(frozen=True, eq=False)
class Told:
    """One thing that a client asked for, alone or in a batch, and the answer."""

    kind: str  # post, create (at an id of the client's), put, patch, count, delete, get
    item: str  # its id; empty while the client does not know it
    mark: Any  # a text that nobody else writes; of a count, a number that nobody else adds
    expects: int | None  # the version in If-Match
    status: int
    problem: str  # the last part of the problem's type
    retry_after: bool
    body: Any
    began: float
    ended: float
    took: float  # seconds until the answer; of several attempts, the longest

    @property
    def is_done(self) -> bool:
        """Return whether the client was told that it was done."""
        return self.status < 300

    @property
    def is_refused(self) -> bool:
        """Return whether the client was told that nothing was done."""
        return 300 <= self.status < 500 or self.problem in ("busy", "throttled")

    def __str__(self) -> str:
        """Render for a report."""
        return f"{self.kind} {self.mark} if {self.expects} of {self.item[-6:]} -> {self.status} {self.problem}"


class Register:
    """One item: its states in order; between two of them a write."""

    def __init__(self, item: str, changes: Sequence[Change], told: Sequence[Told]) -> None:
        self.item, self.changes = item, changes
        self.told = [one for one in told if one.item == item]
        self.states = [None, *(new for _, new in changes)]

    @cached_property
    def places(self) -> dict[Told, list[int]]:
        """Return the place in the order at which each write took effect."""
        writes = [one for one in self.told if one.kind not in ("get", "delete")]
        return {one: [n for n, change in enumerate(self.changes, 1) if is_effect(one, change)] for one in writes}

    @cached_property
    def earliest(self) -> list[float]:
        """The moment before which each state was not there."""
        began = {n: one.began for one, places in self.places.items() for n in places}
        return [*accumulate((began.get(n, -inf) for n in range(len(self.states))), max)]

    @cached_property
    def latest(self) -> list[float]:
        """The moment after which each state had begun."""
        ended = {n: one.ended for one, places in self.places.items() for n in places if one.is_done}
        ends = [-inf, *(ended.get(n, inf) for n in range(1, len(self.states)))]
        return [*accumulate(reversed(ends), min)][::-1]

    def possible(self, one: Told) -> list[Any]:
        """The states that may have been current while a client waited for an answer."""
        until = [*self.latest[1:], inf]
        return [
            state
            for state, since, end in zip(self.states, self.earliest, until, strict=True)
            if since <= one.ended and end >= one.began
        ]

    def errors(self) -> Iterator[str]:
        """Everything that was told and is not so."""
        for one in self.told:
            for wrong in (*self.effects_of(one), *self.answer_to(one)):
                yield f"{wrong}: {one}"
        yield from self.order()
        if any(before[1] != after[0] for before, after in pairwise(self.changes)):
            yield f"the stream of {self.item} has a gap"
        deletes = sum(one.kind == "delete" and not one.is_refused for one in self.told)
        if sum(new is None for _, new in self.changes) > deletes:
            yield f"{self.item} was deleted more often than asked for"

    def effects_of(self, one: Told) -> Iterator[str]:
        """Return the faults of the effects of a write."""
        places = self.places.get(one, [])
        if len(places) > 1:
            yield f"done {len(places)} times"
        if one.is_refused and places:
            yield "refused, and done"
        if one.is_done and one in self.places and not places:
            yield "acknowledged, and lost"
        if one.is_done and one.kind == "delete" and None not in self.possible(one):
            yield "acknowledged, and lost"

    def answer_to(self, one: Told) -> Iterator[str]:
        """Return the faults of an answer."""
        if one.took > REQUEST_TIMEOUT:
            yield f"answered after {one.took:.1f} s"
        if one.status == 503 and not one.retry_after:
            yield "no Retry-After"
        if one.status == 500:
            yield "a fault of ours"
        if one.is_done and one.body is not None:
            after = min(self.places.get(one, [0]), default=0)
            if one.body not in self.states[after:]:
                yield f"answered with what never was: {one.body}"
        if 400 <= one.status < 500 and not any(justifies(state, one) for state in self.possible(one)):
            yield "refused without a reason"

    def order(self) -> Iterator[str]:
        """Writes that took effect in another order than that in which they were acknowledged."""
        done = [(one, places[0]) for one, places in self.places.items() if one.is_done and places]
        for one, place in done:
            for other, later in done:
                if one.ended < other.began and place > later:
                    yield f"{other} came before {one}, which was acknowledged before it was asked for"


def is_effect(one: Told, change: Change) -> bool:
    """Return whether a write of the item is that of this request."""
    old, new = change
    if new is None:
        return False
    if one.kind == "count":
        return old is not None and old["text"] == new["text"] and new["seen"] - old["seen"] == one.mark
    return new["text"] == one.mark and (old is None or old["text"] != one.mark)


def justifies(state: Any, one: Told) -> bool:
    """Return whether a request is refused rightly if this is what is stored."""
    if one.problem == "precondition-failed":
        return state is not None and (one.kind == "create" or one.expects not in (None, state["version"]))
    if one.problem == "out-of-bounds":
        return state is not None and one.kind == "count" and state["seen"] + one.mark < 0
    if one.problem == "batch-failed":  # of another entry, which has its own reason
        return one.kind == "create"
    return one.problem == "not-found" and state is None


def judged(log: dict[str, list[Change]], told: Sequence[Told]) -> list[str]:
    """All that is wrong with what clients were told of these items, and with what happened to them."""
    errors, placed = [], []
    for one in told:
        if one.kind != "post":
            placed.append(one)
            continue
        made = [item for item, changes in log.items() if changes[0][1] and changes[0][1]["text"] == one.mark]
        if len(made) > 1:
            errors.append(f"done {len(made)} times: {one}")
        placed.append(replace(one, kind="create", item=one.item or next(iter(made), "none")))
    items = dict.fromkeys([*(one.item for one in placed), *log])
    return errors + [error for item in items for error in Register(item, log.get(item, []), placed).errors()]
