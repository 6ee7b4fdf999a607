"""Wrong declarations of operations and resources, refused where they are written; functions run without."""

import re
from collections.abc import Iterator
from decimal import Decimal
from email.utils import parsedate
from typing import TYPE_CHECKING

from dynamodel import DeclarationError
from lambdas.rest.operation import PARAMETERS, Operation
from lambdas.rest.options import check_options

if TYPE_CHECKING:
    from lambdas.rest.resource import Resource

MAX_BODY_BYTES = 6 * 1024 * 1024  # of an event of Lambda
SUCCESSES = {200, 201, 202, 204, 304}  # that the contract has words for
MODULE = re.compile(r"([a-z_][a-z0-9_]*\.)+[a-z][a-z0-9_]*")
PART = re.compile("[a-z0-9]+(_[a-z0-9]+)*")
PATH = re.compile(r"|(\{id\}|[a-z0-9]+(-[a-z0-9]+)*)(/(\{(counter|file)\}|[a-z0-9]+([-_][a-z0-9]+)*))*")
COLLECTION = re.compile(r"(?!(health|live)$)[a-z][a-z0-9]*(-[a-z0-9]+)*")
READS = ("list", "get")  # the operations that a shared cache may answer
MAX_ID_LENGTH = 128  # characters of an id that is part of the key of an object in S3, which has 1,024 bytes


def refuse(subject: str, problems: Iterator[str]) -> None:
    """Raise DeclarationError if there are problems."""
    if found := "; ".join(problems):
        raise DeclarationError(f"{subject} needs {found}.")


def check_operation(operation: Operation) -> None:
    """Refuse an operation that could not be deployed, or that would do what nobody expects."""
    check_options(operation)
    refuse(f"The operation of {operation.module}", _of_operation(operation))


def check_resource(resource: "Resource") -> None:
    """Refuse a model that lacks what every resource needs."""
    check_options(resource)
    refuse(f"{resource.model.__name__} cannot be a resource: it", _of_resource(resource))


def _of_operation(one: Operation) -> Iterator[str]:
    if not MODULE.fullmatch(one.module):
        yield "the name of a module, as lambdas.operations.cancel"
    if not PATH.fullmatch(one.path):
        yield "a path of small letters, digits, dashes and {id}, as {id}/cancel"
    if one.body and one.method in ("GET", "DELETE"):
        yield f"another method to have a body: {one.method} has none"
    if others := {*one.parameters} - {*PARAMETERS}:
        yield f"parameters of {', '.join(PARAMETERS)}, not {', '.join(sorted(others))}: declare others by query="
    if not {*one.success} <= SUCCESSES:
        yield f"success of {', '.join(map(str, sorted(SUCCESSES)))}"
    if not 0 < one.rate_share <= 1:
        yield "a rate_share above 0, and 1 at most"
    if not 1 <= one.max_body_bytes <= MAX_BODY_BYTES:
        yield f"max_body_bytes from 1 to {MAX_BODY_BYTES:,}"
    if not re.fullmatch(r"(@\d+)?", one.deprecated) or bool(one.sunset) != bool(parsedate(one.sunset)):
        yield 'deprecated as "@1767225600", and sunset as "Fri, 01 Jan 2027 00:00:00 GMT"'
    if not all(type(kind.status) is int and 400 <= kind.status <= 599 for kind in one.own_problems):
        yield "problems of its own with statuses from 400 to 599"
    if one.idempotent and one.method == "GET":
        yield "another method to be idempotent: a GET changes nothing"
    if one.idempotent and "PutItem" not in one.permissions:
        yield "the permission PutItem to be idempotent: the record of an Idempotency-Key is put into the table"


def _of_resource(resource: "Resource") -> Iterator[str]:
    from lambdas.rest.resource import MAX_SHARED_AGE

    if not COLLECTION.fullmatch(resource.path):
        yield "a path of small letters, digits and dashes that is not health or live"
    if resource.scopes and not COLLECTION.fullmatch(resource.scopes):
        yield "scopes like a path: small letters, digits and dashes"
    yield from _of_operations(resource)
    yield from _of_counters(resource)
    yield from _of_model(resource)
    if resource.live and resource.access_of("list") in (None, "iam"):
        yield "a list that is public or for tokens, to be live"
    if not resource.shared_max_age.keys() <= {name for name in READS if resource.access_of(name) == "public"}:
        yield f"shared_max_age of its public reads only: {', '.join(READS)}"
    if not all(1 <= seconds <= MAX_SHARED_AGE for seconds in resource.shared_max_age.values()):
        yield f"shared_max_age from 1 to {MAX_SHARED_AGE} seconds"
    if resource.owned:
        yield from _of_owned(resource)
    if resource.files:
        yield from _of_files(resource)


def _of_model(resource: "Resource") -> Iterator[str]:
    """Yield what the model of any resource lacks."""
    from lambdas.rest.resource import EXPIRES

    schema = resource.model.schema
    if not all(attribute.examples for attribute in schema.attributes.values() if attribute.required):
        yield "examples=(...) of each required attribute, for its documents and tests"
    if not schema.hash or schema.hash.codec.tag != "S" or schema.sort:
        yield "a key() that is text, and no sort key"
    elif not schema.hash.default_factory:
        yield "a default_factory of its key(), as uuid7; clients choose ids by PUT, with client_ids=True"
    if not schema.version:
        yield "a version(), for ETags"
    if "list" in resource.named and not schema.sharded and not resource.owned:
        yield "a ShardedIndex, for lists"
    if "list" in resource.named and (taken := sorted(resource.filters.keys() & {*PARAMETERS})):
        yield f"no index by {', '.join(taken)}: {', '.join(PARAMETERS)} are parameters of every list"
    if schema.ttl and schema.ttl.stored != EXPIRES:
        yield f'its ttl() declared with stored="{EXPIRES}"'
    if any(one.refers.schema.owner for one in schema.references):
        yield "no reference to owned items: a refusal would disclose items of others"


def _of_operations(resource: "Resource") -> Iterator[str]:
    """Yield what is wrong with its operations together; each was checked by itself."""
    if not resource.operations:
        yield "operations, as (*CRUD, CANCEL)"
    if len(resource.named) < len(resource.operations):
        yield "operations of different names (the last part of their modules)"
    if len({(one.method, one.path) for one in resource.operations}) < len(resource.operations):
        yield "operations of different methods or paths"
    models = [model for one in resource.operations for model in (one.body, one.returns) if isinstance(model, type)]
    if not all(one.examples for model in models for one in model.schema.attributes.values() if one.required):
        yield "examples=(...) of each required attribute of its operations' bodies and responses"
    if not resource.access.keys() <= resource.named.keys():
        yield f"access by {', '.join(resource.named)}"


def _of_counters(resource: "Resource") -> Iterator[str]:
    """Yield what is wrong with the attributes that are declared as counters, or as files: paths end in their names."""
    attributes = resource.model.schema.attributes
    if wrong := [name for name in (*resource.counters, *resource.files) if not PART.fullmatch(name)]:
        yield f"counters and files of small letters, digits and single underscores, which {', '.join(wrong)} is not"
    if wrong := [name for name in resource.counters if attributes[name].codec.type not in (int, Decimal)]:
        yield f"counters that are numbers, which {', '.join(wrong)} is not"


def _of_owned(resource: "Resource") -> Iterator[str]:
    """Yield what an owned resource lacks so that no caller learns anything about the items of others."""
    schema = resource.model.schema
    if "list" in resource.named and not schema.indexes:
        yield "an Index by its owner, for lists"
    if any(schema.owner not in index.hash for index in schema.indexes.values()):
        yield "no index without its owner"
    if schema.unique:
        yield "no unique attributes: a refusal would disclose values of others"
    if resource.client_ids:
        yield "no client_ids: a refusal would disclose ids of others"
    if "public" in map(resource.access_of, resource.named):
        yield "no public routes: an owned resource needs an authenticated caller"


def _of_files(resource: "Resource") -> Iterator[str]:
    """Yield what a resource with files lacks: uploads must find their item."""
    schema = resource.model.schema
    if not schema.created_at:
        yield "a created_at(), for files"
    if resource.client_ids and schema.hash and not 0 < (schema.hash.rules.max_length or 0) <= MAX_ID_LENGTH:
        yield f"a key() of max_length {MAX_ID_LENGTH} at most, for files"
