"""The cost of a page of 20 in tables of different sizes, on the emulator: `python -m bench.pages 100 10000`."""

import sys
import time
from datetime import UTC, datetime
from itertools import batched
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from dynamodel import Table, item_size, uuid7
from lambdas.rest.declarations import RESOURCES
from tools.dev import cdk
from tools.dev.emulator import Emulator, free_port

MODEL = RESOURCES[0].model
BATCH = 25  # items in a BatchWriteItem


def main(sizes: list[int]) -> None:
    """Fill one table to each size in turn, and read pages of it."""
    with TemporaryDirectory() as folder:
        emulator = Emulator(port=free_port(), folder=Path(folder), attached=True)
        emulator.start()
        try:
            client = cdk.client(emulator, "dynamodb")
            client.create_table(**MODEL.schema.create_table("pages"))
            table = Table(MODEL, client, "pages", secret=b"bench")
            print("| items | calls | read units | ms |\n| ---: | ---: | ---: | ---: |")
            filled = 0
            for size in sizes:
                fill(client, size - filled)
                filled = size
                print(f"| {size:,} | {row(client, table)} |", flush=True)
        finally:
            emulator.stop(within=1)


def fill(client: Any, count: int) -> None:
    """Write items as they are stored, without the cost of validating each."""
    for chunk in batched((stored() for _ in range(count)), BATCH, strict=False):
        client.batch_write_item(RequestItems={"pages": [{"PutRequest": {"Item": item}} for item in chunk]})


def stored() -> dict[str, Any]:
    """Return an item as the API stores it."""
    item = MODEL.parse(RESOURCES[0].example)
    setattr(item, RESOURCES[0].key, uuid7())
    for attribute in MODEL.schema.attributes.values():
        if attribute.role in ("created_at", "updated_at"):
            setattr(item, attribute.name, datetime.now(UTC))
    return dict(MODEL.schema.encode(item))


def row(client: Any, table: Table[Any]) -> str:
    """Return the calls, units and milliseconds of a page in the middle of the table."""
    cursor = table.query(limit=20, descending=True).cursor
    replies: list[Any] = []
    client.meta.events.register("after-call.dynamodb.Query", lambda parsed, **_: replies.append(parsed), "note")
    began = time.perf_counter()
    page = table.query(limit=20, descending=True, cursor=cursor)
    elapsed = (time.perf_counter() - began) * 1000
    client.meta.events.unregister("after-call.dynamodb.Query", unique_id="note")
    assert len(page.items) == 20
    return f"{len(replies)} | {sum(map(units, replies)):g} | {elapsed:.1f}"


def units(reply: Any) -> float:
    """Return the read units by DynamoDB's rule: half a unit for each 4 KB that the query read."""
    return -(-sum(map(item_size, reply["Items"])) // 4096) / 2


if __name__ == "__main__":
    main([int(word) for word in sys.argv[1:]] or [100, 10_000])
