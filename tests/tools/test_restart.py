"""The emulator after it was stopped and started again."""

import io
import time
import zipfile

import pytest
from websockets.sync.client import connect

from tests.support.emulator import started
from tools.dev.cdk import client

STREAM = {"StreamEnabled": True, "StreamViewType": "NEW_AND_OLD_IMAGES"}
ROLE = "arn:aws:iam::000000000000:role/any"
HANDLER = """
def handler(event, context):
    with open({heard!r}, "a") as heard:
        heard.write("record\\n" * len(event["Records"]))
"""


@pytest.fixture
def emulator(tmp_path):
    emulator = started(tmp_path)
    yield emulator
    emulator.stop(within=1)


def test_changes_reach_the_function_that_reads_a_tables_stream_after_a_restart_too(emulator, tmp_path):
    heard = tmp_path / "heard"
    read_stream(emulator, heard)
    write(emulator, "1", "2", "3")
    await_lines(heard, 3)

    emulator.stop()
    emulator.start()

    write(emulator, "4")
    await_lines(heard, 4)


def test_data_outlives_a_stop_while_a_websocket_is_open(emulator):
    sockets = client(emulator, "apigatewayv2")
    api = sockets.create_api(Name="live", ProtocolType="WEBSOCKET", RouteSelectionExpression="$request.body.action")
    sockets.create_stage(ApiId=api["ApiId"], StageName="local")
    with connect(f"ws://127.0.0.1:{emulator.port}/_aws/execute-api/{api['ApiId']}/local", proxy=None):
        emulator.stop()
    emulator.start()

    assert [one["Name"] for one in sockets.get_apis()["Items"]] == ["live"]


def read_stream(emulator, heard):
    """Make a table, and a function that reads its stream and appends a line for each record to the file."""
    key = {"KeySchema": [{"AttributeName": "id", "KeyType": "HASH"}], "BillingMode": "PAY_PER_REQUEST"}
    types = [{"AttributeName": "id", "AttributeType": "S"}]
    made = client(emulator, "dynamodb").create_table(
        TableName="table", AttributeDefinitions=types, StreamSpecification=STREAM, **key
    )
    archive = io.BytesIO()
    with zipfile.ZipFile(archive, "w") as code:
        code.writestr("module.py", HANDLER.format(heard=str(heard)))
    functions = client(emulator, "lambda")
    functions.create_function(
        FunctionName="reader",
        Role=ROLE,
        Runtime="python3.13",
        Handler="module.handler",
        Code={"ZipFile": archive.getvalue()},
    )
    functions.create_event_source_mapping(
        FunctionName="reader",
        EventSourceArn=made["TableDescription"]["LatestStreamArn"],
        StartingPosition="TRIM_HORIZON",
        BatchSize=10,
    )


def write(emulator, *ids):
    for one in ids:
        client(emulator, "dynamodb").put_item(TableName="table", Item={"id": {"S": one}})


def await_lines(file, wanted):
    """Wait until the file has so many lines: each record was heard, and heard once."""
    end = time.monotonic() + 20
    while (lines := len(file.read_text().splitlines()) if file.exists() else 0) < wanted:
        assert time.monotonic() < end, lines
        time.sleep(0.1)
    assert lines == wanted
