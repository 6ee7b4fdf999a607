"""Items that belong to their callers, for every resource whose model declares an owner: others do not have them."""

import pytest

from tests.support.gallery import EVERY

pytestmark = pytest.mark.resources(*(resource for resource in EVERY if resource.owned))


@pytest.fixture
def another(gateway):
    """Be somebody else from now on: another()."""

    def another():
        gateway.proof = {"authorizer": {"claims": {"sub": "somebody else"}}}

    return another


@pytest.mark.parametrize("method", ["GET", "PUT", "PATCH", "DELETE"])
def test_what_belongs_to_another_is_not_there_and_stays(gateway, call, another, href, created, other, change, method):
    owner = gateway.proof
    another()

    assert call(method, href, {"PUT": other, "PATCH": change}.get(method)).status == 404
    gateway.proof = owner
    assert call("GET", href).json == created


def test_a_list_is_of_what_is_the_callers(call, another, path, created):
    assert call("GET", path).json["items"] == [created]
    another()

    assert call("GET", path).json["items"] == []
