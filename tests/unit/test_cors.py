"""Pages that may read what the functions answer."""

from lambdas.rest import cors


def test_any_page_may_read_where_the_stage_says_so():
    assert cors.headers("https://somewhere.example", ["*"])["Access-Control-Allow-Origin"] == "*"


def test_a_page_of_a_named_origin_may_read_and_caches_keep_it_apart():
    headers = cors.headers("https://one.example", ["https://one.example", "https://two.example"])

    assert headers["Access-Control-Allow-Origin"] == "https://one.example"
    assert headers["Vary"] == "Origin"


def test_another_page_may_not_read():
    for origin in ("", "https://one.example.evil.example", "null"):
        assert cors.headers(origin, ["https://one.example"]) == {"Vary": "Origin"}
