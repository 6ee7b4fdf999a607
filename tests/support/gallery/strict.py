"""A resource whose writes must say which version they change, and whose key, version and times have other names."""

import secrets
from datetime import datetime
from typing import Literal

from dynamodel import Attr, Index, Model, ShardedIndex, attr, created_at, key, updated_at, version
from lambdas.files.file import File, file
from lambdas.rest.crud import CRUD, PRECONDITION
from lambdas.rest.operation import Operation
from lambdas.rest.resource import Resource


def new_number() -> str:
    """Return a number that is no UUID, and tells nothing of the time."""
    return f"NO{secrets.randbelow(10**12):012}"


class Contract(Model):
    """An agreement that nobody may change unseen."""

    number: Attr[str] = key(default_factory=new_number, pattern="[A-Z]{2}[0-9]{12}")
    text: Attr[str] = attr(max_length=1000, examples=("Both sides agree.",))
    signed: Attr[File | None] = file(types=("application/pdf",), max_bytes=1_000_000)
    stage: Attr[Literal["open", "ended"]] = attr(default="open", read_only=True)  # an operation's to set
    balance: Attr[int] = attr(default=0, metadata={"counter": True})
    made: Attr[datetime] = created_at()
    amended: Attr[datetime] = updated_at()
    revision: Attr[int] = version()

    newest = ShardedIndex(sort=number)
    by_stage = Index(stage, sort=made, name="by-stage")


END = Operation(
    module="tests.support.gallery.operations.end",
    method="POST",
    path="{id}/end",
    problems=PRECONDITION,
    access="write",
    permissions=("UpdateItem", "GetItem", "PutItem"),
    idempotent=True,
)
CONTRACTS = Resource(path="contracts", model=Contract, operations=(*CRUD, END), requires_if_match=True)
