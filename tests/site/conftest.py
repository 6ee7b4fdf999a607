"""A fork with more resources, deployed beside the project; its site, built from its contract; and a browser."""

import json
import re
import shlex
import shutil
import subprocess
import sys
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import urlsplit

import pytest
import requests

from tests.support.deployed import Deployed
from tests.support.forks import forked
from tests.support.gallery import GALLERY, RESOURCES
from tests.support.gallery.orders import ORDERS
from tests.support.gallery.parcels import PARCELS
from tests.support.serving import serving
from tests.support.stories import fresh
from tests.support.values import writable
from tools.dev import cdk, tokens
from tools.dev.install import ROOT
from tools.ops.target import Target
from tools.site.serve import server

CHROMIUM = next(filter(None, map(shutil.which, ("chromium", "chromium-browser", "google-chrome"))), None)
FLAGS = [
    *("--no-sandbox", "--disable-gpu", "--no-first-run"),
    *("--disable-background-networking", "--disable-component-update", "--disable-sync"),
]
SHOWN = tuple(one for one in GALLERY if one in (PARCELS, ORDERS))  # ORDERS leaves operations out, and has its own
AXE = ROOT / "node_modules" / "axe-core" / "axe.min.js"


def pytest_itemcollected(item):
    """Leave what needs a browser to `make browser`."""
    if "chromium" in getattr(item, "fixturenames", ()):
        item.add_marker("checkers")


@dataclass(frozen=True)
class Site:
    """A site that is served, the API that it is about, and a token for that."""

    url: str
    document: dict
    stage: Deployed
    token: str

    def api(self, method, path, body=None):
        """Send a request beside the browser."""
        headers = {"Authorization": f"Bearer {self.token}"}
        if method in ("PATCH", "DELETE"):  # which a resource may ask for
            headers["If-Match"] = "*"
        trust = self.stage.emulator.certificate
        answer = requests.request(
            method, f"{self.stage.url}/{path}", json=body, headers=headers, verify=trust, timeout=30
        )
        assert answer.ok, answer.text
        return answer.json() if answer.content else None


@pytest.fixture(scope="session")
def chromium():
    """A browser of this machine."""
    driver = pytest.importorskip("playwright.sync_api", reason="the driver of browsers is missing: make browser")
    if not CHROMIUM:
        pytest.skip("there is no chromium here: apt-get install chromium")
    with driver.sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=FLAGS)
        yield browser
        browser.close()


@pytest.fixture(scope="session")
def site(chromium, deployed, tmp_path_factory):  # noqa: ARG001 - without a browser, nothing is deployed
    """The site of the fork, as its deployment publishes it."""
    emulator = deployed.emulator
    folder = tmp_path_factory.mktemp("site")
    app = forked(folder, SHOWN, name="site")
    for room in ("site", "tools"):
        shutil.copytree(ROOT / room, folder / room, ignore=shutil.ignore_patterns("__pycache__"))
    (folder / "node_modules").symlink_to(ROOT / "node_modules")
    subprocess.run([sys.executable, "-m", "stacks.contract"], cwd=folder, check=True)
    context = ("-c", "stage=local", "-c", f"emulator={emulator.url}")
    words = ["--app", shlex.join([sys.executable, str(app)]), "--output", folder / "cdk.out", *context]
    cdk.cdk("deploy", *words, "--require-approval=never", env=cdk.emulated(emulator), log=folder / "deploy.log")
    outputs = cdk.local_outputs(emulator, Target("site-local", "", "", deployed.client).outputs())
    document = json.loads((folder / "docs" / "openapi.json").read_text())
    stage = Deployed(outputs["ApiUrl"], outputs, emulator)
    return Site(outputs["DocsUrl"].rstrip("/"), document, stage, tokens.machine_token(emulator, outputs))


@contextmanager
def served(out: Path, port: int):
    """Serve a built site in a thread; its address."""
    with serving(server(out, port)) as running:
        yield f"http://localhost:{running.server_port}/docs"


@pytest.fixture
def visit(chromium, site):
    """Open a page of the site; in the end, no page may have complained or asked anybody else for anything."""
    contexts, complaints = [], []
    allowed = {urlsplit(site.url).netloc, urlsplit(site.stage.url).netloc}
    files = f".cloudfront.localhost:{site.stage.emulator.port}"  # where the CDN has them

    def asked(request):
        address = urlsplit(request.url)
        if address.scheme in ("http", "https") and address.netloc not in allowed and not address.netloc.endswith(files):
            complaints.append(f"a request to {request.url}")

    def said(message):
        of_api = urlsplit(message.location["url"]).netloc == urlsplit(site.stage.url).netloc
        refused = message.text.startswith("Failed to load resource") and of_api
        if message.type in ("error", "warning") and not refused:  # chromium notes every 4xx, which pages explain
            complaints.append(message.text)

    def visit(name, *, width=1280, scheme="light", signed_in=True):
        context = chromium.new_context(
            ignore_https_errors=True,  # the emulator's own certificate
            viewport={"width": width, "height": 800},
            color_scheme=scheme,
            reduced_motion="reduce",
        )
        contexts.append(context)
        context.set_default_timeout(60_000)  # CI's machines are slow
        page = context.new_page()
        page.on("console", said)
        page.on("pageerror", lambda error: complaints.append(str(error)))
        page.on("request", asked)
        page.goto(f"{site.url}/{name}")
        if signed_in and "browse" in name:
            paste_token(page, site.token)
            page.locator("main:not([aria-busy])").wait_for()
        return page

    yield visit
    for context in contexts:
        context.close()
    assert not complaints


def paste_token(page, token):
    """Sign in as somebody does who has a token."""
    page.get_by_text("Sign in", exact=True).first.click()
    page.get_by_label("paste an access token").fill(token)
    page.get_by_role("button", name="Use this token").click()
    page.get_by_text("Signed in").wait_for()


@pytest.fixture(params=(*RESOURCES, *SHOWN), ids=lambda resource: resource.path)
def resource(request):
    """Each resource of the fork in turn."""
    return request.param


@pytest.fixture
def new(site, resource):
    """Create an item beside the browser: new(name=value)."""
    return lambda **fields: site.api("POST", resource.path, {**fresh(resource), **fields})


def wants(resource, *operations):
    """Skip a test of operations that a resource does without."""
    if missing := {*operations} - {*resource.named}:
        pytest.skip(f"{resource.path} cannot be asked to {' or '.join(sorted(missing))}")


def text_field(resource):
    """The name of an attribute that holds any text."""
    attributes = map(resource.model.schema.attributes.get, writable(resource))
    name = next((each.name for each in attributes if is_free(each)), None)
    return name or pytest.skip(f"{resource.path} have no field that holds any text")


def is_free(attribute):
    """Return whether its text may be anything."""
    rules = attribute.rules
    long = (rules.min_length or 0) < 2 and (rules.max_length or 100) > 50
    return attribute.codec.type is str and long and not (rules.pattern or attribute.unique)


def words(name):
    """A name as the pages write it."""
    text = re.sub(r"[_-]+", " ", name).strip()
    return text[:1].upper() + text[1:]


def axe(page, exclude=".none"):
    """The serious and critical findings of axe on a page, but for what is in `exclude`: [(rule, selector)]."""
    page.evaluate(AXE.read_text())
    run = "exclude => axe.run({include: document, exclude}, {resultTypes: ['violations']})"
    found = page.evaluate(run, exclude)["violations"]
    grave = [each for each in found if each["impact"] in ("serious", "critical")]
    return [(each["id"], str(node["target"][0])) for each in grave for node in each["nodes"]]


def overflow(page):
    """By how many pixels the page is wider than the screen."""
    return page.evaluate("document.documentElement.scrollWidth - innerWidth")
