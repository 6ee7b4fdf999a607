"""Build the site as a directory that any static server can serve."""

import json
import logging
import shutil
from collections.abc import Mapping
from pathlib import Path

from mkdocs.commands.build import build as mkdocs_build
from mkdocs.config import load_config
from mkdocs.exceptions import MkDocsException

from tools.problem import Problem
from tools.site.hooks import DOCUMENT, ROOT, live_document

PREFIX = "docs"  # the path at which the site is served
SOURCE = ROOT / "site"
CONFIG = "config.json"  # in the site; all that differs between stages
VENDORED = {  # what is served of the packages that package-lock.json pins
    "@picocss/pico/css/pico.conditional.indigo.min.css": "pico.css",
    "swagger-ui-dist/swagger-ui.css": "swagger-ui.css",
    "swagger-ui-dist/swagger-ui-bundle.js": "swagger-ui-bundle.js",
    "swagger-ui-dist/LICENSE": "swagger-ui.LICENSE.txt",
    "swagger-ui-dist/swagger-ui-bundle.js.LICENSE.txt": "swagger-ui-bundle.js.LICENSE.txt",
}


def build(
    out: Path, settings: Mapping[str, str] | None = None, document: Path = DOCUMENT, source: Path = SOURCE
) -> Path:
    """Write the site below `out`, at the path at which it is served, and return its folder.

    Args:
        out: The directory to write to; its part of the site is replaced.
        settings: Contents of `config.json`: `apiUrl`, `signInUrl`, `clientId`. Without it, none is written.
        document: The OpenAPI document that the site is about.
        source: The folder of the pages, with `mkdocs.yml`.

    Raises:
        Problem: A page is wrong, or `npm ci` has not been run.
    """
    site = (out / PREFIX).resolve()
    build_pages(source, site, document)
    for name in ("sitemap.xml", "sitemap.xml.gz"):
        (site / name).unlink()  # without the site's address it is of no use, and it holds the day of the build
    shutil.copyfile(document, site / "openapi.json")
    if (live := live_document(document)).exists():
        shutil.copyfile(live, site / "asyncapi.json")
    vendor(site / "vendor")
    if settings is not None:
        (site / CONFIG).write_text(json.dumps(dict(settings), indent=2) + "\n")
    return site


def build_pages(source: Path, site: Path, document: Path) -> None:
    """Run MkDocs; a Problem with what it says of the pages when one is wrong, or links to what is not there."""
    said = Messages(logging.WARNING)
    logger = logging.getLogger("mkdocs")
    logger.setLevel(logging.WARNING)
    logger.addHandler(said)
    try:
        config = load_config(str(source / "mkdocs.yml"), site_dir=str(site), extra={"document": str(document)})
        mkdocs_build(config)
    except MkDocsException as error:
        raise Problem("\n".join(["The pages in site/ are wrong:", *said.messages, str(error)])) from None
    finally:
        logger.removeHandler(said)


class Messages(logging.Handler):
    """A handler that keeps messages."""

    def __init__(self, level: int) -> None:
        """Begin with none."""
        super().__init__(level)
        self.messages: list[str] = []

    def emit(self, record: logging.LogRecord) -> None:
        """Keep one."""
        self.messages.append(record.getMessage())


def settings_of(outputs: Mapping[str, str]) -> dict[str, str]:
    """The settings of a stage, from the outputs of its stack."""
    optional = {"liveUrl": "LiveUrl", "uploadsUrl": "UploadsUrl"}
    return {
        **{name: outputs[output] for name, output in optional.items() if output in outputs},
        "apiUrl": outputs["ApiUrl"].rstrip("/"),
        "signInUrl": outputs["SignInUrl"].rstrip("/"),
        "clientId": outputs["BrowserClientId"],
    }


def vendor(folder: Path) -> None:
    """Copy the files of others."""
    folder.mkdir()
    for source, target in VENDORED.items():
        path = ROOT / "node_modules" / source
        if not path.exists():
            raise Problem(f"{path.relative_to(ROOT)} is missing: run `npm ci` first.")
        shutil.copyfile(path, folder / target)
