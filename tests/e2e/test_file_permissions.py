"""Every role of the functions of files needs each of its actions: one at a time is removed, and restored."""

import json

import pytest

from stacks.files.verification import VERIFY_ACTIONS
from tests.support.forks import module_of
from tests.support.gallery import DEPLOYED
from tests.support.uploads import described, png
from tests.support.waiting import until

UPLOAD, VERIFY, REMOVE = (f"lambdas.{name}.handler" for name in ("crud.upload", "files.verify", "files.remove"))
TO_VERIFY = (*VERIFY_ACTIONS, "s3:GetObjectVersion", "s3:PutObject", "s3:DeleteObjectVersion")
WITH_FILES = [resource for resource in DEPLOYED if resource.files]

pytestmark = pytest.mark.resources(*WITH_FILES)


@pytest.fixture
def attribute(resource):
    return resource.files[0]


@pytest.fixture(autouse=True)
def impatient(deployed):
    """Let what fails come again after a second, as often as it takes."""
    sqs, before = deployed.client("sqs"), {}
    for one in deployed.resources():
        if one.kind == "AWS::SQS::Queue" and one.logical_id.startswith("Files"):
            attributes = sqs.get_queue_attributes(QueueUrl=one.physical_id, AttributeNames=["All"])["Attributes"]
            if "RedrivePolicy" in attributes:
                before[one.physical_id] = {name: attributes[name] for name in ("VisibilityTimeout", "RedrivePolicy")}
    for queue, attributes in before.items():
        often = json.dumps({**json.loads(attributes["RedrivePolicy"]), "maxReceiveCount": 1000})
        sqs.set_queue_attributes(QueueUrl=queue, Attributes={"VisibilityTimeout": "1", "RedrivePolicy": often})
    yield
    for queue, attributes in before.items():
        sqs.set_queue_attributes(QueueUrl=queue, Attributes=attributes)


@pytest.fixture
def refusals(deployed):
    """The number of times that AWS has refused what a function asked for: refusals("Verifier")."""
    groups = [one for one in deployed.resources() if one.kind == "AWS::Logs::LogGroup"]
    logs = deployed.client("logs")

    def refusals(function):
        (group,) = [one.physical_id for one in groups if one.logical_id.startswith(f"Verification{function}")]
        pages = logs.get_paginator("filter_log_events").paginate(logGroupName=group, filterPattern="failed")
        return sum("AccessDenied" in event["message"] for page in pages for event in page["events"])

    return refusals


def test_without_permission_to_store_what_is_signed_stores_nothing(
    ask, storage, taken, role_of, resource, href, attribute
):
    ticket = ask(href, attribute, png()).json
    give_back = taken(role_of[module_of(resource), UPLOAD], "s3:PutObject")

    refused = storage.put(ticket, png())
    give_back()

    assert refused == 403
    assert storage.waiting() == set()
    assert storage.put(ticket, png()) == 200
    storage.settle()


@pytest.mark.parametrize("action", TO_VERIFY)
def test_without_one_of_its_actions_the_verifier_does_not_end_its_work_and_does_when_it_has_it_again(
    ask, call, storage, taken, role_of, refusals, href, attribute, action
):
    ticket, before = ask(href, attribute, png()).json, refusals("Verifier")
    give_back = taken(role_of["", VERIFY], action)

    assert storage.put(ticket, png()) == 200
    until(lambda: refusals("Verifier"), lambda number: number > before)
    waiting = storage.waiting()
    give_back()
    storage.settle()

    assert len(waiting) == 1
    assert call("GET", href).json[attribute]["sha256"] == described(png())["sha256"]


def test_without_permission_to_delete_copies_the_verifier_does_not_end_with_a_refused_upload(
    ask, call, storage, taken, role_of, refusals, href, attribute
):
    ticket, before = ask(href, attribute, b"<svg/>").json, refusals("Verifier")
    give_back = taken(role_of["", VERIFY], "s3:DeleteObject")

    assert storage.put(ticket, b"<svg/>") == 200
    until(lambda: refusals("Verifier"), lambda number: number > before)
    give_back()
    storage.settle()

    assert call("GET", href).json[attribute] is None


def test_without_permission_to_delete_the_remover_leaves_the_file_and_deletes_it_when_it_has_it_again(
    call, upload, storage, taken, role_of, refusals, href, attribute
):
    before = storage.published()
    upload(href, attribute, png())
    told, give_back = refusals("Remover"), taken(role_of["", REMOVE], "s3:DeleteObject")

    assert call("DELETE", f"{href}/{attribute}").status == 204
    until(lambda: refusals("Remover"), lambda number: number > told)
    left = storage.published()
    give_back()

    assert len(left - before) == 1
    until(storage.published, lambda keys: not keys & left - before)
