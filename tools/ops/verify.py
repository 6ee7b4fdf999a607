"""Check a deployed stage from outside, as its clients and its operators see it: `make verify STAGE=dev`.

Each check is one line. It makes and deletes an item, and a queue for one event; it changes nothing else.
"""

import json
import secrets
import time
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from string import ascii_lowercase, ascii_uppercase, digits
from typing import Any

import requests

from lambdas.rest.declarations import RESOURCES
from lambdas.rest.resource import Resource
from stacks.names import resource_id
from tools.dev.tokens import MACHINE_GRANT, machine_headers
from tools.ops.stack import NESTED, StackResource
from tools.ops.target import Clients
from tools.problem import Problem

PATIENCE = 60  # seconds until an event or a log line that has not come counts as lost


class Skipped(Exception):
    """A check that does not apply to this stage; the message says why."""


class Failed(Exception):
    """A check that failed; the message says what was expected and what was found."""


@dataclass
class Stage:
    """A deployed stage, and the results that checks share."""

    url: str
    sign_in_url: str
    outputs: dict[str, str]
    resources: list[StackResource]
    clients: Clients
    drift: Callable[[], str]  # runs `cdk drift` and returns what it says
    certificate: str | bool = True
    emulated: bool = False
    token: str = ""
    request_id: str = ""  # of the create, whose log lines are looked for
    events: list[dict[str, Any]] = field(default_factory=list)

    def __post_init__(self) -> None:
        """Open the session: without the caller's proxy and .netrc, and with an API key if the stage requires one."""
        self.session = requests.Session()
        self.session.trust_env, self.session.verify = False, self.certificate
        if "ApiKeyId" in self.outputs:
            key = self.clients("apigateway").get_api_key(apiKey=self.outputs["ApiKeyId"], includeValue=True)
            self.session.headers["x-api-key"] = key["value"]

    def send(self, method: str, path: str, body: Any = None, *, token: str | None = None) -> requests.Response:
        """Send a request with the machine's token, or with another one."""
        proof = self.token if token is None else token
        headers = {"Authorization": f"Bearer {proof}"} if proof else {}
        if method == "DELETE":  # which a resource may ask for
            headers["If-Match"] = "*"
        return self.session.request(method, f"{self.url.rstrip('/')}/{path}", json=body, headers=headers, timeout=30)

    def names(self, kind: str, logical_id: str = "") -> list[str]:
        """Return the physical ids of a type of resources, of those whose logical id begins so."""
        return [one.physical_id for one in self.resources if one.kind == kind and one.logical_id.startswith(logical_id)]


def verify(stage: Stage, tell: Callable[[str], None]) -> None:
    """Run every check and print each outcome. Raises Problem if one failed."""
    failed = 0
    for name, check in CHECKS.items():
        try:
            tell(f"ok       {name}: {check(stage)}")
        except Skipped as reason:
            tell(f"skipped  {name}: {reason}")
        except (Failed, requests.RequestException) as reason:
            failed += 1
            tell(f"FAILED   {name}: {reason}")
    if failed:
        raise Problem(f"{failed} of {len(CHECKS)} checks failed: docs/operations.md says where to look.")


def check_health(stage: Stage) -> str:
    """Send a request that the gateway answers itself."""
    return expect(200, stage.send("GET", "health")).text


def check_token(stage: Stage) -> str:
    """Get a token as the machine client gets one."""
    headers = machine_headers(stage.clients("cognito-idp"), stage.outputs)
    answer = stage.session.post(f"{stage.sign_in_url}/oauth2/token", MACHINE_GRANT, headers=headers, timeout=30)
    stage.token = expect(200, answer).json()["access_token"]
    return "the machine client got one"


def check_forged_token(stage: Stage) -> str:
    """Send a token whose payload was changed."""
    if not stage.token:
        raise Skipped("there is no token to forge")
    header, payload, signature = stage.token.split(".")
    forged = f"{header}.{'f' if payload[0] != 'f' else 'e'}{payload[1:]}.{signature}"
    resource = example_resource()
    return str(expect(401, stage.send("POST", resource.path, fresh(resource), token=forged)).json()["type"])


def check_item(stage: Stage) -> str:
    """Create an item, read it and delete it, with a queue that listens to its events."""
    resource = example_resource()
    with listening(stage) as receive:
        created = expect(201, stage.send("POST", resource.path, fresh(resource)))
        stage.request_id, item = created.headers["X-Request-Id"], created.json()
        href = f"{resource.path}/{item[resource.key]}"
        try:
            read = expect(200, stage.send("GET", href)).json()
        finally:
            expect(204, stage.send("DELETE", href))
        expect(404, stage.send("GET", href))
        if read != item:
            raise Failed(f"GET /{href} is not what POST answered: {read}")
        stage.events = receive(href)
    return f"/{href}"


def check_event(stage: Stage) -> str:
    """Look at the event of the create, which the queue of `check_item` received."""
    if not stage.request_id:
        raise Skipped("no item was created")
    if not stage.events:
        raise Failed(f"none arrived within {PATIENCE} seconds: look at the publisher's log")
    return f"{stage.events[0]['type']} {stage.events[0]['id']}"


def check_log(stage: Stage) -> str:
    """Find the line of the create in its function's log, with the level that Lambda keeps."""
    line = json.loads(
        find_line(stage, *stage.names("AWS::Logs::LogGroup", f"{resource_id(example_resource().path)}Create"))
    )
    if line.get("level") != "INFO":
        raise Failed(f"its level is {line.get('level')}: {line}")
    return f"{line['level']} {line['message']}, status {line.get('status')}"


def check_access_log(stage: Stage) -> str:
    """Find the line of the create in the gateway's access log."""
    if stage.emulated:
        raise Skipped("the emulator writes none")
    return find_line(stage, *stage.names("AWS::Logs::LogGroup", "AccessLog"))


def check_alarms(stage: Stage) -> str:
    """Read the state of the stack's alarms; one that is on fails the check."""
    names = stage.names("AWS::CloudWatch::Alarm")
    if not names:
        raise Skipped("the stage has none")
    pages = stage.clients("cloudwatch").get_paginator("describe_alarms").paginate(AlarmNames=names)
    states = {one["AlarmName"]: one["StateValue"] for page in pages for one in page["MetricAlarms"]}
    if on := [name for name, state in states.items() if state == "ALARM"]:
        raise Failed(f"in alarm: {', '.join(on)}")
    return ", ".join(f"{count} {state}" for state, count in Counter(states.values()).items())


def check_drift(stage: Stage) -> str:
    """Compare the stack with its template, and its nested stacks with theirs, which CloudFormation leaves out."""
    cloudformation, names = stage.clients("cloudformation"), stage.names(NESTED)
    begun = [cloudformation.detect_stack_drift(StackName=name)["StackDriftDetectionId"] for name in names]
    drift = stage.drift()
    found = dict(zip(names, (finished(cloudformation, detection) for detection in begun), strict=True))
    if drifted := [name for name, status in found.items() if status != "IN_SYNC"]:
        raise Failed(f"{drift}; nested stacks that are not as their templates: {', '.join(drifted)}")
    return f"{drift}; {len(found)} nested stacks: none"


def finished(cloudformation: Any, detection: str) -> str:
    """Wait for the end of a detection of drift, and return what it found: IN_SYNC, DRIFTED, or why it failed."""

    def look() -> str:
        status = cloudformation.describe_stack_drift_detection_status(StackDriftDetectionId=detection)
        ended = status["DetectionStatus"] != "DETECTION_IN_PROGRESS"
        return str(status.get("StackDriftStatus") or status.get("DetectionStatusReason")) if ended else ""

    return awaited(look) or "no result in time"


CHECKS: dict[str, Callable[[Stage], str]] = {
    "health": check_health,
    "token": check_token,
    "forged token": check_forged_token,
    "create, read, delete": check_item,
    "event": check_event,
    "log line": check_log,
    "access log line": check_access_log,
    "alarms": check_alarms,
    "drift": check_drift,
}


def example_resource() -> Resource:
    """Return the first resource whose items the token can create, read and delete. Raises Skipped if there is none.

    Its items need no others, which may not be there.
    """
    for resource in RESOURCES:
        refers = any(one.required for one in resource.model.schema.references)
        if not refers and not {resource.access_of(name) for name in ("create", "get", "delete")} & {None, "iam"}:
            return resource
    raise Skipped("a token creates, reads and deletes items of no resource that refers to no other")


def expect(status: int, answer: requests.Response) -> requests.Response:
    """Return the response. Raises Failed if it has another status."""
    if answer.status_code != status:
        sent = f"{answer.request.method} {answer.request.path_url}"
        raise Failed(f"{sent} answered {answer.status_code}, not {status}: {answer.text[:300]}")
    return answer


def fresh(resource: Resource) -> dict[str, Any]:
    """Return the declared example, with other values where no two items may have the same."""
    example = resource.example
    return example | {one.name: unlike(example[one.name]) for one in resource.model.schema.unique if one.required}


def unlike(value: Any) -> Any:
    """Return a value of the same form: with other digits, or with other letters if it has no digits."""
    text = str(value)
    kinds = [digits] if any(map(str.isdecimal, text)) else [ascii_lowercase, ascii_uppercase]
    made = "".join(next((secrets.choice(kind) for kind in kinds if each in kind), each) for each in text)
    return type(value)(made)


@contextmanager
def listening(stage: Stage) -> Iterator[Callable[[str], list[dict[str, Any]]]]:
    """Subscribe a queue to the events while the block runs; it is called with an item's address, for its events."""
    sqs, sns = stage.clients("sqs"), stage.clients("sns")
    name = f"verify-{secrets.token_hex(8)}.fifo"
    url = sqs.create_queue(QueueName=name, Attributes={"FifoQueue": "true"})["QueueUrl"]
    try:
        arn = sqs.get_queue_attributes(QueueUrl=url, AttributeNames=["QueueArn"])["Attributes"]["QueueArn"]
        topic = stage.outputs["EventsTopicArn"]
        let = {"Effect": "Allow", "Principal": {"Service": "sns.amazonaws.com"}, "Action": "sqs:SendMessage"}
        bound = {"Resource": arn, "Condition": {"ArnEquals": {"aws:SourceArn": topic}}}
        policy = {"Version": "2012-10-17", "Statement": [{**let, **bound}]}
        sqs.set_queue_attributes(QueueUrl=url, Attributes={"Policy": json.dumps(policy)})
        options = {"RawMessageDelivery": "true"}
        subscribed = sns.subscribe(TopicArn=topic, Protocol="sqs", Endpoint=arn, Attributes=options)
        try:
            yield lambda href: received(sqs, url, href)
        finally:
            sns.unsubscribe(SubscriptionArn=subscribed["SubscriptionArn"])
    finally:
        sqs.delete_queue(QueueUrl=url)


def received(sqs: Any, url: str, href: str) -> list[dict[str, Any]]:
    """Return the first events of an item that the queue receives; none if none comes in time."""

    def look() -> list[dict[str, Any]]:
        messages = sqs.receive_message(QueueUrl=url, MaxNumberOfMessages=10, WaitTimeSeconds=2).get("Messages", [])
        events = [json.loads(message["Body"]) for message in messages]
        return [event for event in events if href.rpartition("/")[2] in json.dumps(event)]

    return awaited(look) or []


def find_line(stage: Stage, *groups: str) -> str:
    """Return the line of the create's request in a log. Raises Failed if none comes in time."""
    if not stage.request_id:
        raise Skipped("no item was created")
    if not groups:
        raise Skipped("the stage has no such log")
    query = {"logGroupName": groups[0], "filterPattern": f'"{stage.request_id}"'}
    if events := awaited(lambda: stage.clients("logs").filter_log_events(**query)["events"]):
        return str(events[0]["message"]).strip()
    raise Failed(f"{groups[0]} has no line of request {stage.request_id} after {PATIENCE} seconds")


def awaited[T](look: Callable[[], T]) -> T | None:
    """Poll until something is found, and return it; None if nothing is in time."""
    end = time.monotonic() + PATIENCE
    while not (found := look()) and time.monotonic() < end:
        time.sleep(1)
    return found or None
