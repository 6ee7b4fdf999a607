"""MiniStack with faults corrected, run by the emulator's own Python.

MiniStack 1.5.33 updates a nested stack, but forgets the attributes of the resources that do not change: whatever reads
one of them (Fn::GetAtt) fails from then on. And its server (Hypercorn 0.18) waits for open WebSockets to be closed by
their clients before it ends: it was killed at last, with all that it had not written. For schedules that are due it
looks every ten seconds only. It unpacks code and layer of a function again for each of its processes. It makes a plain
topic of a FIFO topic in a template: messages lost their group, so that a change could overtake an earlier one of its
item that was tried again. With TLS it takes port 443 too, where it may. It says at once that it deploys a stack: the
CDK looks after five seconds whether it has. In each process of a function it imports all of botocore, to count how deep
functions invoke each other: that took as long as the rest of a start. When tests/e2e/test_local.py, tests/tools and
tests/live pass without this file, it can go, but for the end of an emulator that is attached.
"""

import asyncio
import hashlib
import os
import stat
import sys
import tempfile
from asyncio import Server
from contextlib import suppress
from pathlib import Path
from threading import Thread
from typing import Any
from zipfile import ZipFile

from ministack import app  # type: ignore[import-not-found] # it is in the emulator's own environment
from ministack.core import lambda_runtime  # type: ignore[import-not-found] # as above
from ministack.services import cloudformation, scheduler, sns  # type: ignore[import-not-found] # as above
from ministack.services.cloudformation import _stacks, provisioners  # type: ignore[import-not-found] # as above

update_resource = provisioners._update_resource  # there is no public way
answer_at_once = cloudformation.handle_request
create_topic = provisioners._RESOURCE_HANDLERS["AWS::SNS::Topic"]["create"]
wait_closed = Server.wait_closed
extract_all = ZipFile.extractall


def update_and_keep_attributes(
    resource_type: str,
    physical_id: str,
    old_props: Any,
    new_props: Any,
    stack_name: str,
    logical_id: str | None = None,
    old_attrs: dict[str, Any] | None = None,
) -> tuple[str, dict[str, Any]]:
    """Update a resource as MiniStack does, with the attributes that it has in the stack's record."""
    if old_attrs is None:
        old_attrs = _stacks[stack_name]["_resources"].get(logical_id, {}).get("Attributes", {})
    updated: tuple[str, dict[str, Any]] = update_resource(
        resource_type, physical_id, old_props, new_props, stack_name, logical_id, old_attrs
    )
    return updated


async def answer_when_done(*request: Any) -> Any:
    """Answer a request of CloudFormation when what it begins is done, or half a minute later."""
    before = asyncio.all_tasks()
    answer = await answer_at_once(*request)  # without a pause: what is new is its own
    if begun := asyncio.all_tasks() - before:
        await asyncio.wait(begun, timeout=30)
    return answer


def create_topic_in_order(logical_id: str, properties: dict[str, Any], stack_name: str) -> tuple[str, dict[str, Any]]:
    """Create a topic, FIFO if the template says so."""
    arn, attributes = create_topic(logical_id, properties, stack_name)
    for name in ("FifoTopic", "ContentBasedDeduplication"):
        sns._topics[arn]["attributes"][name] = str(properties.get(name, False)).lower()
    return arn, attributes


async def close(server: Server) -> None:
    """Close the connections of a server that takes no new ones, instead of waiting for clients to do so."""
    server.close_clients()
    await wait_closed(server)


def extract_once(archive: ZipFile, path: str) -> None:
    """Unpack an archive once into a shared, read-only place, and link to it."""
    contents = repr([(one.filename, one.CRC) for one in archive.infolist()])
    shared = Path(tempfile.gettempdir(), hashlib.sha256(contents.encode()).hexdigest())
    if not shared.exists():
        work = tempfile.mkdtemp()
        extract_all(archive, work)
        with suppress(OSError):  # another thread was faster
            Path(work).rename(shared)
    for part in shared.iterdir():
        Path(path, part.name).symlink_to(part)


def end_with_starter() -> None:
    """End as soon as nobody holds the other end of the pipe that is read here."""
    os.read(sys.stdin.fileno(), 1)
    os._exit(1)


if stat.S_ISFIFO(os.fstat(sys.stdin.fileno()).st_mode):
    Thread(target=end_with_starter, daemon=True).start()
app._port_is_bindable = lambda *address: False  # noqa: ARG005 - whichever it is
scheduler._SCHEDULE_TICK_INTERVAL = 1  # seconds
cloudformation.handle_request = answer_when_done
lambda_runtime._PYTHON_WORKER_SCRIPT = lambda_runtime._PYTHON_WORKER_SCRIPT.replace(
    lambda_runtime.INVOKE_DEPTH_BOOTSTRAP, "def _ms_install_invoke_depth(): pass\n"
)
provisioners._update_resource = update_and_keep_attributes
provisioners._RESOURCE_HANDLERS["AWS::SNS::Topic"]["create"] = create_topic_in_order
ZipFile.extractall = extract_once  # type: ignore[method-assign, assignment] # all that MiniStack calls it with
Server.wait_closed = close  # type: ignore[method-assign, assignment] # "self" has another name
app.main()
