"""Live changes under load, on the emulator that `make run` started: `.venv/bin/python -m bench.live`.

Connections follow a collection while items are written at a steady rate. Prints how long after a write's answer its
frame arrives and what `broadcast` took, and fails unless every connection was told of every change.
"""

import argparse
import asyncio
import json
import statistics
import time
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from typing import Any

import requests
from websockets.asyncio.client import ClientConnection, connect
from websockets.exceptions import ConnectionClosed

from lambdas.rest.declarations import RESOURCES
from tests.support.stories import fresh
from tools.__main__ import OUTPUTS, running
from tools.dev import cdk
from tools.dev.emulator import Emulator
from tools.dev.logs import new_events
from tools.dev.tokens import machine_token

USD_PER_SECOND = 1.769 * 1.33334e-5  # of broadcast, which has that many GB of memory (arm64, us-east-1)
USD_PER_MESSAGE = 1.0e-6  # of API Gateway's, up to 32 KB
PATIENCE = 120  # seconds after the last write


class Load:
    """One run: connections that listen, and a writer."""

    def __init__(self, api: str, token: str, connections: int) -> None:
        """Take where the API is, a token that may write, and how many connections follow."""
        self.api, self.connections = api, connections
        self.resource = next(resource for resource in RESOURCES if resource.live)
        self.headers = {"Authorization": f"Bearer {token}"}
        self.answered: dict[str, float] = {}  # by item and version, when the write was answered
        self.arrived: list[dict[str, float]] = [{} for _ in range(connections)]
        self.positions = [""] * connections
        self.opened = 0

    async def follow(self, place: int) -> None:
        """Follow the collection on one connection, and on another one from where that broke."""
        while True:
            answer = await asyncio.to_thread(requests.post, f"{self.api}/live", timeout=60)
            ticket = answer.json()
            with suppress(ConnectionClosed):
                async with connect(f"{ticket['url']}?ticket={ticket['ticket']}", open_timeout=60) as socket:
                    await self.read(socket, place)

    async def read(self, socket: ClientConnection, place: int) -> None:
        """Note when each change arrives on a connection."""
        after = {"after": self.positions[place]} if self.positions[place] else {}
        await socket.send(json.dumps({"action": "subscribe", "to": f"/{self.resource.path}", **after}))
        async for frame in socket:
            now = time.monotonic()
            for message in map(json.loads, str(frame).splitlines()):
                self.positions[place] = max(self.positions[place], message.get("position", ""))
                if message["type"] == "subscribed":
                    self.opened += 1
                elif message["type"] == "change" and message["event"]["new"]:
                    self.arrived[place].setdefault(name_of(message["event"]["new"]), now)

    def write(self) -> None:
        """Create an item, and note when that was answered."""
        body = fresh(self.resource)
        answer = requests.post(f"{self.api}/{self.resource.path}", json=body, headers=self.headers, timeout=60)
        if answer.status_code == 201:
            self.answered[name_of(answer.json())] = time.monotonic()

    async def run(self, rate: float, seconds: float) -> list[float]:
        """Write at a rate for so long; return the delays of all frames, in seconds."""
        listening = [asyncio.create_task(self.follow(place)) for place in range(self.connections)]
        while self.opened < self.connections:
            await asyncio.sleep(0.1)
        print(f"{self.connections} connections are subscribed", flush=True)
        pool, loop = ThreadPoolExecutor(16), asyncio.get_running_loop()
        began, writes = time.monotonic(), []
        for number in range(int(rate * seconds)):
            await asyncio.sleep(max(0, began + number / rate - time.monotonic()))
            writes.append(loop.run_in_executor(pool, self.write))
        await asyncio.gather(*writes)
        end = time.monotonic() + PATIENCE
        while any(self.answered.keys() - told.keys() for told in self.arrived) and time.monotonic() < end:
            await asyncio.sleep(0.2)
        for task in listening:
            task.cancel()
        missing = sum(len(self.answered.keys() - told.keys()) for told in self.arrived)
        due = len(self.answered) * self.connections
        again = self.opened - self.connections
        print(f"{len(self.answered)} writes answered; {missing} of {due} changes are missing; {again} came back")
        return [
            max(0.0, told[name] - at) for told in self.arrived for name, at in self.answered.items() if name in told
        ]


def name_of(item: dict[str, Any]) -> str:
    """A name for one version of an item."""
    return f"{item['id']} {item['version']}"


def cost(emulator: Emulator, since: int, changes: int, connections: int) -> str:
    """Return what broadcast took since then, and its price for a change and a connection."""
    lines = [json.loads(event["message"]) for _, event in new_events(emulator, since) if "FanOutMs" in event["message"]]
    milliseconds, frames = (sum(line[name][0] for line in lines) for name in ("FanOutMs", "FramesSent"))
    each = milliseconds / 1000 * USD_PER_SECOND + frames * USD_PER_MESSAGE
    took = f"{len(lines)} invocations of {milliseconds / len(lines):.0f} ms, {frames:.0f} frames for {changes} changes"
    price = f"{milliseconds / 1000:.0f} s * {USD_PER_SECOND:.3g} + {frames:.0f} frames * {USD_PER_MESSAGE:.0e}"
    return f"broadcast: {took}\nUSD = {price} = {each / changes / connections:.2g} for each change and connection"


def main() -> None:
    """Run it on the local stage."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--connections", type=int, default=200)
    parser.add_argument("--rate", type=float, default=20)
    parser.add_argument("--seconds", type=float, default=30)
    parser.add_argument("--port", default="")
    options = parser.parse_args()
    outputs = cdk.outputs(OUTPUTS)
    emulator, since = running(options.port), int(time.time() * 1000)
    token = machine_token(emulator, outputs)
    load = Load(outputs["ApiUrl"].rstrip("/"), token, options.connections)
    delays = sorted(asyncio.run(load.run(options.rate, options.seconds)))
    cuts = statistics.quantiles(delays, n=100)
    print(f"from the write's answer to the frame: p50 {cuts[49] * 1000:.0f} ms, p95 {cuts[94] * 1000:.0f} ms")
    print(cost(emulator, since, len(load.answered), options.connections))
    if len(delays) < len(load.answered) * options.connections:
        raise SystemExit("Changes are missing.")


if __name__ == "__main__":
    main()
