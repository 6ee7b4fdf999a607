"""Which query a list's parameters ask for: equality on an index's hash key, a range and an order on its sort key.

`?category=books&price[gte]=5&sort=-price&limit=20&cursor=...&fields=name,price`
"""

from collections.abc import Iterator
from decimal import Decimal
from typing import Any

from dynamodel import Attr, Condition, Index, Invalid, Model, NoIndex, Page, Path, Rules
from lambdas.rest.limits import MAX_PAGE_SIZE, PAGE_SIZE
from lambdas.rest.problems import Problem
from lambdas.rest.request import Request
from lambdas.rest.resource import RANGES, Resource

OPERATORS = {"": Path.__eq__, "gt": Path.__gt__, "gte": Path.__ge__, "lt": Path.__lt__, "lte": Path.__le__}


def page(request: Request) -> Page[Model]:
    """Read the page that the parameters ask for, by the one index that serves them."""
    order = request.parameters.get("sort")
    filters = {name: request.parameters[name] for name in request.resource.filters if name in request.parameters}
    index = serving(request, filters, order)
    try:
        return request.table.query(
            *(condition(request, *one) for one in filters.items()),
            index=index,
            descending=order.startswith("-") if order else request.resource.required_filter(index) is None,
            fields=request.paths,
            limit=limit(request),
            cursor=request.parameters.get("cursor"),
        )
    except NoIndex:
        raise unserved(request) from None
    except Invalid as invalid:  # no key has such a value
        raise Problem("invalid-parameter", f"{invalid}") from None


def serving(request: Request, filters: dict[str, str], order: str | None) -> Index:
    """The first index whose keys the filters and the order are of."""
    equal = {name for name in filters if "[" not in name}
    sorts = {name.partition("[")[0] for name in filters if "[" in name}
    sorts |= set() if order is None else {order.removeprefix("-")}
    for index in request.model.schema.indexes.values():
        if equal == {request.resource.required_filter(index)} - {None} and sorts <= (
            {index.sort.name} if index.sort else set()
        ):
            return index
    raise unserved(request)


def unserved(request: Request) -> Problem:
    """What to say where no index serves: what each of them does serve."""
    possible = [*served(request.resource)]
    return Problem("invalid-parameter", "No index serves these parameters together.", possible=possible)


def served(resource: Resource) -> Iterator[str]:
    """Each index as its parameters."""
    for index in resource.model.schema.indexes.values():
        by = [f"{name}=..."] if (name := resource.required_filter(index)) else []
        if index.sort:
            by += [f"{index.sort.name}[{'|'.join(RANGES)}]=...", f"sort={index.sort.name} or -{index.sort.name}"]
        yield ", ".join(by)


def condition(request: Request, name: str, text: str) -> Condition:
    """One filter as a key condition."""
    field, _, operator = name.rstrip("]").partition("[")
    attribute = request.model.schema.attributes[field]
    return OPERATORS[operator](attribute.path, value(attribute, name, text))


def value(attribute: Attr[Any], name: str, text: str) -> Any:
    """What a parameter's text stands for. Raises a Problem that names the parameter."""
    from dynamodel.validation import checked

    try:
        number = attribute.codec.tag == "N" and attribute.codec.type is not Decimal
        return checked(attribute.codec, Rules(), int(text) if number else text, (name,))
    except (Invalid, ValueError) as error:
        raise Problem("invalid-parameter", f"{name} is not a value of {attribute.name}: {error}") from None


def limit(request: Request) -> int:
    """How many items a page has at the most."""
    text = request.parameters.get("limit", str(PAGE_SIZE))
    if not (text.isascii() and text.isdecimal() and len(text) < 5 and 1 <= int(text) <= MAX_PAGE_SIZE):
        raise Problem("invalid-parameter", f"limit is a whole number from 1 to {MAX_PAGE_SIZE}.")
    return int(text)
