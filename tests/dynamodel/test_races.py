"""Concurrent writers: no write is lost, one wins."""

from concurrent.futures import ThreadPoolExecutor

import pytest

from dynamodel import AlreadyExists, ConditionFailed, LimitReached, NotUnique

from .shop import Counter, Product, product


def together(count, work):
    with ThreadPoolExecutor(count) as threads:
        return list(threads.map(work, range(count)))


@pytest.mark.parametrize("increments", [5, pytest.param(15, marks=pytest.mark.thorough)])
def test_of_eight_threads_that_increment_under_the_version_each_increment_counts(make, increments):
    counters = make(Counter)
    counters.create(Counter(id="hits"))

    def increment_until_done(_):
        done = 0
        while done < increments:
            item = counters.get_one("hits", consistent=True)
            item.count += 1
            try:
                counters.put(item)
            except ConditionFailed:
                continue
            done += 1

    together(8, increment_until_done)

    assert (counters.get("hits").count, counters.get("hits").version) == (8 * increments, 8 * increments + 1)


def test_atomic_additions_lose_none_and_stop_at_the_bound(products):
    created = products.create(product(stock=10))

    def take_one(_):
        try:
            products.update(created.id, Product.stock.add(-1))
        except LimitReached:
            return 0
        return 1

    assert sum(together(20, take_one)) == 10
    assert products.get(created.id).stock == 0


def test_of_twenty_writers_of_a_unique_value_one_wins(products):
    def create(_):
        try:
            return products.create(product("ABC-1")).id
        except NotUnique:
            return None

    winners = [one for one in together(20, create) if one]

    assert [one.id for one in products.scan().items] == winners
    assert len(winners) == 1


def test_of_twenty_items_that_change_to_one_value_one_wins(products):
    ids = [products.create(product(f"OLD-{n}")).id for n in range(20)]

    def change(n):
        try:
            products.update(ids[n], Product.sku.set("NEW-1"))
        except NotUnique:
            return 0
        return 1

    assert sum(together(20, change)) == 1
    assert sorted(one.sku for one in products.scan().items).count("NEW-1") == 1


def test_changes_of_one_items_unique_value_leave_one_marker(products, client):
    created = products.create(product())

    together(6, lambda n: products.update(created.id, Product.sku.set(f"NEW-{n}")))

    assert products.get(created.id).version == 7
    assert client.scan(TableName=products.name, Select="COUNT")["Count"] == 2


def test_of_twenty_creators_of_a_key_one_wins(make):
    counters = make(Counter)

    def create(_):
        try:
            counters.create(Counter(id="a"))
        except AlreadyExists:
            return 0
        return 1

    assert sum(together(20, create)) == 1
