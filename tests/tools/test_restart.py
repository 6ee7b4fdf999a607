"""The emulator after it was stopped and started again."""

import io
import time
import zipfile

import pytest

from tools.dev.cdk import client
from tools.dev.emulator import Emulator, free_port

STREAM = {"StreamEnabled": True, "StreamViewType": "NEW_AND_OLD_IMAGES"}
ROLE = "arn:aws:iam::000000000000:role/any"


@pytest.fixture
def emulator(tmp_path):
    emulator = Emulator(port=free_port(), folder=tmp_path)
    emulator.start()
    yield emulator
    emulator.stop(within=1)


def test_changes_reach_the_function_that_reads_a_tables_stream_after_a_restart_too(emulator):
    mapping = reader(emulator)
    write(emulator, 3)
    await_result(emulator, mapping, "OK - 3 records")

    emulator.stop()
    emulator.start()

    write(emulator, 1)
    await_result(emulator, mapping, "OK - 1 records")


def reader(emulator):
    """Make a table, and a function that reads its stream."""
    key = {"KeySchema": [{"AttributeName": "id", "KeyType": "HASH"}], "BillingMode": "PAY_PER_REQUEST"}
    types = [{"AttributeName": "id", "AttributeType": "S"}]
    made = client(emulator, "dynamodb").create_table(
        TableName="table", AttributeDefinitions=types, StreamSpecification=STREAM, **key
    )
    archive = io.BytesIO()
    with zipfile.ZipFile(archive, "w") as code:
        code.writestr("module.py", "def handler(event, context):\n    pass\n")
    functions = client(emulator, "lambda")
    functions.create_function(
        FunctionName="reader",
        Role=ROLE,
        Runtime="python3.13",
        Handler="module.handler",
        Code={"ZipFile": archive.getvalue()},
    )
    return functions.create_event_source_mapping(
        FunctionName="reader",
        EventSourceArn=made["TableDescription"]["LatestStreamArn"],
        StartingPosition="TRIM_HORIZON",
        BatchSize=10,
    )["UUID"]


def write(emulator, items):
    """Store some items at once, so that one batch holds their changes."""
    puts = [
        {"Put": {"TableName": "table", "Item": {"id": {"S": str(number)}, "at": {"S": str(time.time_ns())}}}}
        for number in range(items)
    ]
    client(emulator, "dynamodb").transact_write_items(TransactItems=puts)


def await_result(emulator, mapping, wanted):
    """Wait until the mapping says so of its last batch."""
    functions, end = client(emulator, "lambda"), time.monotonic() + 20
    while (told := functions.get_event_source_mapping(UUID=mapping)["LastProcessingResult"]) != wanted:
        assert time.monotonic() < end, told
        time.sleep(0.1)
