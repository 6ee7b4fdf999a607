"""Give the service another name: `make rename NAME=clinic`. The name is written in pyproject.toml alone."""

import re
import shutil
import subprocess
import sys
from collections.abc import Iterator

from stacks.names import NAME, PROJECT, SERVICE
from tools.dev.install import ROOT
from tools.problem import Problem

FORM = re.compile(r"[a-z][a-z0-9]*(-[a-z0-9]+)*")
MAX_LENGTH = 40  # of the 128 characters of a stack's name; names of roles and functions begin with it


def rename(name: str) -> str:
    """Write the name, and the files generated with it; report other mentions, and where data stays.

    Raises Problem if the name is invalid or the present one, or if there is no git. Then, and if
    nothing can be generated, nothing is written.
    """
    refuse_wrong(name)
    before = PROJECT.read_text()
    PROJECT.write_text(NAME.sub(name, before, count=1))
    if subprocess.run([sys.executable, "-m", "stacks.contract"], cwd=ROOT, check=False).returncode:
        PROJECT.write_text(before)
        raise Problem(
            f"The service is still named {SERVICE}: its documents could not be written, for the reason above."
        )
    report = [f"{SERVICE} is renamed to {name}: in pyproject.toml, and in docs/, which `make openapi` writes."]
    if left := [*mentions(SERVICE)]:
        report += ["Not changed, since they may mean something else:", *left]
    report += [
        f"The stacks are named {name}-<stage> from now on. What is deployed as {SERVICE}-...",
        "stays, with its data: a deploy makes a new, empty stack beside it. To keep its data, keep the name.",
    ]
    return "\n".join(report)


def refuse_wrong(name: str) -> None:
    """Raise Problem for an invalid name of a service."""
    if not name:
        raise Problem("NAME is missing: make rename NAME=clinic")
    if not FORM.fullmatch(name) or len(name) > MAX_LENGTH:
        raise Problem(
            f"NAME={name} is not a valid name: use at most {MAX_LENGTH} small letters, digits and dashes, as my-clinic."
        )
    if name == SERVICE:
        raise Problem(f"The service is named {name} already.")
    if not shutil.which("git"):
        raise Problem("git is missing, which lists the files to look for the old name in: install it first.")


def mentions(name: str) -> Iterator[str]:
    """Yield the lines of the repository's files that have the name, with their places."""
    listed = subprocess.run(
        ["git", "ls-files", "-co", "--exclude-standard"], cwd=ROOT, capture_output=True, text=True, check=False
    )
    for path in map(ROOT.joinpath, listed.stdout.splitlines()):
        try:
            lines = path.read_text().splitlines()
        except (OSError, UnicodeDecodeError):  # deleted, or no text
            continue
        for number, line in enumerate(lines, 1):
            if re.search(rf"(?<![\w-]){re.escape(name)}(?![\w])", line):
                yield f"  {path.relative_to(ROOT)}:{number}: {line.strip()[:100]}"
