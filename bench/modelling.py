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
from functools import partial
from pathlib import Path
from typing import Any

IMPORT_BUDGET = 40.0  # milliseconds of CPU above botocore's client
CODEC_BUDGET = 30.0  # microseconds to encode and decode one item
RUNS = 7
CALLS = 200
BYTECODE = Path(tempfile.gettempdir()) / "dynamodel-bench-bytecode"

NOW = datetime(2026, 1, 2, 3, 4, 5, 678901, tzinfo=UTC)
FIELDS: dict[str, tuple[Any, Any]] = {  # type and value
    "id": (str, "01a20338-5417-747b-bcec-3eb9cc06c6e7"),
    "sku": (str, "LAMP-0001"),
    "name": (str, "A lamp for reading in bed"),
    "description": (str | None, "It bends. " * 76),
    "category": (str, "home"),
    "price": (Decimal, Decimal("9.99")),
    "weight": (Decimal, Decimal("1.250")),
    "status": (str, "active"),
    "tags": (set[str], {"new", "sale", "bedroom"}),
    "sizes": (list[str], ["s", "m", "l"]),
    "stock": (int, 12),
    "sold": (int, 1234),
    "fragile": (bool, True),
    "created_at": (datetime, NOW),
    "updated_at": (datetime, NOW),
}
TYPES = {name: kind for name, (kind, _) in FIELDS.items()}
VALUES = {name: value for name, (_, value) in FIELDS.items()}


def ours() -> Callable[[], Any]:
    """Encode and decode with a model of this package."""
    from dynamodel import Attr, Model, key

    annotations = {name: Attr[kind] for name, kind in TYPES.items()}  # type: ignore[valid-type] # known when it runs
    product: Any = type("Product", (Model,), {"__annotations__": annotations, "id": key()})
    item, schema = product(**VALUES), product.schema
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

    kinds = {
        str: of.UnicodeAttribute,
        str | None: partial(of.UnicodeAttribute, null=True),
        Decimal: of.NumberAttribute,
        int: of.NumberAttribute,
        bool: of.BooleanAttribute,
        set[str]: of.UnicodeSetAttribute,
        list[str]: partial(of.ListAttribute, of=of.UnicodeAttribute),
        datetime: of.UTCDateTimeAttribute,
    }
    attributes = {name: kinds[kind]() for name, kind in TYPES.items()} | {"id": of.UnicodeAttribute(hash_key=True)}
    product = type("Product", (Model,), {"Meta": type("Meta", (), {"table_name": "products"}), **attributes})
    item = product(**(VALUES | {"price": 9.99, "weight": 1.25}))
    return lambda: product.from_raw_data(item.serialize())


def dyntastic() -> Callable[[], Any]:
    """Encode and decode with dyntastic, which hands the item to boto3's serializer."""
    from boto3.dynamodb.types import TypeDeserializer, TypeSerializer
    from dyntastic import Dyntastic
    from dyntastic.attr import serialize

    names = {"__module__": __name__, "__table_name__": "products", "__hash_key__": "id", "__annotations__": TYPES}
    product = type("Product", (Dyntastic,), names | {"description": None})
    write, read = TypeSerializer().serialize, TypeDeserializer().deserialize
    item = product(**VALUES)
    return lambda: product(**read(write(serialize(item.model_dump(by_alias=True)))))


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
    # with bytecode kept between runs: functions are deployed compiled
    settings = {**os.environ, "PYTHONPYCACHEPREFIX": str(BYTECODE), "PYTHONDONTWRITEBYTECODE": ""}
    runs = [subprocess.check_output([sys.executable, "-c", program], env=settings) for _ in range(RUNS + 1)]
    return min(map(float, runs[1:]))


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
