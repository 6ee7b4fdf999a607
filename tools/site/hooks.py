"""MkDocs hooks: the pages are templates filled from the API's document, so that a fork's pages describe its API."""

import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from jinja2 import Environment, StrictUndefined, TemplateError
from mkdocs.config.defaults import MkDocsConfig
from mkdocs.exceptions import PluginError
from mkdocs.structure.files import File, Files
from mkdocs.structure.pages import Page

from lambdas.rest.declarations import RESOURCES
from lambdas.rest.problems import PROBLEM_TYPES, ProblemType

ROOT = Path(__file__).resolve().parents[2]
DOCUMENT = ROOT / "docs" / "openapi.json"
METHODS = {"get", "post", "patch", "delete"}  # that the pages show
CHANGELOG = ROOT / "CHANGELOG.md"
JINJA = Environment(undefined=StrictUndefined, trim_blocks=True, autoescape=False)  # noqa: S701 - it writes Markdown


@dataclass(frozen=True)
class Facts:
    """The parts of an OpenAPI document that the pages speak of; `path` is that of the resource with most operations."""

    document: dict[str, Any]
    path: str
    live: dict[str, Any]  # the AsyncAPI document; empty where no resource is live

    @property
    def collection(self) -> dict[str, Any]:
        """The operations of the first resource's collection."""
        return dict(self.document["paths"].get(self.path, {}))

    @property
    def item(self) -> dict[str, Any]:
        """The operations of one of its items."""
        return dict(self.document["paths"].get(f"{self.path}/{{id}}", {}))

    @property
    def example(self) -> str:
        """A body that creates an item."""
        return in_quotes(example(self.collection["post"]))

    @property
    def patch(self) -> str:
        """A body that changes one."""
        return in_quotes(example(self.item["patch"]))

    @property
    def parameters(self) -> list[dict[str, Any]]:
        """The query parameters of its list."""
        return [each for each in self.collection["get"]["parameters"] if each["in"] == "query"]

    def scope(self, kind: str) -> str:
        """The scope of its operations that read, or of those that write."""
        declared = (one for item in (self.collection, self.item) for one in item.values() if "security" in one)
        scopes = (name for one in declared for way in one["security"] for name in way.get("oauth2", ()))
        return next((name for name in scopes if name.endswith(f"/{kind}")), f"{self.path[1:]}/{kind}")

    @property
    def counter(self) -> str:
        """The name of its first counter, if it has one."""
        start = f"{self.path}/{{id}}/"
        below = {at.removeprefix(start): item for at, item in self.document["paths"].items() if at.startswith(start)}
        return next((name for name, item in below.items() if "delta" in example(item.get("post", {}))), "")

    @property
    def problems(self) -> dict[str, int]:
        """The status of each type of problem, by the last part of its type."""
        return {each.name: each.status for each in (*PROBLEM_TYPES.values(), *self.own_problems)}

    @property
    def own_problems(self) -> list[ProblemType]:
        """The types of problems that operations of the project declare themselves."""
        declared = (
            one for resource in RESOURCES for operation in resource.operations for one in operation.own_problems
        )
        return [*{one.name: one for one in declared}.values()]

    @property
    def tickets(self) -> dict[str, dict[str, Any]]:
        """The operations that issue tickets for live changes, by path."""
        posts = {path: item.get("post", {}) for path, item in self.document["paths"].items()}
        return {path: post for path, post in posts.items() if "x-live" in post}

    @property
    def live_collections(self) -> list[str]:
        """The collections whose changes are sent."""
        return [path for post in self.tickets.values() for path in post["x-live"]]

    def messages(self, action: str) -> list[tuple[str, str, dict[str, Any], str]]:
        """The name, summary, schema and example of each message that the server receives or sends."""
        schemas, described = self.live["components"]["schemas"], self.live["components"]["messages"]
        names = [name for name, operation in self.live["operations"].items() if operation["action"] == action]
        return [
            (name, one["summary"], schemas[one["payload"]["$ref"].rpartition("/")[2]], example_of(one))
            for name, one in ((name, described[name]) for name in names)
        ]

    def public(self, operation: dict[str, Any]) -> bool:
        """Return whether anybody may call an operation."""
        return not operation["security"]


def example(operation: dict[str, Any]) -> Any:
    """The documented example of the body of an operation."""
    contents = operation.get("requestBody", {}).get("content", {})
    return next((each["example"] for each in contents.values() if "example" in each), {})


def example_of(message: dict[str, Any]) -> str:
    """The first example of a message, as it is sent; empty if it has none."""
    return next((json.dumps(each["payload"]) for each in message.get("examples", ())), "")


def in_quotes(body: Any) -> str:
    """JSON as it stands between single quotes in a shell."""
    return json.dumps(body).replace("'", "'\\''")


def facts_of(document: Path) -> Facts:
    """The facts of the document in this file."""
    content, live = json.loads(document.read_text()), live_document(document)
    live_facts = json.loads(live.read_text()) if live.exists() else {}
    collections = dict.fromkeys(f"/{path.split('/')[1]}" for path in content["paths"])
    every = [Facts(content, path, live_facts) for path in collections if path not in ("/health", "/live")]
    return max(every, key=lambda one: len(METHODS & one.collection.keys()) + len(METHODS & one.item.keys()))


def live_document(document: Path) -> Path:
    """The AsyncAPI document that belongs to an OpenAPI document."""
    return document.with_name("asyncapi.json")


def on_config(config: MkDocsConfig) -> MkDocsConfig:
    """Name the site as the document is named."""
    config.extra["facts"] = facts_of(Path(config.extra.get("document", DOCUMENT)))
    config.site_name = config.extra["facts"].document["info"]["title"]
    return config


def on_files(files: Files, config: MkDocsConfig) -> Files:
    """Add the changelog, which has its place at the top of the repository."""
    text = CHANGELOG.read_text() if CHANGELOG.exists() else "# Changelog\n\nNothing is released yet.\n"
    files.append(File.generated(config, "changelog.md", content=text))
    return files


def on_page_markdown(markdown: str, *, page: Page, config: MkDocsConfig, files: Files) -> str:  # noqa: ARG001 - MkDocs's
    """Fill in a page; the changelog is text as it is."""
    if page.file.src_uri == "changelog.md":
        return markdown
    try:
        return JINJA.from_string(markdown).render(api=config.extra["facts"])
    except TemplateError as error:
        raise PluginError(f"{page.file.src_uri}: {error.message}") from None
