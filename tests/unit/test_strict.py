"""A resource whose writes must name a version."""

import pytest

from tests.support.gallery.strict import CONTRACTS

pytestmark = pytest.mark.resources(CONTRACTS)


@pytest.mark.parametrize("method", ["PUT", "PATCH", "DELETE"])
def test_a_write_without_a_version_is_a_428(call, path, new, example, method, resource):
    address, body = f"{path}/{new()[resource.key]}", None if method == "DELETE" else example

    assert call(method, address, body).status == 428
    assert call(method, address, body, headers={"If-Match": '"1"'}).status in (200, 204)


def test_a_batch_requires_the_version_too(call, path, new, resource):
    operations = [{"op": "delete", "id": new()[resource.key]}]

    assert call("POST", f"{path}/batch", {"operations": operations}).status == 428


def test_an_own_operation_requires_the_version_if_declared_and_a_count_does_not(call, path, new, resource):
    address = f"{path}/{new()[resource.key]}"

    assert call("POST", f"{address}/balance", {"delta": 1}).status == 200
    assert [call("POST", f"{address}/end", headers=given).status for given in ({}, {"If-Match": '"1"'})] == [428, 412]
    assert call("POST", f"{address}/end", headers={"If-Match": '"2"'}).status == 200
