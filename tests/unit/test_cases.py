"""Choice of the cases in which a generic test is run over the gallery."""

from itertools import product

import pytest

from tests.support.cases import spread


@pytest.mark.parametrize(
    ("cases", "resources"), [("abcdef", "123"), ("ab", "123"), ("abc", "123"), ("a", "1"), ("", "1")]
)
def test_each_case_and_each_resource_is_met_and_no_more_pairs_than_that_takes(cases, resources):
    pairs = [*product(cases, resources)]

    chosen = [*spread(pairs)]

    assert {*chosen} <= {*pairs}
    assert ({case for case, _ in chosen}, {one for _, one in chosen}) == ({*cases}, {*resources} if cases else set())
    assert len(chosen) == (max(len(cases), len(resources)) if cases else 0)


def test_a_case_that_few_resources_can_take_is_met_all_the_same():
    pairs = [*product("ab", "12"), ("c", "1")]

    assert {case for case, _ in spread(pairs)} == {*"abc"}
