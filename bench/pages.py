"""The cost of a page of 20 in tables of different sizes, on the emulator: `python -m bench.pages 100 10000`."""

import sys
import time
from datetime import UTC, datetime
from itertools import batched, pairwise
from typing import Any

from bench.emulated import emulated
from bench.service import Meter
from dynamodel import Table, uuid7
from lambdas.rest.declarations import RESOURCES
from tools.dev import cdk

MODEL = RESOURCES[0].model
BATCH = 25  # items in a BatchWriteItem


def main(sizes: list[int]) -> None:
    """Fill one table to each size in turn, and read pages of it."""
    with emulated() as emulator:
        writer, reader = cdk.client(emulator, "dynamodb"), cdk.client(emulator, "dynamodb")
        writer.create_table(**MODEL.schema.create_table("pages"))
        table, meter = Table(MODEL, reader, "pages", secret=b"bench"), Meter(reader)
        print("| items | calls | read units | ms |\n| ---: | ---: | ---: | ---: |")
        for filled, size in pairwise([0, *sizes]):
            fill(writer, size - filled)
            print(f"| {size:,} | {row(table, meter)} |", flush=True)


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


def row(table: Table[Any], meter: Meter) -> str:
    """Return the calls, units and milliseconds of a page in the middle of the table."""
    cursor = table.query(limit=20, descending=True).cursor
    meter.start()
    began = time.perf_counter()
    page = table.query(limit=20, descending=True, cursor=cursor)
    elapsed = (time.perf_counter() - began) * 1000
    assert len(page.items) == 20
    read, _ = meter.units({}, {})
    return f"{len(meter.sent)} | {read:g} | {elapsed:.1f}"


if __name__ == "__main__":
    main([int(word) for word in sys.argv[1:]] or [100, 10_000])
