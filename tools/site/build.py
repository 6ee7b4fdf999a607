"""Build the site as a directory that any static server can serve."""

import hashlib
import json
import logging
import shutil
import sys
from collections.abc import Mapping
from logging.handlers import BufferingHandler
from pathlib import Path

from mkdocs.commands.build import build as mkdocs_build
from mkdocs.config import load_config
from mkdocs.exceptions import MkDocsException

from lambdas.files.serving import ASSETS, SITE
from tools.problem import Problem
from tools.site.hooks import DOCUMENT, ROOT, live_document

SOURCE = ROOT / "site"
CONFIG = "config.json"  # in the site; all that differs between stages
THEME = ("css", "js")  # folders of what pages load, beside `vendor`
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
    site = (out / SITE).resolve()
    assets = Path(ASSETS).relative_to(SITE) / digest(source / "theme")
    build_pages(source, site, document, assets)
    for name in THEME:
        shutil.move(site / name, site / assets / name)
    for name in ("sitemap.xml", "sitemap.xml.gz"):
        (site / name).unlink()  # without the site's address it is of no use, and it holds the day of the build
    shutil.copyfile(document, site / "openapi.json")
    if (live := live_document(document)).exists():
        shutil.copyfile(live, site / "asyncapi.json")
    vendor(site / assets / "vendor")
    if settings is not None:
        (site / CONFIG).write_text(json.dumps(dict(settings), indent=2) + "\n")
    return site


def digest(theme: Path) -> str:
    """Return a digest of the files that pages load; they may be cached for ever under it."""
    own = sorted(path for name in THEME for path in (theme / name).rglob("*") if path.is_file())
    whole = hashlib.sha256()
    for path in [*own, *vendored()]:
        whole.update(path.name.encode() + b"\0" + path.read_bytes())
    return whole.hexdigest()[:16]


def build_pages(source: Path, site: Path, document: Path, assets: Path) -> None:
    """Run MkDocs. Raises Problem with its messages if a page is wrong, or has a broken link."""
    log = BufferingHandler(capacity=1000)
    logger = logging.getLogger("mkdocs")
    logger.setLevel(logging.WARNING)
    logger.addHandler(log)
    extra = {"document": str(document), "assets": assets.as_posix()}
    try:
        mkdocs_build(load_config(str(source / "mkdocs.yml"), site_dir=str(site), extra=extra))
    except MkDocsException as error:
        raise Problem(
            "\n".join(["The pages in site/ are wrong:", *(record.getMessage() for record in log.buffer), str(error)])
        ) from None
    finally:
        logger.removeHandler(log)


def settings_of(outputs: Mapping[str, str]) -> dict[str, str]:
    """Return the settings of a stage, from the outputs of its stack."""
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
    for path, name in zip(vendored(), VENDORED.values(), strict=True):
        shutil.copyfile(path, folder / name)


def vendored() -> list[Path]:
    """Return the paths of other people's files, which `npm ci` installs. Raises Problem if one is missing."""
    found = [ROOT / "node_modules" / source for source in VENDORED]
    for path in found:
        if not path.exists():
            raise Problem(f"{path.relative_to(ROOT)} is missing: run `npm ci` first.")
    return found


if __name__ == "__main__":  # for stacks/site, which knows a stage's settings only when it is deployed
    try:
        print(build(Path(sys.argv[1])))
    except Problem as problem:
        sys.exit(str(problem))
