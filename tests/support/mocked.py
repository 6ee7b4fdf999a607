"""Functions of moto and botocore made faster: they work out anew, and copy, what nobody changes."""

from collections.abc import Callable
from copy import copy, deepcopy
from functools import cache
from typing import Any

from botocore.loaders import Loader
from moto.core import responses, serialize
from moto.dynamodb import comparisons
from moto.dynamodb.models import dynamo_type, table
from moto.dynamodb.parsing import expressions

AS_WRITTEN = {"S", "N", "BOOL", "NULL", "SS", "NS"}  # values that moto holds as DynamoDB writes them


def remember(owner: Any, name: str, remembering: Callable[[Any], Any]) -> None:
    """Replace a function by a faster one; what a version of moto has under another name stays as it is."""
    if function := getattr(owner, name, None):
        setattr(owner, name, remembering(function))


def by_text(first_word: Any) -> Any:
    """Remember the first word of a condition, and the rest; a parser lexes its text alone."""
    known: dict[str, Any] = {}
    return lambda parser, text: known.get(text) or known.setdefault(text, first_word(parser, text))


def by_member(names: Any) -> Any:
    """Remember the names that a member of an answer may have in a dict; in other objects they depend on the class."""
    known: dict[Any, Any] = {}

    def remembered(picker: Any, at: Any) -> Any:
        if type(at.obj) is not dict:
            return names(picker, at)
        member = at.key, at.shape, getattr(at.shape, "parent", None)
        return known.get(member) or known.setdefault(member, tuple(names(picker, at)))

    return remembered


def but_as_written(serialize: Any) -> Any:
    """Write an attribute's value as it is held, instead of asking for each type whether it is of that type."""

    def serialized(serializer: Any, into: Any, value: Any, shape: Any, key: str) -> None:
        if key and shape.name == "AttributeValue" and type(value) is dict and value.keys() <= AS_WRITTEN:
            into[key] = value
        else:
            serialize(serializer, into, value, shape, key)

    return serialized


def of_what_holds_others(copied: Any) -> Any:
    """Copy lists, maps and sets; a single value is replaced, never changed."""
    return lambda value, memo: copied(value, memo) if isinstance(value.value, list | dict | set) else value


def without_schema(whole: Any, memo: Any) -> Any:
    """Copy a table for a transaction that may fail: its items, and nothing else, can change."""
    backup = copy(whole)
    backup.items = deepcopy(whole.items, memo)
    return backup


def by_folders(create: Any) -> Any:
    """Load the descriptions of services once, not for each session; nobody changes them."""
    loaded: dict[tuple[str, ...], dict[Any, Any]] = {}

    def created(loader: Any, *arguments: Any, **options: Any) -> None:
        create(loader, *arguments, **options)
        loader._cache = loaded.setdefault(tuple(loader.search_paths), loader._cache)

    return created


remember(responses, "method_names_from_class", cache)
remember(getattr(comparisons, "ConditionExpressionParser", None), "_lex_one_node", by_text)
remember(getattr(serialize, "XFormedAttributePicker", None), "get_possible_keys", by_member)
remember(getattr(serialize, "BaseJSONSerializer", None), "_serialize_type_structure", but_as_written)
remember(getattr(expressions, "UpdateExpressionParser", None), "make", cache)
remember(getattr(dynamo_type, "DynamoType", None), "__deepcopy__", of_what_holds_others)
remember(Loader, "__init__", by_folders)
table.Table.__deepcopy__ = without_schema
