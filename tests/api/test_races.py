"""Concurrent requests: over HTTP only, since moto is not thread-safe."""

from concurrent.futures import ThreadPoolExecutor

import pytest

pytestmark = pytest.mark.usefixtures("deployed")


@pytest.fixture
def number(request):
    """The number of requests at the same moment; for each, a process of the function starts."""
    return 50 if request.config.getoption("thorough") else 12


@pytest.fixture
def at_once(number):
    """Send a request so often at the same moment."""

    def at_once(send):
        with ThreadPoolExecutor(number) as threads:
            return list(threads.map(lambda _: send(), range(number)))

    return at_once


def test_many_posts_at_once_with_one_key_make_one_item_and_equal_answers(at_once, call, path, example, key):
    answers = at_once(lambda: call("POST", path, example, headers=key))

    assert {answer.status for answer in answers} == {201}
    assert len({answer.text for answer in answers}) == 1
    assert sum("Idempotency-Replayed" not in answer.headers for answer in answers) == 1


def test_of_many_concurrent_claims_of_a_unique_value_one_succeeds(at_once, number, call, path, example, resource):
    if not resource.model.schema.unique:
        pytest.skip(f"{resource.path} have no unique value")

    answers = at_once(lambda: call("POST", path, example))

    assert sorted(answer.status for answer in answers) == [201] + [409] * (number - 1)


def test_of_many_concurrent_changes_of_one_version_one_succeeds(at_once, number, call, created, href, example, version):
    body = {field: created[field] for field in example}

    answers = at_once(lambda: call("PUT", href, body, headers={"If-Match": '"1"'}))

    assert sorted(answer.status for answer in answers) == [200] + [412] * (number - 1)
    assert call("GET", href).json[version] == 2
