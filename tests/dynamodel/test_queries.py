"""Listings: the index follows from the condition, pages are exact, cursors cannot be tampered with."""

import secrets
from base64 import urlsafe_b64decode, urlsafe_b64encode
from decimal import Decimal

import pytest

from dynamodel import Attr, Index, Invalid, InvalidCursor, Model, NoIndex, Table, attr, key, sort_key
from dynamodel.cursor import seal, unseal

from .shop import Order, Product, order, product


@pytest.fixture(scope="module")
def catalogue(client):
    """Twelve products, ten of them for the home, priced 0 to 9; no test changes them."""
    name = f"catalogue-{secrets.token_hex(6)}"
    client.create_table(**Product.schema.create_table(name))
    return filled(Table(Product, client, name))


def filled(products):
    for n in range(10):
        products.create(product(f"HOME-{n}", price=Decimal(n), name=f"home {n}"))
    for n in range(2):
        products.create(product(f"TOY-{n}", category="toys", price=Decimal(5), status="active"))
    return products


def all_pages(query, **options):
    page = query(**options)
    pages = [page]
    while page.cursor is not None:
        page = query(**options, cursor=page.cursor)
        pages.append(page)
    return pages


def test_all_items_by_time_come_newest_first_in_full_pages(catalogue):
    pages = all_pages(catalogue.query, descending=True, limit=5)

    skus = [one.sku for page in pages for one in page.items]
    assert skus == ["TOY-1", "TOY-0", *(f"HOME-{n}" for n in range(9, -1, -1))]
    assert [len(page.items) for page in pages] == [5, 5, 2]


def test_a_page_that_ends_the_list_exactly_has_no_cursor(catalogue):
    pages = all_pages(catalogue.query, limit=6)

    assert [len(page.items) for page in pages] == [6, 6]


def test_a_page_of_a_sharded_index_is_one_query_per_shard(catalogue, calls):
    calls.clear()
    first = catalogue.query(descending=True, limit=3)
    assert calls == ["Query"] * 4

    calls.clear()
    catalogue.query(descending=True, limit=3, cursor=first.cursor)
    assert set(calls) == {"Query"}
    assert len(calls) <= 4  # shards that are read to their end are left out


def test_an_item_created_while_paging_does_not_shift_the_pages(products):
    first = filled(products).query(descending=True, limit=5)
    products.create(product("LATE-1"))
    second = products.query(descending=True, limit=5, cursor=first.cursor)

    assert not {one.id for one in first.items} & {one.id for one in second.items}
    assert second.items[0].sku == "HOME-6"


def test_the_index_is_chosen_from_the_condition(catalogue):
    page = catalogue.query(Product.category == "home", Product.price >= 7)
    one = catalogue.query(Product.id == page.items[0].id)
    named = catalogue.query(Product.status == "active", fields=[Product.name])

    assert [item.price for item in page.items] == [7, 8, 9]
    assert [item.price for item in one.items] == [7]
    assert [item.name for item in named.items] == ["Lamp", "Lamp"]


@pytest.mark.parametrize(
    ("conditions", "expected"),
    [
        ([Product.price < 2], [0, 1]),
        ([Product.price <= 2], [0, 1, 2]),
        ([Product.price > 7], [8, 9]),
        ([Product.price == 4], [4]),
        ([Product.price.between(2, 4)], [2, 3, 4]),
        ([Product.price >= 2, Product.price <= 4], [2, 3, 4]),
        ([(Product.price > 2) & (Product.price <= 4)], [3, 4]),
        ([Product.price < 4, Product.price > 2], [3]),
    ],
)
def test_a_range_of_the_sort_attribute(catalogue, conditions, expected):
    page = catalogue.query(Product.category == "home", *conditions)

    assert [item.price for item in page.items] == expected


def test_a_range_that_ends_before_it_begins_is_empty(catalogue, calls):
    calls.clear()

    for conditions in ([Product.price >= 5, Product.price <= 4], [Product.price.between(5, 4)]):
        assert catalogue.query(Product.category == "home", *conditions).items == []
        assert catalogue.count(Product.category == "home", *conditions) == 0

    assert calls == []


@pytest.mark.parametrize("value", ["", "x" * 2049])
def test_a_value_that_no_key_may_have_is_refused_before_the_request(products, calls, value):
    calls.clear()

    with pytest.raises(Invalid):
        products.query(Product.category == value)

    assert calls == []


def test_begins_with_on_a_text_sort_key(make):
    class Page(Model):
        site: Attr[str] = key()
        path: Attr[str] = sort_key()

    pages = make(Page)
    for path in ("/a", "/b/1", "/b/2"):
        pages.create(Page(site="x", path=path))

    assert [one.path for one in pages.query(Page.site == "x", Page.path.begins_with("/b")).items] == ["/b/1", "/b/2"]


def test_order_by_chooses_among_indexes_that_serve(make):
    class Song(Model):
        id: Attr[str] = key()
        artist: Attr[str] = attr()
        year: Attr[int] = attr()
        plays: Attr[int] = attr()

        by_year = Index(artist, sort=year)
        by_plays = Index(artist, sort=plays)

    songs = make(Song)
    for n, (year, plays) in enumerate([(1990, 5), (1980, 9)]):
        songs.create(Song(id=str(n), artist="x", year=year, plays=plays))

    assert [one.id for one in songs.query(Song.artist == "x").items] == ["1", "0"]
    assert [one.id for one in songs.query(Song.artist == "x", order_by=Song.plays).items] == ["0", "1"]
    assert [one.id for one in songs.query(Song.artist == "x", index=Song.by_plays, descending=True).items] == ["1", "0"]


@pytest.mark.parametrize(
    "conditions",
    [
        [Product.sku == "HOME-1"],
        [Product.category == "home", Product.sku == "HOME-1"],
        [Product.category > "home"],
        [(Product.category == "home") | (Product.category == "toys")],
        [Product.category == "home", Product.price != 3],
        [Product.category == "home", Product.price > 3, Product.price > 4],
    ],
)
def test_a_condition_that_no_index_serves_names_those_there_are(products, calls, conditions):
    calls.clear()

    with pytest.raises(NoIndex, match=r"newest \(all items by id\), by_category \(category by price\)"):
        products.query(*conditions)

    assert calls == []


def test_an_index_that_lacks_attributes_is_not_chosen_for_whole_items(products):
    with pytest.raises(NoIndex):
        products.query(Product.status == "active")

    assert products.query(Product.status == "active", index=Product.by_status).items == []


def test_a_filter_leaves_pages_full(catalogue):
    pages = all_pages(catalogue.query, filter=Product.category == "toys", limit=1)

    assert [[one.category for one in page.items] for page in pages] == [["toys"], ["toys"]]


def test_a_filter_reads_no_further_than_asked(catalogue):
    page = catalogue.query(filter=Product.category == "nothing", limit=1, most_requests=1)

    assert page.items == []


def test_a_filter_reads_many_items_at_a_time_however_few_are_wanted(orders, calls):
    for number in range(5):
        orders.create(order(number=number))
    calls.clear()

    page = orders.query(Order.customer == "ann", filter=Order.due.exists(), limit=1)

    assert (page.items, calls) == ([], ["Query"])


def test_pages_follow_one_another_over_keys_of_bytes(make):
    class Chunk(Model):
        file: Attr[str] = key()
        digest: Attr[bytes] = sort_key()

    chunks = make(Chunk)
    for digest in (b"\x00", b"\xfe\xff", b"ab"):
        chunks.create(Chunk(file="f", digest=digest))

    first = chunks.query(Chunk.file == "f", limit=2)
    second = chunks.query(Chunk.file == "f", limit=2, cursor=first.cursor)

    assert [one.digest for one in (*first, *second)] == [b"\x00", b"ab", b"\xfe\xff"]


def test_sparse_and_local_indexes_hold_items_that_have_the_attribute(orders):
    from datetime import date

    orders.create(order(number=1, due=date(2026, 2, 1)))
    orders.create(order(number=2))
    orders.create(order(number=3, due=date(2026, 1, 1)))

    found = orders.query(Order.customer == "ann", order_by=Order.due, consistent=True)

    assert [one.number for one in found.items] == [3, 1]
    assert [one.number for one in orders.query(Order.customer == "ann", descending=True, limit=2).items] == [3, 2]


def test_a_scan_reads_past_records_beside_items_in_one_request(products, calls):
    for n in range(3):  # each with the record of its unique value
        products.create(product(f"ABC-{n}"))
    calls.clear()

    assert len(products.scan(limit=3).items) == 3
    assert calls == ["Scan"]


def test_iterate_follows_all_pages(catalogue):
    assert len(list(catalogue.iterate(Product.category == "home", limit=3))) == 10
    assert len(list(catalogue.iterate_scan(limit=5))) == 12
    first = catalogue.query(Product.category == "home", limit=4)
    assert len(list(catalogue.iterate(Product.category == "home", limit=3, cursor=first.cursor))) == 6


def test_count_counts_what_a_query_lists(catalogue):
    assert catalogue.count(Product.category == "home") == 10
    assert catalogue.count(index=Product.newest) == 12
    assert catalogue.count(filter=Product.price == 5) == 3
    between = (Product.category == "home", Product.price > 2, Product.price < 5)
    assert catalogue.count(*between) == len(catalogue.query(*between).items) > 0


def test_scan_pages_through_segments(catalogue):
    pages = all_pages(catalogue.scan, segments=3, limit=5)

    assert sorted(one.sku for page in pages for one in page.items) == sorted(
        [*(f"HOME-{n}" for n in range(10)), "TOY-0", "TOY-1"]
    )
    assert [len(page.items) for page in pages] == [5, 5, 2]


def test_a_cursor_is_url_safe_and_bound_to_its_query(catalogue):
    cursor = catalogue.query(Product.category == "home", limit=2).cursor

    assert cursor == "".join(filter(lambda letter: letter.isalnum() or letter in "-_", cursor))
    for options in [
        {"index": Product.newest},
        {"descending": True},
        {"filter": Product.stock >= 0},
        {"filter": Product.stock >= 1},
    ]:
        conditions = [] if "index" in options else [Product.category == "home"]
        with pytest.raises(InvalidCursor):
            catalogue.query(*conditions, limit=2, cursor=cursor, **options)
    with pytest.raises(InvalidCursor):
        catalogue.query(Product.category == "toys", limit=2, cursor=cursor)


def test_a_cursor_is_not_bound_to_the_size_of_a_page_or_to_fields(catalogue):
    cursor = catalogue.query(Product.category == "home", limit=2).cursor

    for fields in ((), (Product.price,)):
        assert len(catalogue.query(Product.category == "home", limit=50, fields=fields, cursor=cursor).items) == 8


@pytest.mark.parametrize(
    "alter", [str.swapcase, lambda text: text[:-1], lambda text: text + "A", lambda _: "", lambda _: "é"]
)
def test_an_altered_cursor_is_refused(catalogue, alter):
    cursor = catalogue.query(limit=2).cursor

    with pytest.raises(InvalidCursor):
        catalogue.query(limit=2, cursor=alter(cursor))


def test_every_flipped_bit_of_a_cursor_is_noticed(catalogue):
    cursor = catalogue.query(limit=2).cursor
    sealed = urlsafe_b64decode(cursor + "=" * (-len(cursor) % 4))

    for place in range(len(sealed)):
        altered = sealed[:place] + bytes([sealed[place] ^ 1]) + sealed[place + 1 :]
        with pytest.raises(InvalidCursor):
            catalogue.query(limit=2, cursor=urlsafe_b64encode(altered).decode().rstrip("="))


def test_cursors_of_one_secret_are_refused_under_another(catalogue, client):
    cursor = catalogue.query(limit=2).cursor

    with pytest.raises(InvalidCursor):
        Table(Product, client, catalogue.name, secret=b"another").query(limit=2, cursor=cursor)


FORGED = {  # positions in a list of the category "home" by price, as somebody signs them who knows the secret
    "of another category": lambda key: [{"S": "toys"}, *key[1:]],
    "under the range": lambda key: [key[0], {"N": "0"}, key[2]],
    "over the range": lambda key: [key[0], {"N": "9"}, key[2]],
    "of another type": lambda key: [key[0], {"S": "5"}, key[2]],
    "no number": lambda key: [key[0], {"N": "five"}, key[2]],
    "an empty key": lambda key: [key[0], key[1], {"S": ""}],
    "no value": lambda key: [key[0], key[1], "id"],
    "too short": lambda key: key[:2],
    "too long": lambda key: [*key, key[2]],
    "a number": lambda _: 7,
}


@pytest.mark.parametrize("forge", [*FORGED.values(), list], ids=[*FORGED, "as it was"])
def test_a_signed_start_key_outside_its_query_is_refused(catalogue, client, forge):
    within, asked = (Product.category == "home", Product.price >= Decimal(1), Product.price <= Decimal(8)), []
    client.meta.events.register("provide-client-params.dynamodb.Query", lambda params, **_: asked.append(params))
    given = catalogue.query(*within, limit=2).cursor
    query = [1, {name: value for name, value in asked[0].items() if name != "Limit"}]
    ((*position,),) = unseal(given, query, catalogue.secret)

    forged = seal([forge(position)], query, catalogue.secret)

    if forge is list:
        assert forged == given
        assert len(catalogue.query(*within, limit=2, cursor=forged).items) == 2
    else:
        with pytest.raises(InvalidCursor):
            catalogue.query(*within, limit=2, cursor=forged)
