"""Requests at the same moment: over HTTP only, for moto is not made for threads."""

from concurrent.futures import ThreadPoolExecutor

import pytest

pytestmark = pytest.mark.usefixtures("deployed")


def test_fifty_posts_at_once_with_one_key_make_one_item_and_fifty_equal_answers(call, path, example, key):
    with ThreadPoolExecutor(50) as threads:
        answers = list(threads.map(lambda _: call("POST", path, example, headers=key), range(50)))

    assert {answer.status for answer in answers} == {201}
    assert len({answer.text for answer in answers}) == 1
    assert sum("Idempotency-Replayed" not in answer.headers for answer in answers) == 1


def test_of_many_that_want_one_unique_value_one_gets_it(call, path, example, resource):
    if not resource.model.schema.unique:
        pytest.skip(f"{resource.path} have no unique value")

    with ThreadPoolExecutor(20) as threads:
        answers = list(threads.map(lambda _: call("POST", path, example), range(20)))

    assert sorted(answer.status for answer in answers) == [201] + [409] * 19


def test_of_many_that_change_one_version_one_succeeds(call, created, href, example, version):
    body = {field: created[field] for field in example}
    with ThreadPoolExecutor(20) as threads:
        answers = list(threads.map(lambda _: call("PUT", href, body, headers={"If-Match": '"1"'}), range(20)))

    assert sorted(answer.status for answer in answers) == [200] + [412] * 19
    assert call("GET", href).json[version] == 2
