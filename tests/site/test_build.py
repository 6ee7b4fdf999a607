"""The site as a directory: complete, the same for every stage but for one file, with nothing from elsewhere."""

import json
import re
import shutil
from dataclasses import replace

import pytest
import requests

from lambdas.rest.crud import CREATE, GET, LIST, PATCH, READ_ONLY
from lambdas.rest.declarations import RESOURCES
from lambdas.rest.problems import PROBLEM_TYPES
from stacks.contract import document as contract, live
from tests.site.conftest import served
from tests.support.gallery.parcels import PARCELS
from tests.support.gallery.rates import RATES
from tools.dev.install import ROOT
from tools.problem import Problem
from tools.site.build import build, settings_of
from tools.site.serve import headers

DOCS = ROOT / "docs"
DOCUMENT = json.loads((DOCS / "openapi.json").read_text())


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    return build(tmp_path_factory.mktemp("site"), {"apiUrl": "https://api.example.com/dev"})


def test_every_type_of_problem_is_explained_where_its_uri_leads(folder):
    text = json.dumps(DOCUMENT)
    (address,) = set(re.findall(r'"type": "([^"#]+)#[a-z-]+"', text))
    page = (folder.parent / address.removeprefix("/")).read_text()
    sections = dict(re.findall(r'<h2 id="([a-z-]+)">.*?<strong>(\d+)\.</strong>', page, re.DOTALL))

    assert set(re.findall(rf'"type": "{address}#([a-z-]+)"', text)) <= set(sections)
    assert {each.name: str(each.status) for each in PROBLEM_TYPES.values()}.items() <= sections.items()


def test_a_build_is_the_same_as_the_one_before_but_for_the_settings(folder, tmp_path):
    other = build(tmp_path, {"apiUrl": "https://api.example.com/prod"})

    files = {path.relative_to(folder) for path in folder.rglob("*") if path.is_file()}
    assert files == {path.relative_to(other) for path in other.rglob("*") if path.is_file()}
    differing = {str(path) for path in files if (folder / path).read_bytes() != (other / path).read_bytes()}
    assert differing == {"config.json"}


def test_pages_have_no_script_and_no_style_of_their_own_and_load_nothing_from_elsewhere(folder):
    pages = [path.read_text() for path in folder.rglob("*.html")]

    assert len(pages) > 10
    for page in pages:
        assert "default-src 'self'" in page
        assert "unsafe" not in page
        assert not re.findall(r"<style|\sstyle=|\son[a-z]+=|javascript:", page)
        assert all("src=" in tag for tag in re.findall(r"<script[^>]*>", page))
        loaded = re.findall(r"<(?:script|img)[^>]*\ssrc=\"([^\"]+)|<link[^>]*\shref=\"([^\"]+)", page)
        assert not [name for names in loaded for name in names if ":" in name or name.startswith("//")]


def test_a_page_may_connect_to_its_own_api_and_sign_in_page_alone():
    outputs = {"ApiUrl": "https://api.example.com/dev/", "SignInUrl": "https://sign.in", "BrowserClientId": "c"}
    policy = headers(settings_of(outputs))
    with_files = headers(settings_of({**outputs, "UploadsUrl": "https://bucket.example.com"}))

    assert policy["Content-Security-Policy"].endswith("connect-src 'self' https://api.example.com https://sign.in")
    assert "https://bucket.example.com" in with_files["Content-Security-Policy"]


def test_where_a_stage_has_no_site_it_is_served_on_this_machine_with_the_same_headers(folder):
    with served(folder.parent, 0) as address:
        answer = requests.get(f"{address}/browse.html", timeout=10)

    assert answer.content == (folder / "browse.html").read_bytes()
    assert answer.headers["Content-Security-Policy"].endswith("connect-src 'self' https://api.example.com")
    assert answer.headers["X-Content-Type-Options"] == "nosniff"


def test_a_guide_describes_the_forks_own_resource(tmp_path):
    (tmp_path / "openapi.json").write_text(contract.text(contract.document([PARCELS])))
    (tmp_path / "asyncapi.json").write_text(contract.text(live.asyncapi([PARCELS], contract.info())))

    folder = build(tmp_path, None, tmp_path / "openapi.json")

    pages = "".join(path.read_text() for path in folder.rglob("*.html"))
    assert '$api/parcels" -H' in pages.replace("&quot;", '"')
    own = {f"/{resource.path}" for resource in RESOURCES if resource is not PARCELS}
    assert not [path for path in own if f"$api{path}" in pages]
    assert not (folder / "config.json").exists()


@pytest.mark.parametrize("operations", [(GET,), READ_ONLY, (CREATE,), (CREATE, LIST, PATCH)])
def test_a_guide_describes_no_operation_that_a_resource_leaves_out(tmp_path, operations):
    of = [replace(RATES, operations=operations, access=dict.fromkeys((one.name for one in operations), "public"))]
    (tmp_path / "openapi.json").write_text(contract.text(contract.document(of)))

    folder = build(tmp_path, None, tmp_path / "openapi.json")

    page = (folder / "first-request.html").read_text()
    shown = {GET: "Read an item", LIST: "List items", CREATE: "Create an item", PATCH: "Change a field"}
    told = {name for name, text in shown.items() if text in page}
    assert told == {*operations} - ({GET} if LIST in operations else set())
    assert "Delete it" not in page


def test_the_messages_of_live_changes_are_in_the_guide_and_beside_it_for_programs(tmp_path):
    (tmp_path / "openapi.json").write_text(contract.text(contract.document([PARCELS])))
    (tmp_path / "asyncapi.json").write_text(contract.text(live.asyncapi([PARCELS], contract.info())))

    folder = build(tmp_path, None, tmp_path / "openapi.json")

    page = (folder / "live.html").read_text()
    document = json.loads((folder / "asyncapi.json").read_text())

    assert set(document["operations"]) == set(re.findall(r'<h3 id="([a-z]+)">', page))


def test_a_guide_to_an_api_without_live_changes_says_so(tmp_path):
    paths = {path: item for path, item in DOCUMENT["paths"].items() if "x-live" not in item.get("post", {})}
    (tmp_path / "openapi.json").write_text(json.dumps({**DOCUMENT, "paths": paths}))

    folder = build(tmp_path, None, tmp_path / "openapi.json")

    assert "No collection of this API sends" in (folder / "live.html").read_text()
    assert not (folder / "asyncapi.json").exists()


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("See [more](more.md).", "more.md"),
        ("{{ api.nothing }}", "wrong.md: .*nothing"),
        ("See [limits](limits.md#none).", "#none"),
    ],
)
def test_an_invalid_page_is_reported_by_its_name(tmp_path, text, said):
    shutil.copytree(ROOT / "site", tmp_path / "site")
    (tmp_path / "tools").symlink_to(ROOT / "tools")
    (tmp_path / "site" / "pages" / "wrong.md").write_text(f"# Wrong\n\n{text}\n")

    with pytest.raises(Problem, match=said):
        build(tmp_path / "out", source=tmp_path / "site")
