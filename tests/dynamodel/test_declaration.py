"""A wrong declaration is an error when the class is defined, and says where."""

import re
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any, Literal

import pytest

from dynamodel import (
    Attr,
    DeclarationError,
    Index,
    Invalid,
    Model,
    NotSupported,
    Rules,
    ShardedIndex,
    Table,
    attr,
    created_at,
    key,
    owner,
    sort_key,
    ttl,
    updated_at,
    uuid7,
    version,
)

from .shop import Address, Booking, Card, Counter, Line, Order, Product, Size, product


def two_hash_keys():
    class Bad(Model):
        a: Attr[str] = key()
        b: Attr[str] = key()


def a_nested_key():
    class Bad(Model):
        a: Attr[Address] = key()


def a_list_as_key():
    class Bad(Model):
        a: Attr[list[str]] = key()


def an_optional_key():
    class Bad(Model):
        a: Attr[str | None] = key()


def an_optional_sort_key():
    class Bad(Model):
        a: Attr[str] = key()
        b: Attr[int | None] = sort_key()


def a_sort_key_alone():
    class Bad(Model):
        b: Attr[int] = sort_key()


def a_mutable_default():
    class Bad(Model):
        a: Attr[list[str]] = attr(default=[])


def a_default_and_a_factory():
    class Bad(Model):
        a: Attr[str] = attr(default="", default_factory=str)


def clashing_stored_names():
    class Bad(Model):
        a: Attr[str] = attr()
        b: Attr[str] = attr(stored="a")


def a_clash_with_the_tag():
    class Bad(Model, tag_field="kind"):
        kind: Attr[str] = attr()


def a_clash_with_a_method():
    class Bad(Model):
        parse: Attr[str] = attr()


def a_clash_with_the_schema():
    class Bad(Model):
        schema: Attr[str] = attr()  # type: ignore[assignment]


def a_clash_with_a_shard():
    class Bad(Model):
        id: Attr[str] = key()
        new_shard: Attr[str] = attr()
        new = ShardedIndex(sort=id)


def a_float():
    class Bad(Model):
        a: Attr[float] = attr()


def an_object():
    class Bad(Model):
        a: Attr[object] = attr()


def a_union_of_scalars():
    class Bad(Model):
        a: Attr[int | str] = attr()


def a_union_of_models_without_tags():
    class Bad(Model):
        a: Attr[Address | Line] = attr()


def a_set_of_models():
    class Bad(Model):
        a: Attr[set[Address]] = attr()


def a_map_with_integer_keys():
    class Bad(Model):
        a: Attr[dict[int, str]] = attr()


def a_plain_annotation():
    class Bad(Model):
        a: str


def no_annotation():
    class Bad(Model):
        a = attr()


def a_plain_default():
    class Bad(Model):
        a: Attr[str] = "x"  # type: ignore[assignment]


def one_attribute_under_two_names():
    class Bad(Model):
        a: Attr[str] = attr()
        b: Attr[str] = a


def a_pattern_for_a_number():
    class Bad(Model):
        a: Attr[int] = attr(pattern="x")


def more_decimal_places_than_digits():
    class Bad(Model):
        a: Attr[Decimal] = attr(max_digits=2, decimal_places=3)


def decimal_places_for_an_integer():
    class Bad(Model):
        a: Attr[int] = attr(decimal_places=2)


def a_pattern_for_members_that_are_numbers():
    class Bad(Model):
        a: Attr[list[int]] = attr(each=Rules(pattern="x"))


def a_pattern_for_choices():
    class Bad(Model):
        a: Attr[Literal["x", "y"]] = attr(pattern="x")


def lengths_of_a_model():
    class Bad(Model):
        a: Attr[Address] = attr(max_length=3)


def a_bound_that_is_text():
    class Bad(Model):
        a: Attr[int] = attr(ge="0")


def a_bound_of_a_decimal_that_is_a_float():
    class Bad(Model):
        a: Attr[Decimal] = attr(ge=0.1)


def a_bound_without_a_time_zone():
    class Bad(Model):
        a: Attr[datetime] = attr(ge=datetime(2026, 1, 1))  # noqa: DTZ001


def a_length_that_is_text():
    class Bad(Model):
        a: Attr[str] = attr(max_length="50")  # type: ignore[arg-type]


def a_length_below_zero():
    class Bad(Model):
        a: Attr[str] = attr(min_length=-1)


def a_rule_of_members_that_is_text():
    class Bad(Model):
        a: Attr[list[str]] = attr(each=Rules(max_length="50"))  # type: ignore[arg-type]


def a_multiple_of_nothing():
    class Bad(Model):
        a: Attr[int] = attr(multiple_of=0)


def a_check_that_is_no_function():
    class Bad(Model):
        a: Attr[str] = attr(check="x")  # type: ignore[arg-type]


def examples_that_are_text():
    class Bad(Model):
        a: Attr[str] = attr(examples="books")  # type: ignore[arg-type]


def an_unknown_option():
    class Bad(Model):
        a: Attr[int] = attr(minimum=2)


def a_list_as_index_key():
    class Bad(Model):
        id: Attr[str] = key()
        tags: Attr[list[str]] = attr()
        by_tag = Index(tags)


def an_index_without_hash_key():
    class Bad(Model):
        id: Attr[str] = key()
        by_nothing = Index(sort=id)


def a_tag_without_a_field():
    class Bad(Model, tag="bad"):
        a: Attr[str] = attr()


def unique_under_a_number():
    class Bad(Model):
        id: Attr[int] = key()
        a: Attr[str] = attr(unique=True)


def a_unique_list():
    class Bad(Model):
        id: Attr[str] = key()
        a: Attr[list[str]] = attr(unique=True)


def unique_and_expiring():
    class Bad(Model):
        id: Attr[str] = key()
        a: Attr[str] = attr(unique=True)
        expires: Attr[Any] = ttl()


def two_versions():
    class Bad(Model):
        a: Attr[int] = version()
        b: Attr[int] = version()


WRONG = [
    two_hash_keys,
    a_nested_key,
    a_list_as_key,
    an_optional_key,
    an_optional_sort_key,
    a_sort_key_alone,
    a_mutable_default,
    a_default_and_a_factory,
    clashing_stored_names,
    a_clash_with_the_tag,
    a_clash_with_a_method,
    a_clash_with_the_schema,
    a_clash_with_a_shard,
    a_float,
    an_object,
    a_union_of_scalars,
    a_union_of_models_without_tags,
    a_set_of_models,
    a_map_with_integer_keys,
    a_plain_annotation,
    no_annotation,
    a_plain_default,
    one_attribute_under_two_names,
    a_pattern_for_a_number,
    more_decimal_places_than_digits,
    decimal_places_for_an_integer,
    a_pattern_for_members_that_are_numbers,
    a_pattern_for_choices,
    lengths_of_a_model,
    a_bound_that_is_text,
    a_bound_of_a_decimal_that_is_a_float,
    a_bound_without_a_time_zone,
    a_length_that_is_text,
    a_length_below_zero,
    a_rule_of_members_that_is_text,
    a_multiple_of_nothing,
    a_check_that_is_no_function,
    examples_that_are_text,
    an_unknown_option,
    a_list_as_index_key,
    an_index_without_hash_key,
    a_tag_without_a_field,
    unique_under_a_number,
    a_unique_list,
    unique_and_expiring,
    two_versions,
]


@pytest.mark.parametrize("declare", WRONG)
def test_a_wrong_declaration_is_refused_when_the_class_is_defined(declare):
    with pytest.raises(DeclarationError):
        declare()


def test_the_constructor_requires_required_attributes_and_accepts_no_unknown_ones():
    with pytest.raises(Invalid) as lacking:
        Product(name="x")  # type: ignore[call-arg]
    with pytest.raises(Invalid) as unknown:
        product(colour="red", version=3)
    assert [one.path for one in lacking.value.violations] == ["sku", "category", "price"]
    assert [one.path for one in unknown.value.violations] == ["colour", "version"]


def test_defaults_are_made_anew_for_each_item():
    one, other = product(), product()

    one.tags.add("x")

    assert other.tags == set()
    assert one.id < other.id


def test_items_are_compared_by_value_and_shown_as_a_call():
    assert Line(sku="ABC", quantity=1) == Line(sku="ABC", quantity=1) != Line(sku="ABC", quantity=2)
    assert repr(Address(zip="12345")) == "Address(zip='12345', city=None)"
    assert Card(number="1234") != Address(zip="1234")


def test_derived_attributes_follow_from_the_others():
    assert Booking(first=1, last=4).nights == 3


def test_a_subclass_has_the_attributes_of_its_base():
    class Stamped(Model):
        made: Attr[datetime] = created_at()

    class Note(Stamped):
        id: Attr[str] = key()

    assert list(Note.schema.attributes) == ["made", "id"]
    assert (Note.schema.created_at, Note.schema.hash) == (Stamped.made.attr, Note.id.attr)


def test_an_annotation_may_be_text():
    class Note(Model):
        id: "Attr[str]" = key()
        text: "Attr[str | None]" = attr(default=None)

    assert Note(id="a").text is None


def test_uuid7_grows_with_time_and_says_its_version():
    from uuid import UUID

    made = [uuid7() for _ in range(1000)]

    assert made == sorted(made)
    assert len(set(made)) == 1000
    assert {(UUID(one).version, UUID(one).variant) for one in made} == {(7, "specified in RFC 4122")}


def test_the_declaration_can_be_read():
    schema = Product.schema

    assert [name for name, one in schema.attributes.items() if one.required] == ["sku", "name", "category", "price"]
    assert [name for name, one in schema.attributes.items() if one.read_only] == [
        "id",
        "created_at",
        "updated_at",
        "version",
    ]
    assert schema.attributes["stock"].metadata == {"counter": True}
    assert (schema.keys, Order.schema.keys) == ((("id", "S"),), (("customer", "S"), ("number", "N")))
    assert schema.index_keys(schema.indexes["newest"]) == (("newest_shard", "N"), ("id", "S"))
    assert schema.projection(schema.indexes["by_status"]) == ("name",)
    assert [one.name for one in schema.unique] == ["sku"]
    assert Rules() == Product.status.rules


def test_create_table_takes_its_arguments_from_the_declaration():
    arguments = Order.schema.create_table("orders", DeletionProtectionEnabled=True)

    assert arguments == {
        "TableName": "orders",
        "AttributeDefinitions": [
            {"AttributeName": "customer", "AttributeType": "S"},
            {"AttributeName": "number", "AttributeType": "N"},
            {"AttributeName": "due", "AttributeType": "S"},
        ],
        "KeySchema": [
            {"AttributeName": "customer", "KeyType": "HASH"},
            {"AttributeName": "number", "KeyType": "RANGE"},
        ],
        "BillingMode": "PAY_PER_REQUEST",
        "LocalSecondaryIndexes": [
            {
                "IndexName": "by_due",
                "KeySchema": [
                    {"AttributeName": "customer", "KeyType": "HASH"},
                    {"AttributeName": "due", "KeyType": "RANGE"},
                ],
                "Projection": {"ProjectionType": "ALL"},
            }
        ],
        "DeletionProtectionEnabled": True,
    }


def test_items_are_spread_evenly_over_shards():
    places = [Product.schema.shards({"id": {"S": uuid7()}})["newest_shard"]["N"] for _ in range(4000)]

    assert all(800 < places.count(shard) < 1200 for shard in "0123")


def test_reading_needs_no_validator():
    import subprocess
    import sys

    program = """
import sys, unittest.mock
from tests.dynamodel.shop import Counter
from dynamodel import Table
client = unittest.mock.Mock()
client.get_item.return_value = {"Item": {"id": {"S": "a"}, "count": {"N": "1"}, "version": {"N": "1"}}}
client.query.return_value = {"Items": []}
table = Table(Counter, client, "t")
print(table.get("a").to_json())
table.query(Counter.id == "a")
print("msgspec" in sys.modules)
"""
    command = [sys.executable, "-O", "-c", program]  # as functions run: declarations are checked with msgspec before
    done = subprocess.run(command, capture_output=True, text=True, check=True)

    assert done.stdout == "{'id': 'a', 'count': 1, 'version': 1}\nFalse\n"


def test_an_attribute_may_have_the_name_of_its_type():
    class Happening(Model):
        id: Attr[str] = key()
        datetime: "Attr[datetime]" = attr()

    assert Happening.schema.attributes["datetime"].codec.type is datetime


def test_a_part_of_other_models_has_no_table_of_its_own():
    with pytest.raises(TypeError, match="a part of other models"):
        Table(Address, None, "t").get.request("x")  # type: ignore[arg-type]
    assert Counter(id="a").count == Decimal(0)


@pytest.mark.parametrize(
    ("annotation", "options"),
    [
        (int, {"default": -1, "ge": 0}),
        (int, {"default": 3, "multiple_of": 2}),
        (int, {"default": "1"}),
        (Decimal, {"default": Decimal("1.234"), "decimal_places": 2}),
        (str, {"default": "", "min_length": 1}),
        (str, {"default": "LONG", "max_length": 3}),
        (str, {"default": "B", "pattern": "[a-z]"}),
        (str, {"default": 5}),
        (str | None, {"default": "LONG", "max_length": 3}),
        (bool, {"default": 1}),
        (Literal["x"], {"default": "y"}),
        (datetime, {"default": datetime(2026, 1, 1)}),  # noqa: DTZ001
        (datetime, {"default": "2026-01-01T00:00:00Z"}),
        (bytes, {"default": "aGk="}),
        (Size, {"default": "s"}),
        (Address, {"default": Address(zip="12345")}),
        (int, {"default": 1, "check": lambda value: int("odd") if value % 2 else None}),
    ],
)
def test_a_default_that_is_shared_or_breaks_its_own_rule_is_refused(annotation, options):
    with pytest.raises(DeclarationError, match=r"Bad\.a: "):

        class Bad(Model):
            a: Attr[annotation] = attr(**options)


@pytest.mark.parametrize(
    ("annotation", "options", "told"),
    [
        (int, {"ge": 5, "le": 4}, "ge=5, le=4"),
        (int, {"gt": 4, "lt": 5}, "gt=4, lt=5"),
        (int, {"gt": 4, "le": 4}, "gt=4, le=4"),
        (int, {"ge": 1, "lt": 5, "multiple_of": 5}, "ge=1, lt=5, multiple_of=5"),
        (Decimal, {"ge": Decimal("1.5"), "lt": Decimal("1.5")}, "ge=1.5, lt=1.5"),
        (Decimal, {"gt": 2, "le": 1}, "gt=2, le=1"),
        (datetime, {"ge": datetime(2026, 1, 2, tzinfo=UTC), "le": datetime(2026, 1, 1, tzinfo=UTC)}, "ge=2026-01-02"),
        (str, {"min_length": 5, "max_length": 3}, "min_length=5, max_length=3"),
        (list[str], {"each": Rules(min_length=5, max_length=3)}, "each: min_length=5, max_length=3"),
    ],
)
def test_bounds_that_exclude_every_value_are_refused_with_the_attribute_and_both(annotation, options, told):
    with pytest.raises(DeclarationError, match=rf"Bad\.a.*{re.escape(told)}.* exclude every value"):

        class Bad(Model):
            a: Attr[annotation] = attr(**options)


@pytest.mark.parametrize(
    ("annotation", "options"),
    [
        (int, {"ge": 5, "le": 5}),
        (int, {"gt": 4, "lt": 6}),
        (int, {"gt": -5, "le": 0, "multiple_of": 5}),
        (Decimal, {"gt": 4, "lt": 5}),
        (str, {"min_length": 3, "max_length": 3}),
    ],
)
def test_bounds_with_one_value_between_them_are_declared(annotation, options):
    class Good(Model):
        a: Attr[annotation] = attr(**options)

    assert Good.schema.attributes["a"].required


def test_a_default_has_the_type_it_is_read_back_in():
    class Good(Model):
        a: Attr[Decimal] = attr(default=5, decimal_places=1)

    assert isinstance(Good().a, Decimal)


class Titled(Model):
    """A base of others, whose title may be empty."""

    id: Attr[str] = key()
    title: Attr[str] = attr()


class Listed(Titled):
    """One that is listed by its title, which is a key there."""

    by_title = Index(Titled.title, sort=Titled.id)


class Again(Listed):
    """One below it."""


@pytest.mark.parametrize("model", [Listed, Again])
def test_a_key_of_a_subclass_is_never_empty_there_and_may_be_in_its_base(make, model):
    base, table = make(Titled), make(model)

    assert base.create(Titled(id="1", title="")).title == ""
    assert base.update("1", Titled.title.set("")).title == ""
    assert "minLength" not in Titled.schema.json_schema("create")["properties"]["title"]
    assert model.schema.json_schema("create")["properties"]["title"]["minLength"] == 1
    table.create(model(id="1", title="x"))
    for title in (Titled.title, model.title):
        with pytest.raises(Invalid):
            table.update("1", title.set(""))
        assert [one.id for one in table.query(title == "x", order_by=Titled.id).items] == ["1"]
        with pytest.raises(NotSupported):
            table.query(model.title == "x", filter=title != "y")


def test_a_default_that_no_key_may_have_is_refused():
    with pytest.raises(DeclarationError, match=r"Bad\.a: the default is empty, which no key may be"):

        class Bad(Model):
            id: Attr[str] = key()
            a: Attr[str] = attr(default="")

            by_a = Index(a)


def test_an_index_of_another_models_attribute_is_refused():
    with pytest.raises(DeclarationError, match=r"Bad\.by_title: Titled\.title is not an attribute of Bad"):

        class Bad(Model):
            id: Attr[str] = key()

            by_title = Index(Titled.title)


PARTS = {
    "key": lambda: {"a": key()},
    "sort key": lambda: {"id": key(), "a": sort_key()},
    "version": lambda: {"a": version()},
    "time of creation": lambda: {"a": created_at()},
    "time of update": lambda: {"a": updated_at()},
    "time to live": lambda: {"a": ttl()},
    "owner": lambda: {"a": owner()},
    "unique": lambda: {"id": key(), "a": attr(unique=True)},
}


@pytest.mark.parametrize("part", PARTS)
def test_a_part_has_no_keys_and_no_roles(part):
    types = {"version": int, "time of creation": datetime, "time of update": datetime, "time to live": datetime}
    members = PARTS[part]()
    annotations = {name: Attr[types.get(part, str)] for name in members}
    part_model = type(Model)("Part", (Model,), {**members, "__annotations__": annotations})

    for annotation in (part_model, list[part_model], dict[str, part_model]):
        with pytest.raises(DeclarationError, match=r"Whole\.part: Part\."):

            class Whole(Model):
                part: Attr[annotation] = attr()


def test_a_part_has_no_index():
    class Part(Model):
        size: Attr[int] = attr()
        by_size = Index(size)

    with pytest.raises(DeclarationError, match=r"Part\.by_size"):

        class Whole(Model):
            part: Attr[Part] = attr()


@pytest.mark.parametrize("name", ["by", "größe", "a b", "x" * 256])
def test_a_name_that_dynamodb_does_not_take_for_an_index_is_refused(name):
    with pytest.raises(DeclarationError, match="3 to 255"):

        class Bad(Model):
            id: Attr[str] = key()
            index = Index(id, name=name)


def test_an_index_of_one_attribute_twice_is_refused():
    with pytest.raises(DeclarationError, match="one attribute"):

        class Bad(Model):
            id: Attr[str] = key()
            twice = Index(id, sort=id)


def test_an_index_of_a_nested_place_is_refused():
    with pytest.raises(DeclarationError, match="whole attributes"):

        class Bad(Model):
            id: Attr[str] = key()
            of_part = Index(id, project=(Order.ship_to[Address.zip],))


def test_an_index_may_have_another_name_in_dynamodb(make):
    class Existing(Model):
        id: Attr[str] = key()
        mail: Attr[str] = attr()
        by_mail = Index(mail, name="gsi-1.mail")
        everything = ShardedIndex(sort=mail, name="all.mails")

    table = make(Existing)
    table.create(Existing(id="1", mail="a@x"))

    for name, of in (("gsi-1.mail", Existing.by_mail), ("all.mails", Existing.everything)):
        assert [item.id for item in table.query(Existing.mail == "a@x", index=of)] == ["1"]
        assert table.query.request(Existing.mail == "a@x", index=of).parameters["IndexName"] == name


@pytest.mark.parametrize(
    ("annotation", "options"),
    [
        (str, {"max_length": 3, "examples": ("books",)}),
        (list[str], {"each": Rules(pattern="[a-z]"), "examples": (["A"],)}),
        (Decimal, {"decimal_places": 1, "examples": (Decimal("0.25"),)}),
        (datetime, {"examples": ("today",)}),
    ],
)
def test_an_example_that_breaks_its_own_rule_is_refused(annotation, options):
    with pytest.raises(DeclarationError, match=r"Thing\.a: the example .* breaks its own rule: "):

        class Thing(Model):
            a: Attr[annotation] = attr(**options)
