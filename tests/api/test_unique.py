"""Values that no two items may hold, for every resource that declares some: taken by one, and free when given up."""

import pytest

from tests.support.gallery import EVERY
from tests.support.values import other_value

pytestmark = pytest.mark.resources(*(resource for resource in EVERY if resource.model.schema.unique))


@pytest.fixture
def unique(resource):
    return resource.model.schema.unique[0].name


@pytest.fixture
def example(example, resource, unique):
    """A body with such a value, which may be optional."""
    return {unique: other_value(resource, unique, None), **example}


@pytest.fixture
def other(other, resource, unique):
    """Another, with another value."""
    return {unique: other_value(resource, unique, None), **other}


def test_a_value_that_is_taken_is_a_409_that_names_its_field(call, path, created, example, unique):
    answer = call("POST", path, example | {unique: created[unique]})

    assert (answer.status, answer.json["errors"]) == (409, [{"pointer": f"/{unique}", "detail": "is taken"}])


@pytest.mark.parametrize("method", ["PUT", "PATCH"])
def test_a_change_to_a_taken_value_is_a_409(call, new, href, created, other, example, unique, method):
    answer = call(method, href, example | {unique: new(**{unique: other[unique]})[unique]})

    assert (answer.status, answer.json["errors"][0]["pointer"]) == (409, f"/{unique}")
    assert call("GET", href).json == created


@pytest.mark.parametrize("method", ["PUT", "PATCH", "DELETE"])
def test_a_released_unique_value_can_be_used_again(call, href, new, created, other, unique, method):
    assert call(method, href, None if method == "DELETE" else other).status in (200, 204)

    assert new(**{unique: created[unique]})[unique] == created[unique]
