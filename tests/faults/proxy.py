"""An HTTP proxy that fails as networks and services do; it stands between the functions and the services of AWS."""

import asyncio
import json
import re
import socket
import struct
import threading
from collections import Counter
from collections.abc import Awaitable, Callable, Iterator
from contextlib import closing, contextmanager, suppress
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlsplit

LATE = 2.5  # seconds; longer than the clients wait for an answer, so that they have repeated the request by then
SLOW = 0.3
CONTENT_LENGTH = re.compile(rb"(?im)^content-length: *(\d+)")
TARGET = re.compile(rb"(?im)^x-amz-target: *\w+\.(\w+)")  # of the JSON protocols
ACTION = re.compile(rb"(?m)(?:^|&)Action=(\w+)")  # of the query protocol


@dataclass(frozen=True)
class Call:
    """A request that came by: its operation, and the whole of it as it was sent."""

    operation: str
    raw: bytes

    @property
    def body(self) -> Any:
        """The JSON that it carries."""
        return json.loads(self.raw.partition(b"\r\n\r\n")[2])


class Proxy:
    """Forwards requests; `choose` says of each how it fails, by a name in FAULTS or OF_SNS, or None."""

    def __init__(self, upstream: str) -> None:
        """Take the URL of the service."""
        self.host, self.port = str(urlsplit(upstream).hostname), urlsplit(upstream).port
        self.choose: Callable[[Call], str | None] = lambda _: None
        self.seen = Counter[tuple[str, str | None]]()  # by operation and fault
        self.url = ""
        self.stop: Callable[[], object] = lambda: None

    @contextmanager
    def running(self) -> Iterator["Proxy"]:
        """Serve on a free port, in a thread of its own."""
        serves = threading.Event()
        thread = threading.Thread(target=self.run, args=(serves,))
        thread.start()
        serves.wait()
        try:
            yield self
        finally:
            self.stop()
            thread.join()

    def run(self, serves: threading.Event) -> None:
        """Serve until told to stop."""

        async def serve() -> None:
            stopped, loop = asyncio.Event(), asyncio.get_running_loop()
            self.stop = lambda: loop.call_soon_threadsafe(stopped.set)
            server = await asyncio.start_server(self.converse, "127.0.0.1", 0)
            self.url = f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}"
            serves.set()
            await stopped.wait()

        with asyncio.Runner() as runner:  # it ends what still waits for something
            runner.run(serve())

    async def converse(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """Answer the requests of one connection until either side ends it."""
        with suppress(ConnectionError, asyncio.IncompleteReadError), closing(writer):
            while True:
                raw = await message(reader)
                call = Call(operation(raw), raw)
                fault = await asyncio.to_thread(self.choose, call)  # which may send requests of its own
                self.seen[call.operation, fault] += 1
                await ((FAULTS | OF_SNS)[fault] if fault else answer)(self, call, writer)

    async def forward(self, call: Call) -> bytes:
        """Let the service do it, and give its answer."""
        reader, writer = await asyncio.open_connection(self.host, self.port)
        writer.write(call.raw)
        answered = await message(reader)
        writer.close()
        return answered


async def message(reader: asyncio.StreamReader) -> bytes:
    """Read one request or response, whole."""
    head = await reader.readuntil(b"\r\n\r\n")
    length = CONTENT_LENGTH.search(head)
    return head + (await reader.readexactly(int(length[1])) if length else b"")


def operation(raw: bytes) -> str:
    """The name of what is asked for: PutItem, PublishBatch."""
    found = TARGET.search(raw) or ACTION.search(raw)
    return found[1].decode() if found else ""


async def answer(proxy: Proxy, call: Call, writer: asyncio.StreamWriter) -> None:
    """Fail in nothing."""
    writer.write(await proxy.forward(call))


async def drop(_proxy: Proxy, _call: Call, _writer: asyncio.StreamWriter) -> None:
    """Close the connection before the service hears of the request."""
    raise ConnectionResetError


async def lose(proxy: Proxy, call: Call, _writer: asyncio.StreamWriter) -> None:
    """Let the service do it, and close the connection instead of giving its answer."""
    await proxy.forward(call)
    raise ConnectionResetError


async def reset(proxy: Proxy, call: Call, writer: asyncio.StreamWriter) -> None:
    """Likewise, but break the connection (RST) in the middle of the answer."""
    answered = await proxy.forward(call)
    writer.write(answered[: len(answered) // 2])
    await writer.drain()
    connection: socket.socket = writer.get_extra_info("socket")
    connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    raise ConnectionResetError


async def fail(_proxy: Proxy, call: Call, writer: asyncio.StreamWriter) -> None:
    """Answer that the service has a fault, and do nothing."""
    writer.write(refusal(call, 500, "InternalServerError"))


async def fail_after(proxy: Proxy, call: Call, writer: asyncio.StreamWriter) -> None:
    """Let the service do it, and answer that it has a fault."""
    await proxy.forward(call)
    writer.write(refusal(call, 500, "InternalServerError"))


async def throttle(_proxy: Proxy, call: Call, writer: asyncio.StreamWriter) -> None:
    """Refuse for now, as DynamoDB does: a transaction is cancelled with a reason for each action."""
    if call.operation == "TransactWriteItems":
        rest = [{"Code": "None"}] * (len(call.body["TransactItems"]) - 1)
        reasons = [{"Code": "ThrottlingError", "Message": "Throughput exceeds the current capacity"}, *rest]
        writer.write(refusal(call, 400, "TransactionCanceledException", CancellationReasons=reasons))
    else:
        writer.write(refusal(call, 400, "ThrottlingException"))


async def late(proxy: Proxy, call: Call, _writer: asyncio.StreamWriter) -> None:
    """Hold the request back until the client has given up; the service does it nevertheless."""
    await asyncio.sleep(LATE)
    await proxy.forward(call)
    raise ConnectionResetError


async def slow(proxy: Proxy, call: Call, writer: asyncio.StreamWriter) -> None:
    """Give the answer after a while, which is no reason to give up."""
    answered = await proxy.forward(call)
    await asyncio.sleep(SLOW)
    writer.write(answered)


async def dribble(proxy: Proxy, call: Call, writer: asyncio.StreamWriter) -> None:
    """Give the answer in pieces, with pauses."""
    answered = await proxy.forward(call)
    size = -(-len(answered) // 5)
    for start in range(0, len(answered), size):
        writer.write(answered[start : start + size])
        await asyncio.sleep(SLOW / 5)


async def refuse_one(proxy: Proxy, call: Call, writer: asyncio.StreamWriter) -> None:
    """Say of the first of several messages that it was refused, though all of them were published."""
    answered = await proxy.forward(call)
    if call.operation != "PublishBatch":
        writer.write(answered)
        return
    failed = b"<Failed><member><Id>0</Id><Code>InternalError</Code><SenderFault>false</SenderFault></member></Failed>"
    done = re.sub(rb"<Failed>.*</Failed>|<Failed ?/>", b"", answered.partition(b"\r\n\r\n")[2], flags=re.DOTALL)
    done = re.sub(rb"<member>(?:(?!</member>).)*<Id>0</Id>.*?</member>", b"", done, count=1, flags=re.DOTALL)
    writer.write(response(200, "text/xml", done.replace(b"</PublishBatchResult>", failed + b"</PublishBatchResult>")))


def refusal(call: Call, status: int, code: str, **members: Any) -> bytes:
    """An error as the service words it: SNS in XML, the others in JSON."""
    if call.operation == "PublishBatch":
        text = f"<ErrorResponse><Error><Type>Receiver</Type><Code>{code}</Code></Error></ErrorResponse>"
        return response(status, "text/xml", text.encode())
    body = {"__type": f"com.amazonaws.dynamodb.v20120810#{code}", "message": code, **members}
    return response(status, "application/x-amz-json-1.0", json.dumps(body).encode())


def response(status: int, media_type: str, body: bytes) -> bytes:
    """A whole HTTP response."""
    return b"HTTP/1.1 %d -\r\nContent-Type: %b\r\nContent-Length: %d\r\n\r\n%b" % (
        status,
        media_type.encode(),
        len(body),
        body,
    )


type Failing = Callable[[Proxy, Call, asyncio.StreamWriter], Awaitable[None]]
FAULTS: dict[str, Failing] = {  # of every service
    "drop": drop,
    "lose": lose,
    "reset": reset,
    "fail": fail,
    "fail after": fail_after,
    "throttle": throttle,
    "late": late,
    "slow": slow,
    "dribble": dribble,
}
OF_SNS: dict[str, Failing] = {"refuse one": refuse_one}
