"""Typed DynamoDB models: declare a class once; get its table, its validation, its conditions and its transactions.

Public are the names below, and the modules `errors`, `jsonschema` and `validation` (the last two import msgspec).
"""

from .attributes import Attr as Attr
from .attributes import Index as Index
from .attributes import Rules as Rules
from .attributes import ShardedIndex as ShardedIndex
from .attributes import attr as attr
from .attributes import created_at as created_at
from .attributes import derived as derived
from .attributes import key as key
from .attributes import owner as owner
from .attributes import reference as reference
from .attributes import sort_key as sort_key
from .attributes import ttl as ttl
from .attributes import updated_at as updated_at
from .attributes import uuid7 as uuid7
from .attributes import version as version
from .codec import item_size as item_size
from .errors import AlreadyExists as AlreadyExists
from .errors import ConditionFailed as ConditionFailed
from .errors import Conflict as Conflict
from .errors import DeclarationError as DeclarationError
from .errors import DynamodelError as DynamodelError
from .errors import InUse as InUse
from .errors import Invalid as Invalid
from .errors import InvalidCursor as InvalidCursor
from .errors import LimitReached as LimitReached
from .errors import MissingReference as MissingReference
from .errors import NoIndex as NoIndex
from .errors import NotFound as NotFound
from .errors import NotSupported as NotSupported
from .errors import NotUnique as NotUnique
from .errors import OutcomeUnknown as OutcomeUnknown
from .errors import OutOfTime as OutOfTime
from .errors import Overlap as Overlap
from .errors import Throttled as Throttled
from .errors import TooLarge as TooLarge
from .errors import TransactionFailed as TransactionFailed
from .errors import Unprocessed as Unprocessed
from .errors import Unreadable as Unreadable
from .errors import Violation as Violation
from .expressions import Change as Change
from .expressions import Condition as Condition
from .expressions import Path as Path
from .jsonvalue import to_json as to_json
from .model import Model as Model
from .model import rule as rule
from .operations import Plan as Plan
from .operations import Request as Request
from .operations import refuse_late_retry as refuse_late_retry
from .operations import time_left as time_left
from .operations import time_limit as time_limit
from .query import Page as Page
from .reading import Reader as Reader
from .reading import transact_get as transact_get
from .schema import RESERVED as RESERVED
from .schema import Schema as Schema
from .table import Table as Table
from .transaction import Pending as Pending
from .transaction import Write as Write
from .transaction import transact as transact
from .uniqueness import unique_markers as unique_markers

__version__ = "2.0.0"
