"""The service as a whole: synthesis, the DynamoDB calls and units of each operation, and round trips on the emulator.

`python -m bench.service`. Calls and units are those of the handlers on moto, in process; units by DynamoDB's rules.
"""

import json
import os
import shlex
import statistics
import subprocess
import sys
import time
from collections.abc import Iterator
from tempfile import TemporaryDirectory
from typing import Any

import requests
from moto import mock_aws

from bench.emulated import emulated
from dynamodel import item_size
from lambdas.rest.declarations import RESOURCES
from lambdas.runtime import tables
from lambdas.runtime.environment import Environment
from tests.support.gateway import Gateway
from tests.support.stories import fresh
from tools.dev import cdk, tokens
from tools.dev.install import ROOT

RESOURCE = RESOURCES[0]
SCHEMA = RESOURCE.model.schema
TABLE = "bench"
SAMPLES = 50  # requests of each operation

AWS = {"AWS_REGION": "us-east-1", "AWS_DEFAULT_REGION": "us-east-1", "AWS_ACCOUNT_ID_ENDPOINT_MODE": "disabled"}

type Item = dict[str, Any]


def main() -> None:
    """Print the three tables."""
    print("| | CPU, s | wall, s |\n| --- | ---: | ---: |")
    for stage in ("local", "prod"):
        cpu, wall = synthesis(stage)
        print(f"| synthesis of {stage}, layer in the cache | {cpu:.1f} | {wall:.1f} |", flush=True)
    print("\n| | calls | read units | write units |\n| --- | --- | ---: | ---: |")
    for name, calls, read, write in costs():
        print(f"| {name} | {', '.join(calls)} | {read:g} | {write:g} |", flush=True)
    print("\n| round trip on the emulator | p50, ms | p95, ms |\n| --- | ---: | ---: |")
    for name, taken in round_trips():
        cuts = statistics.quantiles(taken, n=20)
        print(f"| {name} | {statistics.median(taken):.1f} | {cuts[18]:.1f} |", flush=True)


def synthesis(stage: str) -> tuple[float, float]:
    """Return the seconds that a synthesis takes, of CPU and by the clock: the second of two."""
    with TemporaryDirectory() as folder:
        context = {"stage": stage, "emulator": "http://127.0.0.1:4566"}
        settings = {**os.environ, "CDK_OUTDIR": folder, "CDK_CONTEXT_JSON": json.dumps(context)}
        for _ in range(2):
            before = os.times()
            subprocess.run([sys.executable, "app.py"], cwd=ROOT, env=settings, check=True, capture_output=True)
            after = os.times()
    cpu = after.children_user + after.children_system - before.children_user - before.children_system
    return cpu, after.elapsed - before.elapsed


def costs() -> Iterator[tuple[str, list[str], float, float]]:
    """Yield each operation with its calls and units."""
    with mock_aws():
        os.environ.update(AWS)
        client = tables.client()
        client.create_table(**SCHEMA.create_table(TABLE))
        os.environ.update(Environment(RESOURCE.module, TABLE, cursor_key="bench").variables())
        gateway, meter = Gateway(RESOURCE), Meter(client)
        first = gateway.send("POST", RESOURCE.path, fresh(RESOURCE)).json
        for name, *request in requests_of(first["id"]):
            before = meter.items()
            meter.start()
            answer = gateway.send(*request)
            assert answer.status < 300, answer
            calls = [*gateway.calls]
            yield name, calls, *meter.units(before, meter.items())


def requests_of(key: str) -> Iterator[tuple[Any, ...]]:
    """Yield the requests whose cost is told; the last one deletes the item."""
    path = f"{RESOURCE.path}/{key}"
    yield "create", "POST", RESOURCE.path, fresh(RESOURCE)
    yield "get", "GET", path
    yield "list", "GET", RESOURCE.path
    yield "patch of a plain field", "PATCH", path, {"name": "Another"}
    yield "replace, a unique value changes", "PUT", path, fresh(RESOURCE)
    yield "delete", "DELETE", path


class Meter:
    """The units of calls of DynamoDB, by its rules: items by their size, twice in transactions, and their copies."""

    def __init__(self, client: Any) -> None:
        """Note what the client sends and gets."""
        self.client, self.sent, self.replies = client, [], []
        self.indexes = [index["KeySchema"] for index in SCHEMA.create_table(TABLE)["GlobalSecondaryIndexes"]]
        events = client.meta.events
        events.register(
            "before-parameter-build.dynamodb", lambda params, model, **_: self.sent.append((model.name, params))
        )
        events.register("after-call.dynamodb", lambda parsed, **_: self.replies.append(parsed))

    def start(self) -> None:
        """Forget what was noted before."""
        self.sent.clear()
        self.replies.clear()

    def items(self) -> dict[str, Item]:
        """Return what is stored, by its key."""
        return {str(self.key(item)): item for item in self.client.scan(TableName=TABLE)["Items"]}

    @staticmethod
    def key(item: Item) -> list[Any]:
        """Return the key of an item."""
        return [item[name] for name, _ in SCHEMA.keys]

    def units(self, before: dict[str, Item], after: dict[str, Item]) -> tuple[float, float]:
        """Return the units of reads and writes between two looks at what is stored."""
        read = write = 0.0
        for (name, params), reply in zip(self.sent, self.replies, strict=True):
            if name in ("GetItem", "Query"):
                size = sum(map(item_size, reply["Items"] if name == "Query" else [reply.get("Item", {})]))
                read += blocks(size, 4096) * (1 if params.get("ConsistentRead") else 0.5)
            parts = [part for item in params.get("TransactItems", ()) for part in item.values()]
            for part in parts or [params] * (name in ("PutItem", "UpdateItem", "DeleteItem")):
                place = str(self.key(part.get("Key") or part["Item"]))
                old, new = before.get(place, {}), after.get(place, {})
                copies = sum(copied(index, old, new) for index in self.indexes)
                write += blocks(max(item_size(old), item_size(new)), 1024) * ((2 if parts else 1) + copies)
        return read, write


def blocks(size: int, block: int) -> int:
    """Return how many blocks a size takes: one at least."""
    return max(1, -(-size // block))


def copied(index: list[dict[str, str]], old: Item, new: Item) -> int:
    """Return the writes of an item's copy in an index: none, one, or two where its key there changes."""
    names = [part["AttributeName"] for part in index]
    places = [[item[name] for name in names] for item in (old, new) if all(name in item for name in names)]
    if old == new or not places:
        return 0
    return 2 if len(places) == 2 and places[0] != places[1] else 1


def round_trips() -> Iterator[tuple[str, list[float]]]:
    """Deploy to an emulator of its own, and yield each operation with its milliseconds."""
    with emulated() as emulator, requests.Session() as session:
        cdk.bootstrap(emulator)
        app = shlex.join([sys.executable, str(ROOT / "app.py")])
        outputs = cdk.deploy(emulator, emulator.folder / "outputs.json", app)
        session.trust_env = False
        session.headers["Authorization"] = f"Bearer {tokens.machine_token(emulator, outputs)}"
        yield from trips(session, f"{outputs['ApiUrl'].rstrip('/')}/")


def trips(session: requests.Session, url: str) -> Iterator[tuple[str, list[float]]]:
    """Yield each operation with the milliseconds of its requests, without the first ones, which start functions."""
    taken: dict[str, list[float]] = {}
    for _ in range(SAMPLES + 5):
        key = session.post(url + RESOURCE.path, json=fresh(RESOURCE), timeout=60).json()["id"]
        for name, method, path, *body in requests_of(key):
            began = time.perf_counter()
            answer = session.request(method, url + path, json=body[0] if body else None, timeout=60)
            taken.setdefault(name, []).append((time.perf_counter() - began) * 1000)
            answer.raise_for_status()
    yield from ((name, each[5:]) for name, each in taken.items())


if __name__ == "__main__":
    main()
