"""Write stored items as the model stores them today: `make migrate STAGE=prod RESOURCE=...`.

Without YES=1 it only lists what would change. Each item is written on the condition that it is unchanged since it was
read, and an item that is written already is left alone: the command may be stopped and run again, beside other writers.
It resumes where it was stopped: `.local/migrations/` has the position, with a fingerprint of the code, since under
another declaration the items before it have to be looked at again.
"""

import json
import time
from collections.abc import Callable, Iterable, Iterator
from dataclasses import asdict, dataclass, field
from hashlib import sha256
from itertools import batched
from pathlib import Path
from typing import Any

from botocore.exceptions import BotoCoreError, ClientError

from dynamodel import RESERVED, NotFound, Table, unique_markers
from lambdas.rest.declarations import BY_PATH
from lambdas.rest.relations import references
from tools.dev.install import ROOT
from tools.ops.recover import table_of
from tools.ops.target import Clients
from tools.problem import Problem

POSITIONS = ROOT / ".local" / "migrations"
RATE = 200  # items a second
PAGE, GETS = 100, 100  # items that are read in one request, and markers
SHOWN = 5  # items of which a dry run says what would change
REPORT_EVERY = 10  # seconds

type Item = dict[str, Any]
type Tell = Callable[[str], None]


@dataclass
class Progress:
    """The state of a migration, as it is kept in a file."""

    code: str  # fingerprint of the declarations
    position: Item | None = None  # the last key that was read
    read: int = 0
    changed: int = 0
    refused: dict[str, str] = field(default_factory=dict)  # reasons, by the keys of items that were left as they are


class Migration:
    """One pass over a table."""

    def __init__(
        self,
        table: Table[Any],
        change: Callable[[Item], Item] | None = None,
        *,
        write: bool,
        rate: int = RATE,
        tell: Tell = print,
        positions: Path = POSITIONS,
    ) -> None:
        """Resume an earlier run, if it was stopped.

        Args:
            table: the table.
            change: a function of a stored item, for changes that the model cannot express.
            write: write the items; else list what would change.
            rate: items a second.
            tell: prints a line.
            positions: the folder of the files of positions.
        """
        self.table, self.change, self.write, self.rate, self.tell = table, change, write, rate, tell
        self.file = positions / f"{table.name}.json"
        self.claimed: dict[str, str] = {}  # keys of items that would claim a value, by the marker: for a dry run
        self.progress = self.taken_up()

    def taken_up(self) -> Progress:
        """Return the progress of a run that wrote and was stopped, if the code is the same."""
        code = fingerprint()
        kept = Progress(**json.loads(self.file.read_text())) if self.write and self.file.exists() else None
        if kept is None or kept.code != code:
            return Progress(code)
        self.tell(f"resuming after {kept.read:,} items, from {self.file}")
        return kept

    def run(self) -> str:
        """Read the table to its end; return the report. Raises Problem with it if items were left as they are."""
        total = self.table.client.describe_table(TableName=self.table.name)["Table"].get("ItemCount", 0)
        reported = time.monotonic()
        for raws, position in self.pages():
            began = time.monotonic()
            self.migrate(raws)
            self.progress.position = position
            self.keep()
            if time.monotonic() - reported > REPORT_EVERY:
                reported = time.monotonic()
                self.tell(f"{self.progress.read:,} of about {total:,} items")
            time.sleep(max(0.0, began + len(raws) / self.rate - time.monotonic()))
        if self.progress.refused:
            raise Problem(self.report)
        return self.report

    def pages(self) -> Iterator[tuple[list[Item], Item | None]]:
        """Yield stored items, and the key after which the next ones are read; None at the end."""
        position, size = self.progress.position, min(PAGE, self.rate)
        while True:
            start: dict[str, Any] = {"ExclusiveStartKey": position} if position else {}
            page = self.table.client.scan(TableName=self.table.name, ConsistentRead=True, Limit=size, **start)
            position = page.get("LastEvaluatedKey")
            yield page["Items"], position
            if position is None:
                return

    def keep(self) -> None:
        """Keep the position, or forget it at the end: another run then begins anew."""
        if not self.write:
            return
        if self.progress.position is None:
            self.file.unlink(missing_ok=True)
            return
        self.file.parent.mkdir(parents=True, exist_ok=True)
        new = self.file.with_suffix(".new")
        new.write_text(json.dumps(asdict(self.progress)))
        new.replace(self.file)

    def migrate(self, raws: Iterable[Item]) -> None:
        """Write the items that the model would store differently, or list what would change."""
        pairs = [(raw, self.renewed(raw)) for raw in raws if self.table.is_visible(raw)]
        self.progress.read += len(pairs)
        found = [(raw, new, unique_markers(self.table.schema, new)) for raw, new in pairs if new is not None]
        stored = self.stored_markers([marker for *_, markers in found for marker in markers])
        for raw, new, markers in found:
            if raw == new and all(stored.get(self.place(marker)) == marker for marker in markers):
                continue
            if self.write:
                self.renew(raw)
            elif self.is_free(raw, markers, stored):
                self.show(raw, new)

    def renewed(self, raw: Item) -> Item | None:
        """Return the new stored form of an item; None, with the reason recorded, if there is none."""
        try:
            return self.table.renewed(raw, self.change)[1]
        except Exception as error:  # noqa: BLE001 - of the model's functions, or of `change`; the item stays as it is
            self.refuse(raw, error)
        return None

    def renew(self, raw: Item) -> None:
        """Write an item, unless it was deleted meanwhile; record the reason if it cannot be written."""
        try:
            self.table.renew(tuple(self.table.schema.readable_key(raw).values()), self.change)
        except NotFound:
            return
        except (ClientError, BotoCoreError):  # of the whole migration, not of one item
            raise
        except Exception as error:  # noqa: BLE001 - as above
            self.refuse(raw, error)
        else:
            self.progress.changed += 1

    def refuse(self, raw: Item, reason: object) -> None:
        """Record that an item is not changed, and why."""
        self.progress.refused[self.name(raw)] = str(reason)
        self.tell(f"  {self.name(raw)} stays as it is: {reason}")

    def show(self, raw: Item, new: Item) -> None:
        """Count an item that would change; print the changes of the first ones."""
        self.progress.changed += 1
        if self.progress.changed <= SHOWN:
            names = sorted(name for name in raw | new if raw.get(name) != new.get(name))
            changes = [f"{name}: {shown(raw.get(name))} -> {shown(new.get(name))}" for name in names]
            self.tell(f"  {self.name(raw)}: {'; '.join(changes) or 'claims its unique values'}")

    def is_free(self, raw: Item, markers: Iterable[Item], stored: dict[str, Item]) -> bool:
        """Return whether an item could claim its unique values; if not, record which one it could not."""
        for marker in markers:
            place = self.place(marker)
            first = self.claimed.setdefault(place, self.name(raw))
            if marker | stored.get(place, {}) != marker or first != self.name(raw):
                value = marker[self.table.schema.keys[0][0]]["S"].removeprefix(f"{RESERVED}unique#")
                self.refuse(raw, f"the unique value {value} is taken")
                return False
        return True

    def stored_markers(self, markers: Iterable[Item]) -> dict[str, Item]:
        """Return the markers that are stored, by their places."""
        name, found = self.table.name, dict[str, Item]()
        places = {self.place(one): {part: one[part] for part, _ in self.table.schema.keys} for one in markers}
        for some in batched(places.values(), GETS, strict=False):
            left: Any = {name: {"Keys": list(some), "ConsistentRead": True}}
            while left:
                reply = self.table.client.batch_get_item(RequestItems=left)
                found |= {self.place(one): one for one in reply["Responses"].get(name, [])}
                left = reply.get("UnprocessedKeys")
        return found

    def place(self, item: Item) -> str:
        """Return the key of a stored item, to look it up by."""
        return str([item[name] for name, _ in self.table.schema.keys])

    def name(self, item: Item) -> str:
        """Return the key of a stored item, as people write it."""
        return ", ".join(map(str, self.table.schema.readable_key(item).values()))

    @property
    def report(self) -> str:
        """The report of what was done, with what to do next."""
        done = self.progress
        counts = f"{done.read:,} items read, {done.changed:,} {'written' if self.write else 'would change'}"
        if done.refused:
            lines = [f"\n  {name}: {reason}" for name, reason in done.refused.items()]
            return f"{counts}; {len(done.refused):,} stay as they are:{''.join(lines)}"
        return counts if self.write or not done.changed else f"{counts}; write them with YES=1"


def shown(value: Item | None) -> str:
    """Return a stored value in a few words."""
    return "nothing" if value is None else str(next(iter(value.values())))[:60]


def fingerprint() -> str:
    """Return a fingerprint of the code that decides how items are stored."""
    files = sorted(path for folder in ("dynamodel", "lambdas") for path in (ROOT / folder).rglob("*.py"))
    return sha256(b"".join(path.read_bytes() for path in files)).hexdigest()


def rate_of(text: str) -> int:
    """Return the number of items a second. Raises Problem."""
    if not (text or str(RATE)).isdecimal() or not int(text or RATE):
        raise Problem(f"RATE={text} is not a number of items a second: use RATE={RATE}, which is the default.")
    return int(text or RATE)


def migrate(clients: Clients, stack: str, resource: str, rate: str, *, write: bool, tell: Tell = print) -> str:
    """Migrate the items of a resource, or list which would change; return the report."""
    pace, name = rate_of(rate), table_of(clients("cloudformation"), stack, resource)
    declared = BY_PATH[resource]
    related = {one.target: table_of(clients("cloudformation"), stack, one.target.path) for one in references(declared)}
    table = Table(declared.model, clients("dynamodb"), name, related={one.model: name for one, name in related.items()})
    return Migration(table, declared.migrate, write=write, rate=pace, tell=tell).run()
