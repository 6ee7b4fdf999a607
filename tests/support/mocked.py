"""Pure functions of moto that remember their results: it works them out anew in each request, a fifth of its time."""

from collections.abc import Callable
from functools import cache
from typing import Any

from moto.core import responses, serialize
from moto.dynamodb import comparisons


def remember(owner: Any, name: str, remembering: Callable[[Any], Any]) -> None:
    """Replace a function by one that remembers; what a version of moto has under another name stays as it is."""
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


remember(responses, "method_names_from_class", cache)
remember(getattr(comparisons, "ConditionExpressionParser", None), "_lex_one_node", by_text)
remember(getattr(serialize, "XFormedAttributePicker", None), "get_possible_keys", by_member)
