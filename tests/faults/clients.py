"""Clients that send random requests, and record the responses."""

import json
import random
import secrets
from collections.abc import Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field, replace
from itertools import count
from typing import Any

from tests.faults.checker import Told
from tests.faults.service import Asked, Service

LATE, AGAIN = "late-", "again-"  # how tags begin, which tell the proxy what may happen to a request
REPEATS = 4  # of a request with a key, until it is answered


@dataclass
class Client:
    """Somebody who writes to an item that others write to as well."""

    service: Service
    tag: str  # part of its item's id and of all that it writes
    chance: random.Random
    picky: float = 0.4  # the share of its writes that are about one version only
    actions: Mapping[Any, int] = field(default_factory=dict)  # with their weights
    numbers: Iterator[int] = field(default_factory=lambda: count(1000))  # that no other request adds
    version: int = 1  # the last one that was heard of
    told: list[Told] = field(default_factory=list)

    def act(self, requests: int) -> list[Told]:
        """Ask for some things, one after another."""
        for _ in range(requests):
            what, *_ = self.chance.choices([*self.actions], [*self.actions.values()])
            what(self)
        return self.told

    @property
    def item(self) -> str:
        """The id of the item."""
        return f"item-{self.tag}"

    def mark(self) -> str:
        """A text that nobody else writes."""
        return f"{self.tag}.{secrets.token_hex(4)}"

    @property
    def href(self) -> str:
        """The address of the item."""
        return f"{self.service.resource.path}/{self.item}"

    @property
    def expected(self) -> dict[str, str]:
        """The headers of a write, which may be about one version only."""
        return {"If-Match": f'"{self.version}"'} if self.chance.random() < self.picky else {}

    def whole(self) -> dict[str, Any]:
        """A body that creates or replaces."""
        unique = {attribute.name: self.mark() for attribute in self.service.resource.model.schema.unique}
        return {**unique, "text": self.mark(), "seen": self.chance.randrange(5000)}

    def create(self) -> None:
        """Make the item, at an id of the client's."""
        body = self.whole()
        self.note("create", body["text"], self.service.ask("PUT", self.href, body, {"If-None-Match": "*"}))

    def put(self) -> None:
        """Replace the item."""
        body = self.whole()
        self.note("put", body["text"], self.service.ask("PUT", self.href, body, self.expected))

    def patch(self) -> None:
        """Change a field of the item."""
        mark = self.mark()
        self.note("patch", mark, self.service.ask("PATCH", self.href, {"text": mark}, self.expected))

    def patch_all(self) -> None:
        """Change every field, which may take a read and a transaction."""
        body = self.whole()
        self.note("patch", body["text"], self.service.ask("PATCH", self.href, body, self.expected))

    def count(self) -> None:
        """Count up or down, perhaps further than the bound."""
        delta = next(self.numbers) * self.chance.choice((1, -1))
        self.note("count", delta, self.service.ask("POST", f"{self.href}/seen", {"delta": delta}))

    def delete(self) -> None:
        """Delete the item."""
        self.note("delete", None, self.service.ask("DELETE", self.href, headers=self.expected))

    def get(self) -> None:
        """Read the item."""
        self.note("get", None, self.service.ask("GET", self.href))

    def post(self) -> None:
        """Create another item under a key, as often as it takes."""
        body, key = self.whole(), {"Idempotency-Key": secrets.token_hex(8)}
        attempts: list[Told] = []
        for _ in range(REPEATS):
            asked = self.service.ask("POST", self.service.resource.path, body, key)
            attempts.append(read("post", body["text"], asked, ""))
            if asked.answer.status < 500:
                break
        longest = max(one.took for one in attempts)
        self.told.append(replace(attempts[-1], began=attempts[0].began, took=longest))

    def post_once(self) -> None:
        """Create another item without a key, and ask once."""
        body = self.whole()
        self.note("post", body["text"], self.service.ask("POST", self.service.resource.path, body), item="")

    def one_by_one(self) -> None:
        """Change the item and create another one, each whether the other succeeds or not."""
        self.batch(atomic=False)

    def batch(self, *, atomic: bool = True) -> None:
        """Change the item and create another one, or neither."""
        mark, body = self.mark(), self.whole()
        operations = [
            {"op": "update", "id": self.item, "patch": {"text": mark}},
            {"op": "create", "item": body},
        ]
        path = f"{self.service.resource.path}/batch"
        asked = self.service.ask("POST", path, {"operations": operations, "atomic": atomic})
        for place, (kind, one, item) in enumerate((("patch", mark, self.item), ("post", body["text"], ""))):
            self.note(kind, one, asked, item=item, entry=place)

    def note(self, kind: str, mark: Any, asked: Asked, *, item: str | None = None, entry: int | None = None) -> None:
        """Write down an answer, or that to an entry of a batch."""
        told = read(kind, mark, asked, self.item if item is None else item, entry)
        if told.body and told.body["id"] == self.item:
            self.version = told.body["version"]
        self.told.append(told)


def read(kind: str, mark: Any, asked: Asked, item: str, entry: int | None = None) -> Told:
    """Return an answer, or that to an entry of a batch, as a client understands it."""
    status, headers, document = asked.answer.status, asked.answer.headers, json.loads(asked.answer.text or "null")
    if entry is not None and status == 200:
        result = document["results"][entry]
        status, headers, document = result["status"], result.get("headers", {}), result.get("body", result)
    elif entry is not None and "errors" in document:
        document = next((each for each in document["errors"] if each["pointer"] == f"/operations/{entry}"), document)
    done = status < 300
    expects = asked.headers.get("If-Match", "").strip('"')
    return Told(
        kind=kind,
        item=item or (document["id"] if done and document else ""),
        mark=mark,
        expects=int(expects) if expects else None,
        status=status,
        problem="" if done else str(document["type"]).rpartition("#")[2],
        retry_after="Retry-After" in headers,
        body=document if done and document and "id" in document else None,
        began=asked.began,
        ended=asked.ended,
        took=asked.ended - asked.began,
    )


ACTIONS = {
    Client.patch: 5,
    Client.count: 4,
    Client.put: 3,
    Client.get: 2,
    Client.delete: 1,
    Client.create: 2,
    Client.post: 1,
    Client.batch: 1,
    Client.one_by_one: 1,
}


def history(service: Service, seed: str, *, late: bool, clients: int = 3, requests: int = 5) -> list[Told]:
    """Let some clients write to one item at the same time; give all that they were told.

    Either copies of their requests may come late, or the item may be made again after it was deleted. Both together is
    more than the tokens promise (docs/dynamodel.md, Lost answers).
    """
    tag, numbers = f"{LATE if late else AGAIN}{secrets.token_hex(6)}", count(1000)
    actions = {what: weight for what, weight in ACTIONS.items() if not (late and what is Client.create)}
    first, *racing = (
        Client(service, tag, random.Random(f"{seed} {one}"), numbers=numbers, actions=actions)
        for one in range(clients + 1)
    )
    first.create()
    with ThreadPoolExecutor(clients) as threads:
        told = [*threads.map(lambda client: client.act(requests), racing)]
    return [*first.told, *(one for each in told for one in each)]
