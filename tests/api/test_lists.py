"""Filters, ranges and orders of lists: what each declared index serves, for every resource."""

from datetime import datetime
from decimal import Decimal
from itertools import islice
from urllib.parse import urlencode

import pytest

from tests.support.values import values, writable


@pytest.fixture
def rows(resource, new):
    """Make items that an index tells apart: some of the same values but for the last, and one of other values."""

    def make(served):
        alike, other = {}, {}
        for name in equal(served):
            alike[name], other[name] = islice(values(resource, name), 2)
        sort, marks = last(served), [{}] * 4
        if sort in writable(resource):
            marks = [{sort: value} for value in islice(values(resource, sort), 4)]
        alone = any(is_unique(resource, name) for name in alike)
        made = [new(**alike, **mark) for mark in (marks[1:2] if alone else marks[1:])]
        stranger = new(**other, **marks[0])
        ordered = sorted(made, key=lambda item: in_order(served, item)) if sort else made
        return ordered, stranger, alike

    return make


def equal(served):
    """The attributes that a filter fixes."""
    return (*served.filters, *served.sorts[:-1])


def filtering(resource):
    """The indexes whose filters clients can make items for: others are by what operations of the project's own set."""
    return [one for one in resource.list_indexes if {*equal(one)} <= {*writable(resource)}]


def sorting(resource):
    """Those of them that order several items of equal values but for the last."""
    schema = resource.model.schema
    differ = {*writable(resource), *(one.name for one in (schema.hash, schema.created_at, schema.updated_at) if one)}
    indexes = [one for one in filtering(resource) if last(one) in differ]
    return [one for one in indexes if not any(is_unique(resource, name) for name in equal(one))]


def is_unique(resource, name):
    return name in {attribute.name for attribute in resource.model.schema.unique}


def last(served):
    """The attribute of ranges and order, where those before it are equal."""
    return served.sorts[-1] if served.sorts else None


def in_order(served, item):
    value, codec = item[last(served)], served.index.sort[-1].codec
    if codec.type is datetime:
        return datetime.fromisoformat(value)
    return Decimal(value) if codec.tag == "N" else value


def whole(resource, item, of):
    """The one of the items that a list shows, in part where an index copies some attributes alone."""
    (one,) = (one for one in of if one[resource.key] == item[resource.key])
    copied_in_part = any(served.index.project != "all" for served in resource.list_indexes)
    return one if copied_in_part and item == {name: one[name] for name in item} else item


@pytest.fixture
def listed(call, path, resource):
    """List all pages, two items each; return the items that are among `of`, since a deployed stage has others too."""

    def read(parameters, of):
        ids, found, cursor = {item[resource.key] for item in of}, [], {}
        while cursor is not None:
            page = call("GET", f"{path}?{urlencode(parameters | {'limit': 2} | cursor)}")
            assert page.status == 200, page.text
            found += [whole(resource, item, of) for item in page.json["items"] if item[resource.key] in ids]
            cursor = {"cursor": page.json["next"]} if page.json["next"] else None
        return found

    return read


def test_an_index_lists_the_items_of_its_filter_alone(resource, rows, listed):
    for served in filtering(resource):
        made, stranger, alike = rows(served)
        first = min([*made, stranger], key=lambda item: in_order(served, item)) if served.sorts else {}
        since = {f"{last(served)}[gte]": first[last(served)]} if first else {}

        found = listed(alike | since, of=[*made, stranger])

        assert (stranger in found) == (not alike)
        assert sorted(str(item) for item in found if item != stranger) == sorted(map(str, made))


def test_an_index_lists_in_the_order_of_its_sort_key_and_the_other_way(resource, rows, listed):
    for served in sorting(resource):
        made, _, alike = rows(served)
        since = {f"{last(served)}[gte]": made[0][last(served)]}

        assert listed(alike | since | {"sort": last(served)}, of=made) == made
        assert listed(alike | since | {"sort": f"-{last(served)}"}, of=made) == made[::-1]


def test_a_range_holds_the_values_between_its_bounds(resource, rows, listed):
    for served in sorting(resource):
        made, _, alike = rows(served)
        sort = last(served)
        lowest, *_, highest = [item[sort] for item in made]
        order = alike | {"sort": sort}

        assert listed(order | {f"{sort}[gte]": lowest, f"{sort}[lt]": highest}, of=made) == made[:-1]
        assert listed(order | {f"{sort}[gt]": lowest, f"{sort}[lte]": highest}, of=made) == made[1:]


@pytest.mark.parametrize("value", ["", "nonsense"])
def test_an_invalid_filter_value_is_a_400_that_names_the_parameter_once(call, path, resource, value):
    for served in filtering(resource):
        fixed = {name: next(values(resource, name)) for name in equal(served)}
        for name in (*fixed, *([f"{last(served)}[gte]"] if served.sorts else [])):
            attribute = resource.filters[name]
            if attribute.codec.type is str:
                continue

            answer = call("GET", f"{path}?{urlencode(fixed | {name: value})}")

            stated, named, why = answer.json["detail"].partition(f"{name} is not a valid {attribute.name}: ")
            assert (answer.status, stated, bool(named)) == (400, "", True)
            assert name not in why
