"""Indexes on dates, times and choices: in parameters, documents and queries; keys that nothing makes."""

import json
from datetime import date, datetime
from enum import Enum
from types import SimpleNamespace
from typing import Literal

import boto3
import pytest
from jsonschema import Draft202012Validator
from moto import mock_aws

from dynamodel import Attr, Index, Model, ShardedIndex, Table, attr, key, uuid7, version
from lambdas.rest.list_query import read_page
from lambdas.rest.problems import Problem
from lambdas.rest.request import json_value
from lambdas.rest.resource import Resource
from stacks.contract.parameters import query
from stacks.contract.schemas import schemas


class Colour(Enum):
    RED = "red"
    BLUE = "blue"


class Task(Model):
    """Something to do."""

    id: Attr[str] = key(default_factory=uuid7)
    day: Attr[date] = attr(examples=(date(2026, 1, 2),))
    at: Attr[datetime] = attr(examples=(datetime.fromisoformat("2026-01-02T03:04:05Z"),))
    begins: Attr[datetime] = attr(examples=(datetime.fromisoformat("2026-01-02T03:04:05Z"),), stored_as="seconds")
    colour: Attr[Colour] = attr(examples=(Colour.RED,))
    state: Attr[Literal["open", "done"]] = attr(examples=("open",))
    rank: Attr[Literal[1, 2]] = attr(examples=(1,))
    version: Attr[int] = version()

    newest = ShardedIndex(sort=id)
    by_day = Index(day, sort=at)
    by_colour = Index(colour, sort=begins)
    by_state = Index(state, sort=rank)
    by_rank = Index(rank, sort=day)
    by_at = Index(at)
    by_begins = Index(begins)
    by_all = Index((colour, state), sort=(day, rank, begins))


TASKS = Resource(path="tasks", model=Task)


@pytest.fixture(scope="module")
def listed():
    """The number of items that parameters find in a table of one."""
    with mock_aws():
        client = boto3.client("dynamodb")
        client.create_table(**Task.schema.create_table("tasks"))
        table = Table(Task, client, "tasks")
        table.create(Task.parse(TASKS.example))
        yield lambda parameters: len(
            read_page(SimpleNamespace(parameters=parameters, resource=TASKS, table=table, projection=())).items
        )


@pytest.mark.parametrize(
    ("parameters", "found"),
    [
        ({"day": "2026-01-02"}, 1),
        ({"day": "2026-01-02", "at[gte]": "2026-01-02T03:04:05Z"}, 1),
        ({"day": "2026-01-02", "at[gt]": "2026-01-02T04:04:05+01:00"}, 0),
        ({"colour": "red", "begins[lte]": "2026-01-02T03:04:05Z", "sort": "-begins"}, 1),
        ({"colour": "blue"}, 0),
        ({"state": "open", "rank[lt]": "2"}, 1),
        ({"rank": "1", "day[gte]": "2026-01-03"}, 0),
        ({"at": "2026-01-02T03:04:05Z"}, 1),
        ({"begins": "2026-01-02T03:04:05Z"}, 1),
        ({"colour": "red", "state": "open"}, 1),
        ({"colour": "red", "state": "open", "day[gte]": "2026-01-02", "sort": "-day"}, 1),
        ({"colour": "red", "state": "open", "day": "2026-01-02", "rank": "1", "begins[gt]": "2026-01-03T00:00:00Z"}, 0),
        ({"colour": "red", "state": "done", "day": "2026-01-02", "sort": "rank"}, 0),
    ],
)
def test_a_list_is_filtered_by_dates_times_and_choices(listed, parameters, found):
    assert listed(parameters) == found


@pytest.mark.parametrize(
    "parameters",
    [{"day": "today"}, {"at": "2026-01-02"}, {"begins": "1"}, {"colour": "green"}, {"rank": "3"}, {"rank": "1_0"}],
)
def test_an_invalid_value_is_a_400_that_names_the_parameter(listed, parameters):
    with pytest.raises(Problem, match=next(iter(parameters))) as refused:
        listed(parameters)
    assert refused.value.status == 400
    assert "int()" not in str(refused.value)


def test_a_choice_of_numbers_is_a_number_in_parameters_of_an_operations_own_too():
    assert json_value(Task.rank.attr, "2") == 2


@pytest.mark.parametrize(
    "parameters",
    [
        {"state": "open", "colour": "red", "rank[gt]": "1"},
        {"state": "open", "colour": "red", "day[gt]": "2026-01-02", "sort": "rank"},
        {"state": "open", "colour": "red", "day": "2026-01-02", "begins[gt]": "2026-01-03T00:00:00Z"},
        {"day": "2026-01-02", "colour": "red"},
    ],
)
def test_parameters_that_leave_out_an_attribute_of_a_key_are_a_400_that_names_what_goes_together(listed, parameters):
    with pytest.raises(Problem) as refused:
        listed(parameters)
    ways = refused.value.members["possible"]
    assert "colour=..., state=..., day[gt|gte|lt|lte]=..., sort=day or -day" in ways
    assert "colour=..., state=..., day=..., rank[gt|gte|lt|lte]=..., sort=rank or -rank" in ways
    assert "at=..." in ways


def test_the_documents_of_such_parameters_are_schemas():
    for name in TASKS.filters:
        described = query(TASKS, name)
        Draft202012Validator.check_schema(described["schema"])
        assert json.dumps(described)
    assert set(query(TASKS, "colour")["schema"]["enum"]) == {"blue", "red"}
    assert query(TASKS, "day[gte]")["schema"]["format"] == "date"
    assert json.dumps(schemas(TASKS))


def test_a_key_without_a_default_is_refused_unless_clients_choose_it():
    class Book(Model):
        """A book known by its number."""

        isbn: Attr[str] = key(examples=("9780141439587",))
        version: Attr[int] = version()

        newest = ShardedIndex(sort=isbn)

    with pytest.raises(TypeError, match=r"default_factory of its key.*client_ids=True"):
        Resource(path="books", model=Book)
