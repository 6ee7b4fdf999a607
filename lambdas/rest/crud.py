"""The operations that every resource gets, unless it leaves some out."""

from dynamodel import Attr, Model, attr
from lambdas.rest.operation import JSON, Operation

MERGE_PATCH = ("application/merge-patch+json", *JSON)  # RFC 7396, and what most clients send
PRECONDITION = ("precondition-failed", "precondition-required")


class Count(Model):
    """The amount to add."""

    delta: Attr[int] = attr(ge=-1_000_000_000, le=1_000_000_000, examples=(-3,), description="Negative to subtract.")


CREATE = Operation(
    module="lambdas.crud.create",
    method="POST",
    success=(201,),
    problems=("not-unique", "missing-reference", "precondition-failed"),
    body="create",
    idempotent=True,
    access="write",
    permissions=("PutItem",),
    with_references=("UpdateItem",),
    refers=True,
)
LIST = Operation(
    module="lambdas.crud.list",
    method="GET",
    returns="items",
    problems=("invalid-parameter", "invalid-cursor"),
    parameters=("limit", "cursor", "sort", "fields"),
    access="read",
    permissions=("Query",),
    on_index=True,
    rate_share=0.5,
)
GET = Operation(
    module="lambdas.crud.get",
    method="GET",
    path="{id}",
    success=(200, 304),
    parameters=("fields",),
    access="read",
    permissions=("GetItem",),
    cache="no-cache",  # may be stored, and must be revalidated with its ETag
)
REPLACE = Operation(
    module="lambdas.crud.replace",
    method="PUT",
    path="{id}",
    problems=("not-unique", "missing-reference", *PRECONDITION, "busy"),
    body="replace",
    access="write",
    permissions=("UpdateItem",),
    with_unique=("GetItem", "PutItem", "DeleteItem"),
    with_client_ids=("PutItem",),
    with_references=("GetItem",),
    refers=True,
)
PATCH = Operation(
    module="lambdas.crud.patch",
    method="PATCH",
    path="{id}",
    problems=("not-unique", "missing-reference", *PRECONDITION, "busy"),
    body="patch",
    media_types=MERGE_PATCH,
    access="write",
    permissions=("UpdateItem",),
    with_reads=("GetItem",),
    with_unique=("PutItem", "DeleteItem"),
    refers=True,
)
DELETE = Operation(
    module="lambdas.crud.delete",
    method="DELETE",
    path="{id}",
    success=(204,),
    returns=None,
    problems=("in-use", *PRECONDITION, "busy"),
    access="write",
    permissions=("DeleteItem",),
    with_unique=("GetItem",),
    with_references=("GetItem", "UpdateItem"),
    deletes=True,
)
BATCH = Operation(
    module="lambdas.crud.batch",
    method="POST",
    path="batch",
    returns="results",
    problems=("batch-failed", "overlap", *PRECONDITION),
    body="batch",
    idempotent=True,
    rate_share=0.1,  # 100 writes each
    max_body_bytes=2_750 * 1024,  # Lambda's event has at most 6 MB, in which each quote takes two bytes
    access="write",
    permissions=("PutItem", "UpdateItem", "DeleteItem"),
    with_reads=("GetItem",),
    with_unique=("GetItem",),
    with_references=("GetItem",),
    refers=True,
    deletes=True,
)
COUNT = Operation(
    module="lambdas.crud.count",
    method="POST",
    path="{id}/{counter}",
    problems=("out-of-bounds", "precondition-failed"),
    body=Count,
    idempotent=True,
    access="write",
    permissions=("UpdateItem", "GetItem", "PutItem"),  # the last two under a key: read first, put the record
)
UPLOAD = Operation(  # routes.py adds its body, which each file has rules of its own for, and its response
    module="lambdas.crud.upload",
    method="POST",
    path="{id}/{file}",
    success=(201,),
    returns=None,
    problems=("not-found", *PRECONDITION),
    access="write",
    permissions=("GetItem", "PutItem"),
    uploads=True,
)
REMOVE = Operation(
    module="lambdas.crud.remove",
    method="DELETE",
    path="{id}/{file}",
    success=(204,),
    returns=None,
    problems=("not-found", *PRECONDITION, "busy"),
    access="write",
    permissions=("UpdateItem", "PutItem"),
)

CRUD = (CREATE, LIST, GET, REPLACE, PATCH, DELETE, BATCH, COUNT, UPLOAD, REMOVE)
READ_ONLY = (LIST, GET)
