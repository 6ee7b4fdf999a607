"""The query that a list's parameters describe: equality on an index's hash key, a range and an order on its sort key.

Where a key has several attributes, equality on the first of the sort key may precede the range.

`?category=books&price[gte]=5&sort=-price&limit=20&cursor=...&fields=name,price`
"""

from collections.abc import Mapping
from types import MappingProxyType
from typing import Any

from dynamodel import Attr, Condition, Invalid, Model, NoIndex, Page, Path, Rules
from lambdas.rest.limits import MAX_PAGE_SIZE, PAGE_SIZE
from lambdas.rest.problems import Problem
from lambdas.rest.request import Request, json_value
from lambdas.rest.resource import ListIndex, Resource

OPERATORS = {"": Path.__eq__, "gt": Path.__gt__, "gte": Path.__ge__, "lt": Path.__lt__, "lte": Path.__le__}


def read_page(request: Request, given: Mapping[str, str] = MappingProxyType({})) -> Page[Model]:
    """Read the page for the parameters, and for the filters in the path, from the index that serves them."""
    parameters, resource = request.parameters, request.resource
    order, size = parameters.get("sort"), limit(parameters)
    filters = {**given} | {name: text for name, text in parameters.items() if name in resource.filters}
    chosen = matching_index(resource, filters, order)
    conditions = [condition(resource.filters[name], name, text) for name, text in filters.items()]
    fields = request.projection
    try:
        return request.table.query(
            *conditions,
            index=chosen.index,
            descending=order.startswith("-") if order else not chosen.filters,
            fields=fields,
            limit=size,
            cursor=parameters.get("cursor"),
        )
    except NoIndex:
        raise no_index(resource) from None
    except Invalid as invalid:  # no key has such a value
        raise Problem("invalid-parameter", f"{invalid}") from None


def matching_index(resource: Resource, filters: Mapping[str, str], order: str | None) -> ListIndex:
    """Return the first index that serves the filters and the order."""
    equal = {name for name in filters if "[" not in name}
    sorts = {name.partition("[")[0] for name in filters if "[" in name}
    sorts |= set() if order is None else {order.removeprefix("-")}
    for index in resource.list_indexes:
        if index.matches(equal, sorts):
            return index
    raise no_index(resource)


def no_index(resource: Resource) -> Problem:
    """Return the problem for parameters that no index serves, with the combinations that are possible."""
    possible = [way for index in resource.list_indexes for way in index.ways]
    return Problem("invalid-parameter", "No index serves these parameters together.", possible=possible)


def condition(attribute: Attr[Any], name: str, text: str) -> Condition:
    """Return one filter as a key condition."""
    _, _, operator = name.rstrip("]").partition("[")
    return OPERATORS[operator](attribute.path, value(attribute, name, text))


def value(attribute: Attr[Any], name: str, text: str) -> Any:
    """Convert a parameter's text to a value of the attribute. Raises a Problem that names the parameter."""
    from dynamodel.validation import checked

    try:
        return checked(attribute.codec, Rules(), json_value(attribute, text), ())
    except Invalid as error:
        raise Problem("invalid-parameter", f"{name} is not a valid {attribute.name}: {error}") from None


def limit(parameters: Mapping[str, str]) -> int:
    """Return the maximum number of items on the page."""
    text = parameters.get("limit", str(PAGE_SIZE))
    if not (text.isascii() and text.isdecimal() and len(text) < 5 and 1 <= int(text) <= MAX_PAGE_SIZE):
        raise Problem("invalid-parameter", f"limit must be a whole number from 1 to {MAX_PAGE_SIZE}.")
    return int(text)
