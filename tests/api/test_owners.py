"""Items that belong to their callers, for every resource whose model declares an owner: to others they do not exist."""

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
def test_items_of_another_owner_are_404s_and_do_not_change(
    gateway, call, another, href, created, other, change, method
):
    owner = gateway.proof
    another()

    assert call(method, href, {"PUT": other, "PATCH": change}.get(method)).status == 404
    gateway.proof = owner
    assert call("GET", href).json == created


def test_a_list_has_only_the_callers_items(call, another, path, created):
    assert call("GET", path).json["items"] == [created]
    another()

    assert call("GET", path).json["items"] == []
