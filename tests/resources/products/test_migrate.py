"""Items of an earlier release are migrated while clients write them; the migration is killed, and run again."""

import signal
import subprocess
import sys
import threading
import time
from collections import Counter

import pytest

from lambdas.resources.products import PRODUCTS
from tools.dev import cdk
from tools.ops.migrate import POSITIONS
from tools.ops.recover import table_of

pytestmark = pytest.mark.resources(PRODUCTS)
ITEMS, SLOW, FAST = 60, "20", "500"  # items a second
PROGRAM = (
    "import sys, boto3; from tools.ops.migrate import migrate; print(migrate(boto3.client, *sys.argv[1:], write=True))"
)


@pytest.fixture
def older(deployed, new, path):
    """Ids of items that lack what the first release did not write."""
    database, table = deployed.client("dynamodb"), table_of(deployed.client("cloudformation"), cdk.STACK, path)
    ids = [new()["id"] for _ in range(ITEMS)]
    for one in ids:
        database.update_item(
            TableName=table,
            Key={"id": {"S": one}},
            UpdateExpression="REMOVE #status, newest_shard",
            ExpressionAttributeNames={"#status": "status"},
        )
    yield ids
    (POSITIONS / f"{table}.json").unlink(missing_ok=True)


@pytest.fixture
def counts(call, path, older):
    """A client that counts items up; counts() ends it and returns what was counted."""
    done, counted = threading.Event(), Counter()

    def count():
        while not done.is_set():
            for one in older:
                if call("POST", f"{path}/{one}/stock", {"delta": 1}).status == 200:
                    counted[one] += 1

    thread = threading.Thread(target=count)
    thread.start()

    def stop():
        done.set()
        thread.join()
        return counted

    yield stop
    stop()


def start(deployed, path, rate):
    command = [sys.executable, "-c", PROGRAM, cdk.STACK, path, rate]
    return subprocess.Popen(command, env=cdk.emulated(deployed.emulator), stdout=subprocess.PIPE, text=True)


def test_a_migration_is_killed_and_goes_on_beside_a_client_that_writes(deployed, call, path, older, counts):
    position = POSITIONS / f"{table_of(deployed.client('cloudformation'), cdk.STACK, path)}.json"
    killed, end = start(deployed, path, SLOW), time.monotonic() + 60
    while not position.exists() and time.monotonic() < end:
        time.sleep(0.05)
    killed.send_signal(signal.SIGKILL)
    killed.wait()
    assert position.exists()
    assert len({one["id"] for one in listed(call, path)} & {*older}) < ITEMS  # the others are in no index yet

    finished = start(deployed, path, FAST)
    told, _ = finished.communicate(timeout=120)

    assert "resuming after" in told
    counted, items = counts(), {one["id"]: one for one in listed(call, path)}
    assert {one: items[one]["stock"] for one in older} == dict(counted)
    assert not position.exists()


def listed(call, path):
    """Every item of the list."""
    cursor = ""
    while cursor is not None:
        page = call("GET", f"{path}?limit=100{cursor and f'&cursor={cursor}'}").json
        yield from page["items"]
        cursor = page["next"]
