"""Filters, ranges and orders of lists: what each declared index serves, for every resource."""

from decimal import Decimal
from itertools import islice
from urllib.parse import urlencode

import pytest

from tests.support.values import values, writable


@pytest.fixture
def rows(resource, new):
    """Make items that an index tells apart: some of one value of its filter, in its order, and one of another value."""

    def make(served):
        alike, other = {}, {}
        if served.filter:
            alike[served.filter], other[served.filter] = islice(values(resource, served.filter), 2)
        marks = [{}] * 3
        if served.sort in writable(resource):
            marks = [{served.sort: value} for value in islice(values(resource, served.sort), 3)]
        made = [new(**alike, **mark) for mark in marks]
        stranger = new(**other, **marks[0])
        ordered = sorted(made, key=lambda item: in_order(served, item)) if served.sort else made
        return ordered, stranger, alike

    return make


def sorting(resource):
    return [served for served in resource.list_indexes if served.sort]


def in_order(served, item):
    value = item[served.sort]
    return Decimal(value) if served.index.sort.codec.tag == "N" else value


@pytest.fixture
def listed(call, path):
    """List all pages, two items each; return the items that are among `of`, since a deployed stage has others too."""

    def read(parameters, of):
        ids, found, cursor = {item["id"] for item in of}, [], {}
        while cursor is not None:
            page = call("GET", f"{path}?{urlencode(parameters | {'limit': 2} | cursor)}")
            assert page.status == 200, page.text
            found += [item for item in page.json["items"] if item["id"] in ids]
            cursor = {"cursor": page.json["next"]} if page.json["next"] else None
        return found

    return read


def test_an_index_lists_the_items_of_its_filter_alone(resource, rows, listed):
    for served in resource.list_indexes:
        made, stranger, alike = rows(served)
        since = {f"{served.sort}[gte]": made[0][served.sort]} if served.sort else {}

        found = listed(alike | since, of=[*made, stranger])

        assert (stranger in found) == (not served.filter)
        assert sorted(str(item) for item in found if item != stranger) == sorted(map(str, made))


def test_an_index_lists_in_the_order_of_its_sort_key_and_the_other_way(resource, rows, listed):
    for served in sorting(resource):
        made, _, alike = rows(served)
        since = {f"{served.sort}[gte]": made[0][served.sort]}

        assert listed(alike | since | {"sort": served.sort}, of=made) == made
        assert listed(alike | since | {"sort": f"-{served.sort}"}, of=made) == made[::-1]


def test_a_range_holds_the_values_between_its_bounds(resource, rows, listed):
    for served in sorting(resource):
        made, _, alike = rows(served)
        first, *_, last = [item[served.sort] for item in made]
        order, sort = alike | {"sort": served.sort}, served.sort

        assert listed(order | {f"{sort}[gte]": first, f"{sort}[lt]": last}, of=made) == made[:-1]
        assert listed(order | {f"{sort}[gt]": first, f"{sort}[lte]": last}, of=made) == made[1:]
