"""Create, read, list, replace, patch, delete, for every resource, on the handlers and over HTTP."""

from itertools import zip_longest

import pytest

from tests.support.values import alterable, faults, other_value, writable

NOWHERE = "0190a0b0-0000-7000-8000-000000000000"
PROBLEM = "application/problem+json"
UNKNOWN = "no-such-field"  # the name of no attribute: these are words of Python


def test_a_created_item_is_where_its_location_says(call, path, example, resource):
    answer = call("POST", path, example)

    assert answer.status == 201
    assert answer.headers["Location"] == f"{path}/{answer.json[resource.key]}"
    assert call("GET", answer.headers["Location"]).json == answer.json


def test_a_created_item_has_the_fields_sent_and_those_set_by_the_server(created, example, resource, version):
    schema = resource.model.schema

    assert created.items() >= example.items()
    assert created[version] == 1
    assert len({created[one.name] for one in (schema.created_at, schema.updated_at) if one}) <= 1


def owned_by_server(resource, item, version):
    """The fields that the server sets at each write: the version, if the item has them, time and what is derived."""
    schema = resource.model.schema
    names = [one.name for one in (schema.updated_at, *schema.derived) if one]
    return {name: item[name] for name in names} | {schema.version.name: version}


def test_an_item_that_is_not_there_is_a_404(call, path):
    answer = call("GET", f"{path}/{NOWHERE}")

    assert (answer.status, answer.headers["Content-Type"]) == (404, PROBLEM)


@pytest.mark.parametrize("segment", ["x", "%20", "%F0%9F%92%A9", "a" * 3000])
def test_an_invalid_id_is_a_404(call, path, segment):
    assert call("GET", f"{path}/{segment}").status == 404


def test_every_wrong_field_is_named_at_once(call, path, example):
    wrong = {name: [] if isinstance(example.get(name), dict) else {"not": "this"} for name in (*example, UNKNOWN)}

    answer = call("POST", path, wrong)

    assert (answer.status, answer.headers["Content-Type"]) == (400, PROBLEM)
    assert {error["pointer"] for error in answer.json["errors"]} == {f"/{name}" for name in wrong}


def test_every_missing_field_is_named_at_once(call, path, resource, example):
    if not example:
        pytest.skip(f"{resource.path} requires no field")

    answer = call("POST", path, {})

    assert answer.status == 400
    assert {error["pointer"] for error in answer.json["errors"]} == {f"/{name}" for name in example}


@pytest.mark.parametrize("method", ["POST", "PATCH"])
def test_a_value_that_breaks_a_rule_is_named_and_so_is_a_part_of_it(
    call, path, example, created, href, resource, method
):
    fields = resource.model.schema.json_schema("create")["properties"]
    valid = {name: other_value(resource, name, None) for name in writable(resource)}
    if method == "PATCH":  # of an object, it is checked together with what is stored
        valid = {name: value for name, value in valid.items() if not isinstance(value, dict)}
    for wrong in zip_longest(*(faults(fields[name], value, f"/{name}") for name, value in valid.items())):
        pointers = dict(fault for fault in wrong if fault)
        body = {pointer.split("/")[1]: value for pointer, value in pointers.items()}

        answer = call(method, path if method == "POST" else href, example | body if method == "POST" else body)

        assert (answer.status, {error["pointer"] for error in answer.json["errors"]}) == (400, pointers.keys())
    assert call("GET", href).json == created


def test_fields_set_by_the_server_cannot_be_sent(call, path, example, created, resource):
    for name in created.keys() - {*writable(resource)} - {*resource.files}:
        answer = call("POST", path, {**example, name: created[name]})

        assert (answer.status, [error["pointer"] for error in answer.json["errors"]]) == (400, [f"/{name}"])


@pytest.mark.spread("text")
@pytest.mark.parametrize(
    "text", ["{", "[]", "null", '"text"', "1", "NaN", '{"a": NaN}', "[" * 100_000, "1" * 5000, " "]
)
def test_a_body_that_is_not_a_json_object_is_a_400(call, path, text):
    answer = call("POST", path, text=text)

    assert (answer.status, answer.headers["Content-Type"]) == (400, PROBLEM)


def test_a_replaced_item_is_as_sent_and_keeps_its_id_and_its_creation_time(call, created, href, other, resource):
    answer = call("PUT", href, other)

    assert answer.status == 200
    anew = [
        one.name for one in resource.model.schema.attributes.values() if one.role == "plain" and one.default_factory
    ]
    by_default = {name: answer.json[name] for name in anew}
    assert answer.json == created | by_default | other | owned_by_server(resource, answer.json, 2)
    if changed := resource.model.schema.updated_at:
        assert answer.json[changed.name] > created[changed.name]
    assert call("GET", href).json == answer.json


def test_a_replacement_puts_what_it_leaves_out_back_to_its_default(call, path, new, example, resource):
    filled = new(**{name: other_value(resource, name, example.get(name)) for name in writable(resource)})
    body = example | {one.name: filled[one.name] for one in resource.model.schema.unique}

    answer = call("PUT", f"{path}/{filled[resource.key]}", body)

    one, another = new(), new()
    defaults = {name: one[name] for name in writable(resource) if one[name] == another[name]}  # not made anew each time
    assert {name: answer.json[name] for name in defaults | body} == defaults | body


def test_a_replacement_is_held_to_the_rules_of_a_new_item(call, created, href):
    answer = call("PUT", href, {UNKNOWN: "red"})

    assert answer.status == 400
    assert call("GET", href).json == created


def merged(value, patch):
    """A value after a JSON Merge Patch that removes nothing."""
    return value | patch if isinstance(value, dict) and isinstance(patch, dict) else patch


def test_a_patch_changes_the_field_that_it_names_and_no_other(call, created, href, resource, version):
    before = created
    for name in alterable(resource):
        change = {name: other_value(resource, name, before[name])}

        answer = call("PATCH", href, change)

        assert answer.status == 200, answer.text
        assert answer.json == before | {name: merged(before[name], change[name])} | owned_by_server(
            resource, answer.json, before[version] + 1
        )
        if changed := resource.model.schema.updated_at:
            assert answer.json[changed.name] > before[changed.name]
        assert call("GET", href).json == answer.json
        before = answer.json


def test_a_patch_of_a_part_of_an_object_keeps_the_other_parts(call, created, href, resource):
    for name in alterable(resource):
        whole = other_value(resource, name, created[name])
        if not isinstance(whole, dict):
            continue
        other = other_value(resource, name, whole)
        call("PATCH", href, {name: whole})
        for part, value in other.items():
            before = call("GET", href).json[name]

            assert call("PATCH", href, {name: {part: value}}).json[name] == merged(before, {part: value})
            assert call("GET", href).json[name] == merged(before, {part: value})


def test_null_in_a_patch_removes_an_optional_value(call, created, href, resource):
    for name in writable(resource):
        if not resource.model.schema.attributes[name].optional:
            continue
        call("PATCH", href, {name: other_value(resource, name, created[name])})

        assert call("PATCH", href, {name: None}).json[name] is None
        assert call("GET", href).json[name] is None


def test_a_patch_is_held_to_the_rules_of_a_new_item(call, created, href, example):
    answer = call("PATCH", href, {**dict.fromkeys(example), "in/out~": "red"})

    assert answer.status == 400
    assert {error["pointer"] for error in answer.json["errors"]} == {"/in~1out~0", *(f"/{name}" for name in example)}
    assert call("GET", href).json == created


def test_a_deleted_item_is_gone(call, href):
    answer = call("DELETE", href)

    assert (answer.status, answer.text) == (204, "")
    assert call("GET", href).status == 404
    assert call("DELETE", href).status == 404


@pytest.mark.parametrize(("method", "sends"), [("PUT", True), ("PATCH", True), ("DELETE", False)])
def test_writing_to_an_item_that_is_not_there_is_a_404_and_creates_nothing(call, path, example, method, sends):
    answer = call(method, f"{path}/{NOWHERE}", example if sends else None)

    assert answer.status == 404
    assert call("GET", f"{path}/{NOWHERE}").status == 404


def test_a_list_is_newest_first(call, path, new, newest_first, resource):  # noqa: ARG001
    first, second, third = new(), new(), new()

    listed = [item[resource.key] for item in call("GET", f"{path}?limit=3").json["items"]]

    assert listed == [third[resource.key], second[resource.key], first[resource.key]]


def test_pages_follow_one_another_without_gap_or_repetition(call, path, new, newest_first, resource):  # noqa: ARG001
    expected = [new()[resource.key] for _ in range(7)]

    found, cursor = [], ""
    while len(found) < 7:
        page = call("GET", f"{path}?limit=2{cursor}").json
        found += [item[resource.key] for item in page["items"]]
        cursor = f"&cursor={page['next']}"

    assert found[:7] == expected[::-1]


@pytest.mark.spread("limit")
@pytest.mark.parametrize("limit", ["0", "-1", "101", "ten", "1.5", ""])
def test_an_invalid_limit_is_a_400_that_states_the_valid_ones(call, path, limit):
    answer = call("GET", f"{path}?limit={limit}")

    assert answer.status == 400
    assert "1 to 100" in answer.text


def test_an_unknown_parameter_is_a_400_that_names_it_and_the_known_ones(call, path):
    answer = call("GET", f"{path}?{UNKNOWN}=red")

    assert answer.status == 400
    assert all(name in answer.text for name in (UNKNOWN, "limit", "cursor"))


def test_an_invalid_cursor_is_a_400(call, path, new):
    new(), new()
    cursor = call("GET", f"{path}?limit=1").json["next"]

    for forged in ("x", cursor[:-1], cursor[:-2] + ("AA" if cursor[-2:] != "AA" else "BB"), cursor * 2):
        assert call("GET", f"{path}?limit=1&cursor={forged}").status == 400
