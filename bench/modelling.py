"""The cost of the modelling package: its import, and a round trip of one item, beside its peers in the same run.

Run in the environment of bench/requirements.txt: `python -m bench.modelling`.
"""

import os
import subprocess
import sys
import tempfile
import timeit
from collections.abc import Callable
from datetime import UTC, datetime
from decimal import Decimal
from pathlib import Path
from typing import Any

IMPORT_BUDGET = 40.0  # milliseconds of CPU above botocore's client
CODEC_BUDGET = 30.0  # microseconds to encode and decode one item
RUNS = 7
CALLS = 200
BYTECODE = Path(tempfile.gettempdir()) / "dynamodel-bench-bytecode"

NOW = datetime(2026, 1, 2, 3, 4, 5, 678901, tzinfo=UTC)
VALUES: dict[str, Any] = {
    "id": "01a20338-5417-747b-bcec-3eb9cc06c6e7",
    "sku": "LAMP-0001",
    "name": "A lamp for reading in bed",
    "description": "It bends. " * 76,
    "category": "home",
    "price": Decimal("9.99"),
    "weight": Decimal("1.250"),
    "status": "active",
    "tags": {"new", "sale", "bedroom"},
    "sizes": ["s", "m", "l"],
    "stock": 12,
    "sold": 1234,
    "fragile": True,
    "created_at": NOW,
    "updated_at": NOW,
}


def ours() -> Callable[[], Any]:
    """Encode and decode with a model of this package."""
    from dynamodel import Attr, Model, attr, key

    class Product(Model):
        id: Attr[str] = key()
        sku: Attr[str] = attr()
        name: Attr[str] = attr()
        description: Attr[str | None] = attr(default=None)
        category: Attr[str] = attr()
        price: Attr[Decimal] = attr()
        weight: Attr[Decimal] = attr()
        status: Attr[str] = attr()
        tags: Attr[set[str]] = attr()
        sizes: Attr[list[str]] = attr()
        stock: Attr[int] = attr()
        sold: Attr[int] = attr()
        fragile: Attr[bool] = attr()
        created_at: Attr[datetime] = attr()
        updated_at: Attr[datetime] = attr()

    item, schema = Product(**VALUES), Product.schema
    assert schema.decode(schema.encode(item)) == item
    return lambda: schema.decode(schema.encode(item))


def boto3_serializer() -> Callable[[], Any]:
    """Encode and decode with boto3's own serializer, which has no type for times."""
    from boto3.dynamodb.types import TypeDeserializer, TypeSerializer

    write, read = TypeSerializer().serialize, TypeDeserializer().deserialize
    values = VALUES | {"created_at": NOW.isoformat(), "updated_at": NOW.isoformat()}
    return lambda: read(write(values))


def pynamodb() -> Callable[[], Any]:
    """Encode and decode with PynamoDB, which has no exact decimals."""
    from pynamodb import attributes as of
    from pynamodb.models import Model

    class Product(Model):
        class Meta:
            table_name = "products"

        id = of.UnicodeAttribute(hash_key=True)
        sku = of.UnicodeAttribute()
        name = of.UnicodeAttribute()
        description = of.UnicodeAttribute(null=True)
        category = of.UnicodeAttribute()
        price = of.NumberAttribute()
        weight = of.NumberAttribute()
        status = of.UnicodeAttribute()
        tags = of.UnicodeSetAttribute()
        sizes = of.ListAttribute(of=of.UnicodeAttribute)
        stock = of.NumberAttribute()
        sold = of.NumberAttribute()
        fragile = of.BooleanAttribute()
        created_at = of.UTCDateTimeAttribute()
        updated_at = of.UTCDateTimeAttribute()

    item = Product(**(VALUES | {"price": 9.99, "weight": 1.25}))
    return lambda: Product.from_raw_data(item.serialize())


def dyntastic() -> Callable[[], Any]:
    """Encode and decode with dyntastic, which hands the item to boto3's serializer."""
    from boto3.dynamodb.types import TypeDeserializer, TypeSerializer
    from dyntastic import Dyntastic
    from dyntastic.attr import serialize

    class Product(Dyntastic):
        __table_name__ = "products"
        __hash_key__ = "id"
        id: str
        sku: str
        name: str
        description: str | None = None
        category: str
        price: Decimal
        weight: Decimal
        status: str
        tags: set[str]
        sizes: list[str]
        stock: int
        sold: int
        fragile: bool
        created_at: datetime
        updated_at: datetime

    write, read = TypeSerializer().serialize, TypeDeserializer().deserialize
    item = Product(**VALUES)
    return lambda: Product(**read(write(serialize(item.model_dump(by_alias=True)))))


def microseconds(work: Callable[[], Any]) -> float:
    """Return the time of one call: the best of many short runs, for others use the machine as well."""
    return min(timeit.repeat(work, number=CALLS, repeat=RUNS * 10)) / CALLS * 1e6


def import_cpu(statement: str) -> float:
    """Return the milliseconds of CPU that a statement takes where a client was made before: the best of the runs."""
    program = f"""
import time
import boto3
boto3.client("dynamodb", region_name="us-east-1", aws_access_key_id="x", aws_secret_access_key="x")
start = time.process_time()
{statement}
print((time.process_time() - start) * 1000)
"""
    runs = [run_compiled(program) for _ in range(RUNS + 1)]
    return min(map(float, runs[1:]))


def run_compiled(program: str) -> str:
    """Run a program with bytecode kept between runs: functions are deployed compiled."""
    settings = {**os.environ, "PYTHONPYCACHEPREFIX": str(BYTECODE), "PYTHONDONTWRITEBYTECODE": ""}
    command = [sys.executable, "-c", program]
    return subprocess.run(command, capture_output=True, text=True, check=True, env=settings).stdout


PEERS = {
    "dynamodel": (ours, "import dynamodel"),
    "boto3's serializer": (boto3_serializer, "import boto3.dynamodb.types"),
    "PynamoDB": (pynamodb, "import pynamodb.models"),
    "dyntastic": (dyntastic, "import dyntastic"),
}


def main() -> int:
    """Print the table; fail if this package is over its budget."""
    from dynamodel import item_size

    item = ours()()
    size = item_size(item.schema.encode(item))
    print(
        f"one item: {len(VALUES)} attributes, {size} bytes; "
        f"the best of {RUNS} imports and of {RUNS * 10} x {CALLS} round trips\n"
    )
    print(f"{'':20}{'import, CPU ms':>16}{'encode + decode, us':>22}")
    costs = {}
    for name, (make, statement) in PEERS.items():
        costs[name] = import_cpu(statement), microseconds(make())
        print(f"{name:20}{costs[name][0]:16.1f}{costs[name][1]:22.1f}")
    validator = import_cpu("import dynamodel, dynamodel.validation")
    print(f"\nwith validation (functions that write): {validator:.1f} ms")
    print(f"budget: {IMPORT_BUDGET:.0f} ms, {CODEC_BUDGET:.0f} us")
    return int(max(costs["dynamodel"][0], validator) > IMPORT_BUDGET or costs["dynamodel"][1] > CODEC_BUDGET)


if __name__ == "__main__":
    sys.exit(main())
