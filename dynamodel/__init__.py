"""Typed DynamoDB models: declare a class once; get its table, its validation, its conditions and its transactions.

Public are the names below, and the modules `errors`, `jsonschema` and `validation` (the last two import msgspec).
"""

from .attributes import (
    Attr as Attr,
    Index as Index,
    Rules as Rules,
    ShardedIndex as ShardedIndex,
    attr as attr,
    created_at as created_at,
    derived as derived,
    key as key,
    owner as owner,
    reference as reference,
    sort_key as sort_key,
    ttl as ttl,
    updated_at as updated_at,
    uuid7 as uuid7,
    version as version,
)
from .codec import item_size as item_size
from .errors import (
    AlreadyExists as AlreadyExists,
    ConditionFailed as ConditionFailed,
    Conflict as Conflict,
    DeclarationError as DeclarationError,
    DynamodelError as DynamodelError,
    InUse as InUse,
    Invalid as Invalid,
    InvalidCursor as InvalidCursor,
    LimitReached as LimitReached,
    MissingReference as MissingReference,
    NoIndex as NoIndex,
    NotFound as NotFound,
    NotSupported as NotSupported,
    NotUnique as NotUnique,
    OutcomeUnknown as OutcomeUnknown,
    OutOfTime as OutOfTime,
    Overlap as Overlap,
    Throttled as Throttled,
    TooLarge as TooLarge,
    TransactionFailed as TransactionFailed,
    Unprocessed as Unprocessed,
    Unreadable as Unreadable,
    Violation as Violation,
)
from .expressions import Change as Change, Condition as Condition, Path as Path
from .jsonvalue import to_json as to_json
from .model import Model as Model, rule as rule
from .operations import (
    Plan as Plan,
    Request as Request,
    refuse_late_retry as refuse_late_retry,
    time_left as time_left,
    time_limit as time_limit,
)
from .query import Page as Page
from .reading import Reader as Reader, transact_get as transact_get
from .schema import RESERVED as RESERVED, Schema as Schema
from .table import Table as Table
from .transaction import Pending as Pending, Write as Write, transact as transact
from .uniqueness import unique_markers as unique_markers

__version__ = "2.0.0"
