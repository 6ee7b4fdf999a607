"""The local commands, on the stack that they deployed."""

import time

import pytest

from stacks.names import resource_id
from tests.support.gallery.parcels import PARCELS
from tests.support.waiting import until
from tools.dev import cdk
from tools.dev.logs import new_events

pytestmark = pytest.mark.resources(PARCELS)


def test_the_logs_of_the_functions_are_found(call, deployed, path, resource):
    deployed.client("logs")
    since = int(time.time() * 1000) - 1000
    call("GET", path)

    def answered(events):
        return any(
            name == f"{resource_id(resource.path)}List" and '"answered"' in one["message"] for name, one in events
        )

    until(lambda: new_events(deployed.emulator, since), answered)


def test_code_that_was_hotswapped_is_replaced_by_what_the_template_names(call, deployed, path, resource):
    functions = deployed.client("lambda")
    (name,) = (
        one.physical_id
        for one in deployed.resources()
        if one.logical_id.startswith(f"{resource_id(resource.path)}ListFunction")
    )
    before = functions.get_function(FunctionName=name)["Configuration"]["CodeSha256"]
    functions.update_function_code(FunctionName=name, ZipFile=empty_zip())

    cdk.undo_hotswaps(deployed.emulator)

    assert functions.get_function(FunctionName=name)["Configuration"]["CodeSha256"] == before
    assert call("GET", path).status == 200


def empty_zip():
    """The archive of nothing."""
    return b"PK\x05\x06" + bytes(18)
