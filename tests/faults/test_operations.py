"""Every operation under every fault: one of its calls of DynamoDB fails, or all of them do."""

import secrets
from collections.abc import Callable, Container, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from itertools import count, product
from random import Random

import pytest

from tests.faults.checker import judged
from tests.faults.clients import Client
from tests.faults.proxy import FAULTS, Call

OPERATIONS: dict[str, Callable[[Client], None]] = {
    "create": Client.post_once,
    "create with a key": Client.post,
    "create at an id": Client.create,
    "get": Client.get,
    "replace": Client.put,
    "patch": Client.patch,
    "patch all": Client.patch_all,
    "count": Client.count,
    "delete": Client.delete,
    "batch": Client.batch,
    "one by one": Client.one_by_one,
}
WITH_IF_MATCH = ("replace", "patch", "patch all", "delete")
AT_ONCE = 24
FIRST, SECOND, THIRD, EVERY = {1}, {2}, {3}, {*range(1, 100)}
QUICK = ("drop", "lose", "fail after", "throttle")


class Director:
    """Lets calls about some items fail: of those about a tag, the ones with these numbers."""

    def __init__(self) -> None:
        self.failing: dict[str, tuple[str, set[int], Iterator[int]]] = {}

    def __call__(self, call: Call) -> str | None:
        for tag, (fault, numbers, calls) in [*self.failing.items()]:
            if tag.encode() in call.raw:
                return fault if next(calls) in numbers else None
        return None


class Cell:
    """One operation under one fault, on an item of its own."""

    def __init__(self, operation: str, picky: bool, fault: str, numbers: set[int]) -> None:
        self.row = f"{operation} if-match" if picky else operation
        self.operation, self.picky, self.fault, self.numbers = operation, picky, fault, numbers

    def run(self, service, director: Director) -> None:
        """Ask once while calls fail."""
        self.client = Client(service, secrets.token_hex(6), Random(self.row), picky=self.picky)
        if self.operation != "create at an id":
            self.client.create()
        director.failing[self.client.tag] = self.fault, self.numbers, count(1)
        OPERATIONS[self.operation](self.client)
        del director.failing[self.client.tag]

    def wrong(self, log) -> list[str]:
        """Return the faults of the answers, and of what happened."""
        mine = {
            item: changes
            for item, changes in log.items()
            if any(self.client.tag in image["text"] for change in changes for image in change if image)
        }
        return judged(mine, self.client.told)

    @property
    def status(self) -> int:
        """The answer."""
        return self.client.told[-1].status


def rows() -> Iterator[tuple[str, bool]]:
    """Every operation, and those that can be about one version also so."""
    yield from ((operation, False) for operation in OPERATIONS)
    yield from ((operation, True) for operation in WITH_IF_MATCH)


def test_every_operation_is_done_once_or_truly_refused_whatever_call_fails(service, proxy, thorough, report):
    director = Director()
    proxy.choose = director
    faults, numbers = (FAULTS, (FIRST, SECOND, THIRD, EVERY)) if thorough else (QUICK, (FIRST, SECOND))
    cells = [Cell(*row, fault, which) for row, fault, which in product(rows(), faults, numbers)]
    cells.sort(key=lambda cell: cell.numbers == EVERY)  # they use up what the client has for retries
    with ThreadPoolExecutor(AT_ONCE) as threads:
        [*threads.map(lambda cell: cell.run(service, director), cells)]

    log = service.log()
    wrong = {cell: errors for cell in cells if (errors := cell.wrong(log))}
    report(f"{service.resource.path}: answers while calls fail\n{table(cells, wrong, [*faults])}")
    assert not wrong, "\n".join(f"{one.row}, {one.fault} {one.numbers}: {errors}" for one, errors in wrong.items())


def table(cells: Sequence[Cell], wrong: Container[Cell], faults: Sequence[str]) -> str:
    """Operations down, faults across: the answers, and how many cases are wrong."""
    lines = [f"{'':20}" + "".join(f"{fault:<16}" for fault in faults)]
    for name in dict.fromkeys(cell.row for cell in cells):
        line = f"{name:20}"
        for fault in faults:
            those = [cell for cell in cells if (cell.row, cell.fault) == (name, fault)]
            bad = sum(cell in wrong for cell in those)
            statuses = " ".join(sorted({str(cell.status) for cell in those}))
            line += f"{f'{statuses} {bad} WRONG' if bad else statuses:<16}"
        lines.append(line)
    return "\n".join(lines)


@pytest.mark.parametrize("fault", QUICK)
def test_a_list_is_read_or_refused_for_now(service, proxy, fault):
    proxy.choose = lambda _: fault
    refused = service.ask("GET", service.resource.path).answer
    proxy.choose = lambda _: None

    assert (refused.status, "Retry-After" in refused.headers) == (503, True)
    assert service.ask("GET", service.resource.path).answer.status == 200


@pytest.mark.parametrize("theirs", ["patch", "count", "delete", "put", "recreate"])
@pytest.mark.parametrize("mine", ["patch", "count", "delete", "put"])
def test_a_repeated_lost_request_never_undoes_the_write_of_another_client(service, proxy, mine, theirs):
    """The answer to `mine` is lost; before it is sent again another client does `theirs`, and is told so."""
    tag, numbers = secrets.token_hex(6), count(1000)
    one, other = (Client(service, tag, Random(place), picky=0, numbers=numbers) for place in range(2))
    one.create()

    def meanwhile(call: Call) -> str | None:
        if tag.encode() not in call.raw or not call.operation.startswith(("Update", "Delete", "Transact")):
            return None
        first = next(calls)
        if first == 1:
            return "lose"
        if first == 2:
            RACES[theirs](other)
        return None

    calls = count(1)
    proxy.choose = meanwhile
    RACES[mine](one)
    proxy.choose = lambda _: None

    told = [*one.told, *other.told]
    log = {item: changes for item, changes in service.log().items() if item == one.item}
    assert judged(log, told) == []
    assert all(request.is_done or request.problem in ("not-found", "timeout", "out-of-bounds") for request in told)


def recreate(client: Client) -> None:
    """Delete the item and make it anew."""
    client.delete()
    client.create()


RACES = {"patch": Client.patch, "count": Client.count, "delete": Client.delete, "put": Client.put, "recreate": recreate}
